// Package draft is what a request of the API wants a message to say. It is checked here,
// with the refusals that the API has for it, before anything of it is stored.
package draft

import (
	"errors"

	"latchkey/shared/api"
	"latchkey/shared/message"
)

// Draft has the texts of a request. Nil is a text that the request doesn't hold.
type Draft struct{ Subject, Body, SMS *string }

// Text returns what a message says: the draft's texts, and the defaults for the others.
// builtIn reports that the result is built in and unchanged, so that each user gets it in
// their own language. Text returns an *api.Error, 422 invalid_message, that names the bad
// field.
func (d Draft) Text(
	settings message.Settings, byDefault message.Written, defaultBuiltIn bool,
) (text message.Written, builtIn bool, err error) {
	text = d.over(byDefault)
	if defaultBuiltIn && text == byDefault {
		return text, true, nil
	}

	_, err = settings.Compile(text)

	var bad *message.Error
	if errors.As(err, &bad) {
		refused := api.Invalid(bad.Field, "invalid_message", bad.Message+".")
		refused.Code = "invalid_message"
		refused.Message = "The message can't be sent as it is written."
		return message.Written{}, false, refused
	}
	return text, false, err
}

// over returns a default with the draft's texts in place of its own.
func (d Draft) over(text message.Written) message.Written {
	if d.Subject != nil {
		text.Subject = *d.Subject
	}
	if d.Body != nil {
		text.Body = *d.Body
	}
	if d.SMS != nil {
		text.SMS = *d.SMS
	}
	return text
}
