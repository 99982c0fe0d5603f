// Package setting reads what a function is told by its environment.
//
// A function asks for its settings once, before its first event. Whatever is missing or
// bad is collected, and comes in one error. What counts as a good value, the topology's
// parameters say, and the deployment and the local host refuse any other; the reader
// refuses what it can't read.
package setting

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/topology"
)

// Reader reads settings by the names of their environment variables.
type Reader struct {
	lookup func(name string) string
	asked  map[string]bool
	faults []error
}

// New returns a reader. lookup returns a variable's value, or "" if it isn't set;
// os.Getenv is one.
func New(lookup func(name string) string) *Reader {
	return &Reader{lookup: lookup, asked: map[string]bool{}}
}

// Text returns a setting that may be missing, or "".
func (r *Reader) Text(name string) string {
	r.asked[name] = true
	return r.lookup(name)
}

// Required returns a setting that must be there.
func (r *Reader) Required(name string) string {
	value := r.Text(name)
	if value == "" {
		r.refuse(name, "is not set")
	}
	return value
}

// Duration returns a setting like 72h, which must be there.
func (r *Reader) Duration(name string) time.Duration {
	return Parse(r, name, time.ParseDuration)
}

// Number returns a setting that is a whole number, which must be there.
func (r *Reader) Number(name string) int { return Parse(r, name, strconv.Atoi) }

// List returns the parts of a setting that may be missing, between its commas.
func (r *Reader) List(name string) []string {
	value := r.Text(name)
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

// Parse returns a setting that must be there, as parse reads it.
func Parse[T any](r *Reader, name string, parse func(string) (T, error)) T {
	var none T
	value := r.Required(name)
	if value == "" {
		return none
	}

	read, err := parse(value)
	if err != nil {
		r.refuse(name, "can't be read"+wanted(name))
		return none
	}
	return read
}

// wanted says what a setting has to be, if it is a parameter of the deployment.
func wanted(name string) string {
	for _, p := range topology.Latchkey.Parameters {
		if p.Name == name {
			return ": it has to be " + p.Wanted()
		}
	}
	return ""
}

// Optional returns a setting as parse reads it, or the zero value if it is missing.
func Optional[T any](r *Reader, name string, parse func(string) (T, error)) T {
	if r.Text(name) == "" {
		var none T
		return none
	}
	return Parse(r, name, parse)
}

// refuse collects what is wrong with a setting. Its value may be an address: not shown.
func (r *Reader) refuse(name, why string) {
	r.faults = append(r.faults, fmt.Errorf("environment variable %s %s", name, why))
}

// Err returns all that is missing or bad so far, or nil.
func (r *Reader) Err() error { return errors.Join(r.faults...) }

// Asked returns the names that were asked for, sorted: a test holds them against what a
// function is given.
func (r *Reader) Asked() []string {
	names := make([]string, 0, len(r.asked))
	for name := range r.asked {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
