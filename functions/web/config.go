package main

import (
	"errors"
	"net/url"
)

// settings is what the deployment says of the pages.
type settings struct {
	// Company is named on every page.
	Company string `env:"COMPANY,required"`
	// SupportContact says whom to ask: an email address, a web address, or any words. May be empty.
	SupportContact string `env:"SUPPORT_CONTACT"`
	// AppURL is where a user goes after signing in. If it is empty, the sign-in page says who is signed in.
	AppURL webAddress `env:"APP_URL"`
	// BucketURL is below which address the console puts files: what the URLs begin with that the API signs for that. With a slash at its end.
	BucketURL string `env:"BUCKET_URL"`
}

// webAddress is an absolute http or https URL, or empty.
type webAddress string

// UnmarshalText reads a web address. Its error doesn't show the text.
func (a *webAddress) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("APP_URL must be an http or https URL")
	}
	*a = webAddress(text)
	return nil
}
