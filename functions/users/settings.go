package main

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/message"
	"latchkey/shared/password"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// accountTime is how long SES is waited for: a page of settings must not hang on it.
const accountTime = 5 * time.Second

// settingsView is how the deployment is set up, as the API shows it: what an administrator
// has to know, and no secret.
type settingsView struct {
	Company      string         `json:"company"`
	Sender       string         `json:"sender"`
	ReplyTo      api.Text       `json:"reply_to"`
	Support      api.Text       `json:"support_contact"`
	BaseURL      string         `json:"base_url"`
	AppURL       api.Text       `json:"app_url"`
	Language     string         `json:"language"`
	Languages    []languageView `json:"languages"`
	TimeZone     string         `json:"time_zone"`
	Devices      []namedDevice  `json:"devices"`
	CustomFields []string       `json:"custom_fields"`
	Limits       limitsView     `json:"limits"`
	Email        *emailView     `json:"email"`
	EmailNote    api.Text       `json:"email_note"`
	SMS          smsView        `json:"sms"`
}

// languageView is a language that a user may have.
type languageView struct {
	Tag  string `json:"tag"`
	Name string `json:"name"`
}

// namedDevice is a device that users may have.
type namedDevice struct {
	Name    string       `json:"name"`
	Channel user.Channel `json:"channel"`
	// Default is whether it is used where a job names no devices.
	Default bool `json:"default"`
}

// limitsView holds the deployment's limits, and those of every deployment. The length of a
// password is in code points; a file and a row are in bytes.
type limitsView struct {
	LinkLifetime        api.Duration `json:"link_lifetime"`
	LinkLifetimeMinimum api.Duration `json:"link_lifetime_minimum"`
	LinkLifetimeMaximum api.Duration `json:"link_lifetime_maximum"`
	ResetLifetime       api.Duration `json:"reset_lifetime"`
	CodeLifetime        api.Duration `json:"code_lifetime"`
	SessionLifetime     api.Duration `json:"session_lifetime"`
	PasswordMinimum     int          `json:"password_minimum"`
	PasswordMaximum     int          `json:"password_maximum"`
	ForgotPerHour       int          `json:"forgot_per_hour"`
	RenewGap            api.Duration `json:"renew_gap"`
	FileBytes           int          `json:"file_bytes"`
	FileRows            int          `json:"file_rows"`
	RowBytes            int          `json:"row_bytes"`
}

// emailView is what SES tells of the account. The quota is of emails in any 24 hours, null
// for an account without one; the rate is of emails a second. An account that isn't in
// production sends to verified addresses alone.
type emailView struct {
	Max24HourSend   *float64 `json:"max_24_hour_send"`
	SentLast24Hours float64  `json:"sent_last_24_hours"`
	MaxSendRate     float64  `json:"max_send_rate"`
	Production      bool     `json:"production"`
	SendingEnabled  bool     `json:"sending_enabled"`
}

// smsView is where SMS may go, and how long one may be.
type smsView struct {
	// Countries are those that SMS may go to; none is all.
	Countries   []string `json:"countries"`
	MaxSegments int      `json:"max_segments"`
}

// showSettings shows how the deployment is set up. What SES doesn't tell is null, with a note.
func (h handler) showSettings(ctx context.Context, event api.Event) (api.Answer, error) {
	if _, err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	view := h.settingsView()
	asking, cancel := context.WithTimeout(ctx, accountTime)
	defer cancel()

	account, err := h.account(asking)
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell its quota", "error", err.Error())
		view.EmailNote = "SES doesn't tell at the moment what the account may send."
		return api.OK(view), nil
	}

	// An account without a quota has a negative one, which no caller should reckon with.
	view.Email = &emailView{
		SentLast24Hours: math.Max(0, account.Sent),
		MaxSendRate:     account.Rate,
		Production:      !account.Sandbox,
		SendingEnabled:  account.Enabled,
	}
	if account.PerDay >= 0 {
		view.Email.Max24HourSend = &account.PerDay
	}
	return api.OK(view), nil
}

// settingsView returns what the deployment itself knows of its settings. A list that is empty
// is shown as such, not as null.
func (h handler) settingsView() settingsView {
	d := h.deployment
	view := settingsView{
		Company:      d.Company,
		Sender:       d.Sender,
		ReplyTo:      api.Text(d.ReplyTo),
		Support:      api.Text(d.Support),
		BaseURL:      d.BaseURL,
		AppURL:       api.Text(d.AppURL),
		Language:     d.Language,
		TimeZone:     d.TimeZone,
		Devices:      []namedDevice{},
		CustomFields: append([]string{}, d.CustomFields...),
		Limits:       limitsOf(d),
		SMS: smsView{
			Countries:   append([]string{}, d.Countries...),
			MaxSegments: message.MaxSegments,
		},
	}

	for _, l := range message.Languages() {
		view.Languages = append(view.Languages, languageView{Tag: l.Tag, Name: l.Name})
	}

	for _, device := range h.reach.Devices {
		view.Devices = append(view.Devices, namedDevice{
			Name:    device.Name,
			Channel: device.Channel,
			Default: slices.Contains(h.reach.Default, device.Name),
		})
	}

	return view
}

// limitsOf returns the limits of a deployment.
func limitsOf(d Deployment) limitsView {
	return limitsView{
		LinkLifetime:        api.Duration(d.Default),
		LinkLifetimeMinimum: api.Duration(d.Minimum),
		LinkLifetimeMaximum: api.Duration(d.Maximum),
		ResetLifetime:       api.Duration(d.ResetLifetime),
		CodeLifetime:        api.Duration(d.CodeLifetime),
		SessionLifetime:     api.Duration(d.SessionLifetime),
		PasswordMinimum:     d.PasswordMinimum,
		PasswordMaximum:     password.Maximum,
		ForgotPerHour:       d.ForgotPerHour,
		RenewGap:            api.Duration(d.RenewGap),
		FileBytes:           userfile.MaxFile,
		FileRows:            userfile.MaxRows,
		RowBytes:            userfile.MaxRow,
	}
}
