package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		name string
		of   []float64
		want float64
	}{
		{"of nothing", nil, 0},
		{"of one", []float64{3}, 3},
		{"of an odd number, in any order", []float64{9, 1, 2}, 2},
		{"of an even number", []float64{4, 1, 2, 9}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := median(test.of); got != test.want {
				t.Errorf("got %g, want %g", got, test.want)
			}
		})
	}
}

func TestQuantile(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	if half, most := quantile(hundred, 0.5), quantile(hundred, 0.95); half != 51 || most != 96 {
		t.Errorf("got %g and %g", half, most)
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("of nothing %g", got)
	}
}

func TestAFigureIsJudged(t *testing.T) {
	rates := Figure{Takes: []float64{40, 50, 60}, BareTakes: []float64{100, 100, 90}}
	for _, test := range []struct {
		name   string
		change func(*Figure)
		ratio  float64
		want   string
	}{
		{"one at its bar", func(f *Figure) { f.Limit, f.Bar = 0.2, 0.5 }, 0.5, ""},
		{"one under its bar", func(f *Figure) { f.Limit, f.Bar = 0.2, 0.6 }, 0.5, underBar},
		{"one under its limit", func(f *Figure) { f.Limit, f.Bar = 0.6, 0.7 }, 0.5, underLimit},
		{"one by its worst take", func(f *Figure) { f.Worst = true; f.Bar = 0.5 }, 0.4, underBar},
		{
			"one of which less is better",
			func(f *Figure) { f.Less = true; f.Limit = 0.4 }, 0.5, underLimit,
		},
		{
			"one of which less is better, by its worst take",
			func(f *Figure) { f.Less, f.Worst = true, true; f.Limit = 0.6 }, 0.6, "",
		},
		{
			"one of which nothing was measured",
			func(f *Figure) { *f = Figure{Limit: 0.1} }, 0, underLimit,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := rates
			test.change(&f)
			f.settle()
			if f.Ratio != test.ratio || f.verdict() != test.want {
				t.Errorf("a ratio of %g is %q, want %g and %q",
					f.Ratio, f.verdict(), test.ratio, test.want)
			}

			r := Report{Figures: []*Figure{&f}}
			var out bytes.Buffer
			r.print(&out)
			if test.want != "" && !strings.Contains(out.String(), test.want) {
				t.Errorf("the table says\n%s", &out)
			}
			if failed := r.judge() != nil; failed != (test.want == underLimit) {
				t.Errorf("the run fails: %t", failed)
			}
		})
	}
}

func TestSizesAreReadFromTheEnvironment(t *testing.T) {
	for _, test := range []struct {
		given string
		want  []int
	}{
		{"", []int{defaultRows}},
		{"1000", []int{1000}},
		{"1000, 10000,1000000", []int{1000, 10_000, 1_000_000}},
		{"999", nil},
		{"1000001", nil},
		{"many", nil},
		{"1000,,10000", nil},
	} {
		got, err := readSizes(test.given)
		if len(got) != len(test.want) || (err != nil) != (test.want == nil) {
			t.Errorf("%q is %v, %v", test.given, got, err)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%q is %v", test.given, got)
			}
		}
	}
}
