// Package start is the beginning that all functions share: the log, the settings, and the
// end of the process if something is amiss.
package start

import (
	"context"
	"log/slog"
	"os"

	"latchkey/shared/config"
)

// Function reads a function's settings from its environment and calls run, which must
// make the handler and serve. Any error ends the process before the first event. The log
// goes to standard error, as JSON.
func Function[S any](run func(context.Context, S) error) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))

	settings, err := config.Read[S](os.Environ())
	if err == nil {
		err = run(context.Background(), settings)
	}

	if err != nil {
		slog.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
}
