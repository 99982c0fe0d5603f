package jobapi

import (
	"latchkey/shared/api"
	"latchkey/shared/job"
)

// Reminders are a job's reminders as the API shows them.
type Reminders struct {
	Every    api.Duration `json:"every"`
	Maximum  int          `json:"maximum"`
	Audience job.Audience `json:"audience"`
	Subject  string       `json:"subject"`
	Body     string       `json:"body"`
	SMS      string       `json:"sms"`
	NextAt   api.Time     `json:"next_at"`
	Sent     int          `json:"sent"`
}

// RemindersOf returns a job's reminders as the API shows them; nil for none.
func RemindersOf(j job.Job) *Reminders {
	r := j.Reminders
	if r == nil {
		return nil
	}
	return &Reminders{
		Every:    api.Duration(r.Every.Duration()),
		Maximum:  r.Maximum,
		Audience: r.Audience,
		Subject:  r.Subject,
		Body:     r.Body,
		SMS:      r.SMS,
		NextAt:   api.Milli(j.RemindAt()),
		Sent:     j.Reminded,
	}
}
