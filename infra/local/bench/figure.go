package main

import "slices"

// Figure is what was measured several times, beside what an engine or a library did alone
// in the same run. A ratio of both says more than a rate: it stays where the machine is
// slower or busy.
type Figure struct {
	Name   string `json:"figure"`
	Unit   string `json:"unit"`
	Beside string `json:"beside"` // what is bare

	Takes  []float64 `json:"takes"`
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`

	BareTakes []float64 `json:"bare_takes"`
	Bare      float64   `json:"bare"` // their median

	// Ratio is that of the medians. Where Worst is set, it is that of the worst take.
	Ratio float64 `json:"ratio"`
	Worst bool    `json:"worst,omitempty"`
	// Less says that less is better: the ratio is at most its limit then, else at least.
	Less bool `json:"less,omitempty"`
	// Limit is what the ratio has to keep, or the run fails. Bar is what it should keep. 0
	// is none.
	Limit float64 `json:"limit,omitempty"`
	Bar   float64 `json:"bar,omitempty"`
}

// median returns the middle of the numbers: of an even number of them, the mean of the two
// in the middle; of none, 0.
func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// settle works out what follows from the takes.
func (f *Figure) settle() {
	if len(f.Takes) == 0 {
		return
	}

	f.Median = median(f.Takes)
	f.Min = slices.Min(f.Takes)
	f.Max = slices.Max(f.Takes)
	f.Bare = median(f.BareTakes)

	of := f.Median
	switch {
	case f.Worst && f.Less:
		of = f.Max
	case f.Worst:
		of = f.Min
	}
	if f.Bare > 0 {
		f.Ratio = of / f.Bare
	}
}

// keeps reports whether the ratio keeps a bound; nothing that was measured keeps none.
func (f Figure) keeps(bound float64) bool {
	switch {
	case bound == 0:
		return true
	case f.Ratio == 0:
		return false
	case f.Less:
		return f.Ratio <= bound
	}
	return f.Ratio >= bound
}

// take measures the bare limit and then the system, and keeps both.
func (f *Figure) take(bare, system func() (float64, error)) error {
	limit, err := bare()
	if err != nil {
		return err
	}
	got, err := system()
	if err != nil {
		return err
	}

	f.add(got, limit)
	return nil
}

// verdict returns what the table says of a figure: nothing if it keeps its limit and bar.
func (f Figure) verdict() string {
	switch {
	case !f.keeps(f.Limit):
		return underLimit
	case !f.keeps(f.Bar):
		return underBar
	}
	return ""
}

// What the tables say of what is worse than it may be, or than it should be.
const (
	underLimit = "UNDER ITS LIMIT"
	underBar   = "UNDER ITS BAR"
)

// add keeps what was measured.
func (f *Figure) add(got, bare float64) {
	f.Takes = append(f.Takes, got)
	f.BareTakes = append(f.BareTakes, bare)
}
