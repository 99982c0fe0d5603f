// Package config reads a function's settings from its environment, once.
package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Read fills a struct whose fields name their variables in `env` tags. environment is a
// list like os.Environ's. A variable that is set to nothing is not set. All that is
// missing or bad is named in one error.
func Read[T any](environment []string) (T, error) {
	variables := map[string]string{}
	for _, entry := range environment {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" {
			variables[name] = value
		}
	}

	settings, err := env.ParseAsWithOptions[T](env.Options{Environment: variables})

	var all env.AggregateError
	if errors.As(err, &all) {
		for i, one := range all.Errors {
			all.Errors[i] = named[T](one)
		}
		err = all
	}
	if err != nil {
		return settings, fmt.Errorf("read environment: %w", err)
	}
	return settings, nil
}

// named returns an error with the variable's name in the place of the field's.
func named[T any](err error) error {
	var bad env.ParseError
	if !errors.As(err, &bad) {
		return err
	}

	field, _ := reflect.TypeFor[T]().FieldByName(bad.Name)
	name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
	return fmt.Errorf("environment variable %q can't be read: %w", name, bad.Err)
}

// Lifetimes are a link's lifetime where a notification names none, and its bounds.
type Lifetimes struct {
	Default time.Duration `env:"LINK_LIFETIME,required"`
	Minimum time.Duration `env:"LINK_LIFETIME_MINIMUM,required"`
	Maximum time.Duration `env:"LINK_LIFETIME_MAXIMUM,required"`
}
