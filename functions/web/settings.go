package main

import (
	"errors"
	"net/url"

	"latchkey/shared/setting"
)

// settings are the deployment's parameters for the pages.
type settings struct {
	// company is named on every page.
	company string
	// supportContact says whom to ask: an email address, a web address, or any words. It
	// may be empty.
	supportContact string
	// appURL is where a user goes after signing in. If it is empty, the sign-in page
	// shows who is signed in.
	appURL string
	// bucket is the bucket that the console puts files into.
	bucket string
}

// readSettings reads the function's settings.
func readSettings(r *setting.Reader) settings {
	return settings{
		company:        r.Required("COMPANY"),
		supportContact: r.Text("SUPPORT_CONTACT"),
		appURL:         setting.Optional(r, "APP_URL", webAddress),
		bucket:         r.Required("BUCKET"),
	}
}

// webAddress returns an absolute http or https URL as it is, and refuses any other text.
func webAddress(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("not an http or https URL")
	}
	return text, nil
}
