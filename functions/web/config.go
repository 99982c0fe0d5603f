package main

import (
	"errors"
	"net/url"
)

// settings are the deployment's parameters for the pages.
type settings struct {
	// Company is named on every page.
	Company string `env:"COMPANY,required"`
	// SupportContact says whom to ask: an email address, a web address, or any words. It
	// may be empty.
	SupportContact string `env:"SUPPORT_CONTACT"`
	// AppURL is where a user goes after signing in. If it is empty, the sign-in page shows
	// who is signed in.
	AppURL webAddress `env:"APP_URL"`
	// Bucket is the bucket that the console puts files into.
	Bucket string `env:"BUCKET,required"`
}

// webAddress is an absolute http or https URL, or empty.
type webAddress string

// UnmarshalText reads a web address. Its error doesn't show the text, which may hold a
// secret.
func (a *webAddress) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("APP_URL must be an http or https URL")
	}
	*a = webAddress(text)
	return nil
}
