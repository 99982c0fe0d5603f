package notification

import (
	"errors"

	"latchkey/shared/api"
	"latchkey/shared/message"
)

// Given are the texts that a request gives; nil is not given.
type Given struct{ Subject, Body, SMS *string }

// Text gives what a message says: what is given and, where nothing is, what is said by default. builtIn says that it is the default as it stands, and that
// this is a built-in text, which each user gets in a language of his own. It answers an *api.Error, 422 invalid_message, that names the field.
func (g Given) Text(
	settings message.Settings, byDefault message.Text, defaultBuiltIn bool,
) (text message.Text, builtIn bool, err error) {
	text = g.over(byDefault)
	if defaultBuiltIn && text == byDefault {
		return text, true, nil
	}

	_, err = settings.Compile(text)

	var bad *message.Error
	if errors.As(err, &bad) {
		refused := api.Invalid(bad.Field, "invalid_message", bad.Message+".")
		refused.Code = "invalid_message"
		refused.Message = "The message can't be sent as it is written."
		return message.Text{}, false, refused
	}
	return text, false, err
}

// over gives the default texts with those that are given in their place.
func (g Given) over(text message.Text) message.Text {
	if g.Subject != nil {
		text.Subject = *g.Subject
	}
	if g.Body != nil {
		text.Body = *g.Body
	}
	if g.SMS != nil {
		text.SMS = *g.SMS
	}
	return text
}
