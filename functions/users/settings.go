package main

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/carrier"
	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/setting"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// accountTime is how long SES is waited for: a page of settings must not hang on it.
const accountTime = 5 * time.Second

// deployment is what GET /api/settings tells of the parameters. Some of them are used
// here, too.
type deployment struct {
	baseURL         string
	company         string
	sender          string
	replyTo         string
	support         string
	appURL          string
	language        string
	timeZone        string
	countries       []string
	customFields    []string
	jobs            job.Limits
	resetLifetime   time.Duration
	codeLifetime    time.Duration
	sessionLifetime time.Duration
	passwordMinimum int
	forgotPerHour   int
	renewGap        time.Duration
}

// readDeployment reads the parameters. The language and the time zone are shown as they
// are written: that they are there, and good, reach.Read sees to.
func readDeployment(r *setting.Reader, devices []user.Device) deployment {
	return deployment{
		baseURL:         r.Required("BASE_URL"),
		company:         r.Required("COMPANY"),
		sender:          r.Required("SENDER"),
		replyTo:         r.Text("REPLY_TO"),
		support:         r.Text("SUPPORT_CONTACT"),
		appURL:          r.Text("APP_URL"),
		language:        r.Text("LANGUAGE"),
		timeZone:        r.Text("TIME_ZONE"),
		countries:       r.List("SMS_COUNTRIES"),
		customFields:    r.List("CUSTOM_FIELDS"),
		jobs:            job.ReadLimits(r, devices),
		resetLifetime:   r.Duration("RESET_LIFETIME"),
		codeLifetime:    r.Duration("CODE_LIFETIME"),
		sessionLifetime: r.Duration("SESSION_LIFETIME"),
		passwordMinimum: r.Number("PASSWORD_MINIMUM"),
		forgotPerHour:   r.Number("FORGOT_PER_HOUR"),
		renewGap:        r.Duration("RENEW_GAP"),
	}
}

// settingsView is how the deployment is set up, as the API shows it: what an
// administrator has to know, and no secret.
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

// limitsView holds the deployment's limits, and those of every deployment. The length of
// a password is in code points; a file and a row are in bytes.
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

// emailView is what SES tells of the account. The quota is of emails in any 24 hours,
// null for an account without one; the rate is of emails a second. An account that isn't
// in production sends to verified addresses alone.
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

// showSettings shows how the deployment is set up. A note says what SES doesn't tell.
func (h handler) showSettings(ctx context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	view := h.settingsView()
	asking, cancel := context.WithTimeout(ctx, accountTime)
	defer cancel()

	account, err := carrier.ReadAccount(asking, h.ses)
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell its quota", "error", err.Error())
		view.EmailNote = "SES doesn't tell at the moment what the account may send."
		return api.OK(view), nil
	}

	view.Email = &emailView{
		SentLast24Hours: math.Max(0, account.Sent),
		MaxSendRate:     account.Rate,
		Production:      !account.Sandbox,
		SendingEnabled:  account.Enabled,
	}
	// An account without a quota has a negative one, which no caller should reckon with.
	if account.PerDay >= 0 {
		view.Email.Max24HourSend = &account.PerDay
	}
	return api.OK(view), nil
}

// settingsView returns what the deployment itself knows of its settings. A list that is
// empty is shown as such, not as null.
func (h handler) settingsView() settingsView {
	d := h.deployment
	view := settingsView{
		Company:      d.company,
		Sender:       d.sender,
		ReplyTo:      api.Text(d.replyTo),
		Support:      api.Text(d.support),
		BaseURL:      d.baseURL,
		AppURL:       api.Text(d.appURL),
		Language:     d.language,
		TimeZone:     d.timeZone,
		Devices:      []namedDevice{},
		CustomFields: append([]string{}, d.customFields...),
		Limits:       limitsOf(d),
		SMS: smsView{
			Countries:   append([]string{}, d.countries...),
			MaxSegments: message.MaxSegments,
		},
	}

	for _, tag := range message.Languages() {
		name, _, _ := user.LanguageNamed(tag.String())
		view.Languages = append(view.Languages, languageView{Tag: tag.String(), Name: name})
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
func limitsOf(d deployment) limitsView {
	return limitsView{
		LinkLifetime:        api.Duration(d.jobs.Lifetime),
		LinkLifetimeMinimum: api.Duration(d.jobs.Minimum),
		LinkLifetimeMaximum: api.Duration(d.jobs.Maximum),
		ResetLifetime:       api.Duration(d.resetLifetime),
		CodeLifetime:        api.Duration(d.codeLifetime),
		SessionLifetime:     api.Duration(d.sessionLifetime),
		PasswordMinimum:     d.passwordMinimum,
		PasswordMaximum:     credential.MaxLength,
		ForgotPerHour:       d.forgotPerHour,
		RenewGap:            api.Duration(d.renewGap),
		FileBytes:           userfile.MaxFile,
		FileRows:            userfile.MaxRows,
		RowBytes:            userfile.MaxRow,
	}
}
