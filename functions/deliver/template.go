package main

import (
	"fmt"
	"sync"

	"golang.org/x/text/language"

	"latchkey/shared/message"
	"latchkey/shared/notification"
)

// template gives what a notification says: to each in a language of his own if it is the built-in text.
func (h handler) template(
	n notification.Notification,
) (func(language.Tag) *message.Template, error) {
	if n.BuiltIn {
		var compiled sync.Map // by language; a slice has few

		return func(tag language.Tag) *message.Template {
			if found, ok := compiled.Load(tag); ok {
				return found.(*message.Template)
			}

			template := h.message.BuiltIn(n.BuiltInKind(), tag)
			compiled.Store(tag, template)

			return template
		}, nil
	}

	compiled, err := h.message.Compile(message.Text{Subject: n.Subject, Body: n.Body, SMS: n.SMS})
	if err != nil {
		return nil, fmt.Errorf("compile notification: %w", err)
	}
	return func(language.Tag) *message.Template { return compiled }, nil
}
