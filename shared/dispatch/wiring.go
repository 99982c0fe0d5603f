package dispatch

import (
	"latchkey/shared/carrier"
	"latchkey/shared/carrier/sms"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/mailbox"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/reach"
	"latchkey/shared/setting"
	"latchkey/shared/token"
	"latchkey/shared/wire"
)

// New returns the dispatcher of a function, which sends in the deployment's name.
func New(w *wire.Wire, rules reach.Rules) Dispatcher {
	ses := carrier.NewSES(w.AWS("sesv2"))
	baseURL := w.Required("BASE_URL")
	return Dispatcher{
		Tokens:     token.Store{Table: w.Table("tokens")},
		Deliveries: delivery.Store{Table: w.Table("deliveries")},
		Carrier: carrier.Carrier{
			SES:     ses,
			Sender:  setting.Parse(w.Reader, "SENDER", mailbox.Parse),
			ReplyTo: setting.Optional(w.Reader, "REPLY_TO", mailbox.Parse),
			// Its events go to feedback, which else learns nothing of a sent message.
			ConfigurationSet: w.Text("CONFIGURATION_SET"),
		},
		SMSCarrier: sms.New(w.AWS("sns")),
		Rate: &carrier.Rate{
			SES:    ses,
			Limits: limit.Store{Table: w.Table("limits")},
			Now:    w.Now,
		},
		Reach: rules,
		Message: message.Settings{
			Company:    w.Required("COMPANY"),
			Support:    w.Text("SUPPORT_CONTACT"),
			Language:   rules.Language,
			LinkLength: token.LinkLength(baseURL),
		},
		BaseURL: baseURL,
		Metrics: w.Metrics(),
		Now:     w.Now,
	}
}

// NewRecipients returns the recipients of a function's messages.
func NewRecipients(w *wire.Wire, rules reach.Rules) Recipients {
	return Recipients{
		Directory: directory.Store{Table: w.Table("directory")},
		Jobs:      job.Store{Table: w.Table("jobs")},
		Members:   member.Store{Table: w.Table("members")},
		Addresses: reach.Addresses{Table: w.Table("addresses")},
		Reach:     rules,
	}
}
