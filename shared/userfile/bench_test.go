package userfile_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"testing"

	"latchkey/shared/userfile"
)

const benchRows = 10_000

// export gives a file of benchRows rows.
func export(phone string) []byte {
	var file bytes.Buffer
	file.WriteString(
		"\ufeffOperation,User, First Name, Last Name, Site, Language, Time Zone, Role, " +
			"Work Email, SMS Phone\r\n",
	)

	for i := range benchRows {
		number := ""
		if phone != "" {
			number = fmt.Sprintf("%s%04d", phone, i)
		}

		fmt.Fprintf(
			&file,
			"process,U%05d,Test,\"User, %d\",Default Site,English,US/Eastern,Standard User,"+
				"U%05d@example.com, %s\r\n",
			i,
			i,
			i,
			number,
		)
	}

	return file.Bytes()
}

// BenchmarkReader reads, checks and looks for repeated users. A phone number costs more
// than all the rest of its row.
func BenchmarkReader(b *testing.B) {
	for _, c := range []struct{ name, phone string }{
		{"email", ""},
		{"email and phone", "+1 650 253"},
	} {
		b.Run(c.name, func(b *testing.B) {
			file := export(c.phone)
			b.SetBytes(int64(len(file)))

			for b.Loop() {
				r, err := open(bytes.NewReader(file), deployment)
				if err != nil {
					b.Fatal(err)
				}

				var seen userfile.Seen
				for {
					row, err := r.Next()
					if errors.Is(err, io.EOF) {
						break
					}

					if err != nil {
						b.Fatal(err)
					}

					seen.Check(&row)

					if !row.Valid() {
						b.Fatal(row.Issues)
					}
				}
			}

			b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkBareCSV reads the same file with encoding/csv alone.
func BenchmarkBareCSV(b *testing.B) {
	file := export("+1 650 253")
	b.SetBytes(int64(len(file)))

	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(file[len("\ufeff"):]))
		r.TrimLeadingSpace = true

		r.ReuseRecord = true
		for {
			if _, err := r.Read(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}

	b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
