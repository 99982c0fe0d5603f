package main

import (
	"fmt"
	"sync"

	"golang.org/x/text/language"

	"latchkey/shared/dispatch"
	"latchkey/shared/message"
	"latchkey/shared/notification"
)

// templateFor returns the compiled text for a user's language and for their link. It may be
// called concurrently.
type templateFor func(language.Tag, dispatch.Link) *message.Template

// templates compiles what a notification says. The built-in text is in each user's own
// language, and to whom an invitation isn't the first, it says that it replaces the others.
// A text that an administrator has written is the same to all.
func (h handler) templates(n notification.Notification) (templateFor, error) {
	if n.BuiltIn {
		first := h.builtInTemplates(n.BuiltInKind())
		another := first
		if n.BuiltInKind() == message.Invitation {
			another = h.builtInTemplates(message.Renotification)
		}

		return func(tag language.Tag, link dispatch.Link) *message.Template {
			if link.ReplacesInvitation() {
				return another(tag)
			}
			return first(tag)
		}, nil
	}

	text := message.Written{Subject: n.Subject, Body: n.Body, SMS: n.SMS}
	compiled, err := h.Message.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("compile notification: %w", err)
	}
	return func(language.Tag, dispatch.Link) *message.Template { return compiled }, nil
}

// builtInTemplates compiles a built-in text once for each language that is asked for.
func (h handler) builtInTemplates(
	kind message.BuiltInKind,
) func(language.Tag) *message.Template {
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
