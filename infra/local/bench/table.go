package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// table prints rows of tab-separated cells below each other.
func table(out io.Writer, fill func(w io.Writer)) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fill(w)
	_ = w.Flush() // as with the lines around it, a failed write is of no interest
	fmt.Fprintln(out)
}

// print prints the whole report.
func (r *Report) print(out io.Writer) {
	r.printFigures(out)
	r.printFunctions(out)
	r.printUnits(out)
	r.printCalls(out)
	r.printSizes(out)
	if r.Bill != nil {
		r.Bill.print(out)
	}
}

// bound returns a limit or bar as the table has it.
func (f *Figure) bound(of float64) string {
	switch {
	case of == 0:
		return ""
	case f.Less:
		return fmt.Sprintf("≤ %.4g", of)
	}
	return fmt.Sprintf("≥ %.4g", of)
}

func (r *Report) printFigures(out io.Writer) {
	if len(r.Figures) == 0 {
		return
	}
	table(out, func(w io.Writer) {
		fmt.Fprintln(w, "figure\tmedian\tmin\tmax\t\tbare\t\tratio\tlimit\tbar\t")
		for _, f := range r.Figures {
			fmt.Fprintf(w, "%s\t%.4g\t%.4g\t%.4g\t%s\t%.4g\t%s\t%.3g\t%s\t%s\t%s\n", f.Name,
				f.Median, f.Min, f.Max, f.Unit, f.Bare, f.Beside, f.Ratio, f.bound(f.Limit),
				f.bound(f.Bar), f.verdict())
		}
	})
}

func (r *Report) printFunctions(out io.Writer) {
	if len(r.Functions) == 0 {
		return
	}
	sum := 0.0
	table(out, func(w io.Writer) {
		fmt.Fprintf(w, "function\tinit, ms\tof hello's (≤ %.3g)\tpackage, MB (≤ %d)\t"+
			"peak, MiB (≤ %d)\tCPU, ms a user, file to events\t\n", initBar, packageBar, memoryBar)
		for _, f := range r.Functions {
			cpu := r.cpuOf(f.Name)
			sum += cpu
			ms, ratio := f.init()
			fmt.Fprintf(w, "%s\t%.1f\t%.2f\t%.2f\t%.0f\t%.3f\t%s\n",
				f.Name, ms, ratio, f.Package, f.PeakMiB, cpu, f.verdict())
		}
		verdict := ""
		if sum > cpuBar {
			verdict = underBar
		}
		fmt.Fprintf(w, "all (≤ %d)\t\t\t\t\t%.2f\t%s\n", cpuBar, sum, verdict)
	})
}

// cpuOf returns a function's milliseconds a user, from the file to the events of a message.
func (r *Report) cpuOf(function string) float64 {
	sum := 0.0
	for _, name := range []string{fileStep, notifyStep} {
		s := step(r.Timed, name)
		if s == nil {
			continue
		}
		for _, w := range s.Functions {
			if w.Function == function {
				sum += s.perUser(w.CPUMS)
			}
		}
	}
	return sum
}

// printUnits prints each step's units of a user by table and index, and what they are
// beside their bars.
func (r *Report) printUnits(out io.Writer) {
	if len(r.Counted) == 0 {
		return
	}
	table(out, func(w io.Writer) {
		fmt.Fprintln(w, "units a user\ttable\tindex\tread\twrite\t")
		for _, s := range r.Counted {
			for _, u := range byPlace(s.Units) {
				fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t%.2f\t\n",
					s.Name, u.Table, u.Index, s.perUser(u.Read), s.perUser(u.Write))
			}
			fmt.Fprintf(w, "%s\tall\t\t%.2f\t%.2f\t\n", s.Name, s.read(), s.written())
		}

		onboard := 0.0
		for _, name := range []string{fileStep, notifyStep, passwordStep} {
			if s := step(r.Counted, name); s != nil {
				onboard += s.written()
			}
		}
		printBar(w, "file, notified once, password set", onboard, onboardBar)
		if s := step(r.Counted, forgotStep); s != nil {
			printBar(w, forgotStep, s.written(), forgotBar)
		}
	})
}

// printBar prints write units beside the most that they should be.
func printBar(w io.Writer, what string, units float64, bar int) {
	verdict := ""
	if units > float64(bar) {
		verdict = underBar
	}
	fmt.Fprintf(w, "%s (≤ %d)\t\t\t\t%.2f\t%s\n", what, bar, units, verdict)
}

// byPlace returns units of all functions together, by table and index. They are sorted.
func byPlace(units []Units) []Units {
	var all []Units
	for _, u := range units {
		n := len(all)
		if n > 0 && all[n-1].Table == u.Table && all[n-1].Index == u.Index {
			all[n-1].Read += u.Read
			all[n-1].Write += u.Write
			continue
		}
		all = append(all, u)
	}
	return all
}

// printCalls prints each step's calls of a user, by function and service.
func (r *Report) printCalls(out io.Writer) {
	if len(r.Counted) == 0 {
		return
	}
	table(out, func(w io.Writer) {
		fmt.Fprintln(w, "calls a user\tfunction\tservice\tcalls\t")
		for _, s := range r.Counted {
			sum := 0
			for i, c := range s.Calls {
				sum += c.Calls
				if i+1 < len(s.Calls) && s.Calls[i+1].Function == c.Function &&
					s.Calls[i+1].Service == c.Service {
					continue
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%.3f\t\n",
					s.Name, c.Function, c.Service, s.perUser(float64(sum)))
				sum = 0
			}
		}
	})
}

func (r *Report) printSizes(out io.Writer) {
	if len(r.Sizes) == 0 {
		return
	}
	table(out, func(w io.Writer) {
		fmt.Fprint(w, "rows")
		for _, s := range r.Sizes {
			fmt.Fprintf(w, "\t%d", s.Rows)
		}
		fmt.Fprintln(w, "\t")
		for _, c := range columns {
			fmt.Fprint(w, c.name)
			for i := range r.Sizes {
				fmt.Fprint(w, "\t", cell(r.Sizes, i, c.of))
			}
			fmt.Fprintln(w, "\t")
		}
	})
}

// print prints the bill.
func (b *Bill) print(out io.Writer) {
	table(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d users, prices of %s\t\tquantity\tdollars\tof the mail's\t\n",
			b.Users, b.Prices)
		for _, l := range b.Lines {
			fmt.Fprintf(w, "%s\t%s\t%.4g\t%.2f\t%.4f\t\n",
				l.Service, l.What, l.Quantity, l.Dollars, l.Dollars/b.Mail)
		}
		verdict := ""
		if b.Ratio > billBar {
			verdict = underBar
		}
		fmt.Fprintf(w, "all (≤ %.2f of the mail's)\t\t\t%.2f\t%.4f\t%s\n",
			billBar, b.Total, b.Ratio, verdict)
	})
}
