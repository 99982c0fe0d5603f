// Package config reads a function's settings, once, from its environment.
package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Read fills a struct whose fields name their variables in `env` tags. environment is a list like os.Environ's. All that is
// missing or bad is said in one error.
func Read[T any](environment []string) (T, error) {
	variables := map[string]string{}
	for _, entry := range environment {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" { // set to nothing is not set
			variables[name] = value
		}
	}
	settings, err := env.ParseAsWithOptions[T](env.Options{Environment: variables})
	if err != nil {
		return settings, fmt.Errorf("read environment: %w", err)
	}
	return settings, nil
}

// Lifetimes are the bounds of a link's lifetime.
type Lifetimes struct {
	Default time.Duration `env:"LINK_LIFETIME,required"`
	Minimum time.Duration `env:"LINK_LIFETIME_MINIMUM,required"`
	Maximum time.Duration `env:"LINK_LIFETIME_MAXIMUM,required"`
}
