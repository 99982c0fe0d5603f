package main

import (
	"fmt"
	"sync"

	"golang.org/x/text/language"

	"latchkey/shared/message"
	"latchkey/shared/notification"
)

// templateFor returns the compiled text for a user's language. It may be called
// concurrently.
type templateFor func(language.Tag) *message.Template

// templates compiles what a notification says. The built-in text is in each user's own
// language, a text that an administrator has written is the same to all.
func (h handler) templates(n notification.Notification) (templateFor, error) {
	if n.BuiltIn {
		return h.builtInTemplates(n.BuiltInKind()), nil
	}

	text := message.Written{Subject: n.Subject, Body: n.Body, SMS: n.SMS}
	compiled, err := h.Message.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("compile notification: %w", err)
	}
	return func(language.Tag) *message.Template { return compiled }, nil
}

// builtInTemplates compiles a built-in text once for each language that is asked for.
func (h handler) builtInTemplates(kind message.BuiltInKind) templateFor {
	var compiled sync.Map // *message.Template by language.Tag
	return func(tag language.Tag) *message.Template {
		if found, ok := compiled.Load(tag); ok {
			return found.(*message.Template)
		}

		template := h.Message.BuiltIn(kind, tag)
		compiled.Store(tag, template)
		return template
	}
}
