package notification

import (
	"errors"

	"latchkey/shared/api"
	"latchkey/shared/message"
)

// Given are the texts of a request. Nil is a text that the request doesn't hold.
type Given struct{ Subject, Body, SMS *string }

// Text returns what a message says: the given texts, and the defaults for the others.
// builtIn reports that the result is built in and unchanged, so that each user gets it in
// their own language. Text returns an *api.Error, 422 invalid_message, that names the bad
// field.
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

// over returns a default with the given texts in place of its own.
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
