package endtoend

import (
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestAFileIsRejectedAndSaysWhere(t *testing.T) {
	t.Parallel()

	c := administrator(t)
	for _, test := range []struct{ name, file, reason string }{
		{"that is empty", "", "empty"},
		{"that isn't UTF-8", "User,First Name\nbad0,Ren\xe9\n", "row 2"},
		{"that is UTF-16 without a mark", "U\x00s\x00e\x00r\x00", "UTF-16"},
		{"with a NUL", "User\nbad0\nbad\x001\n", "row 3"},
		{"with a quote that isn't closed", "User,Site\nbad0,x\nbad1,\"open\nbad2,y\n", "Row 3"},
		{
			name:   "with a row of more than 64 KiB",
			file:   "User,Site\nbad0," + strings.Repeat("x", 64<<10) + "\n",
			reason: "Row 2",
		},
		{"with a column twice", "User,Site,site\nbad0,x,y\n", `"Site"`},
		{"with a column without a name", "User,,Site\nbad0,x,y\n", "column 2"},
		{"without a column User", "First Name\nbad0\n", `"User"`},
		{"with semicolons under commas", "User,Site\nbad0;x\nbad1;y\n", "semicolons"},
		{"with rows that weren't split", "User\tSite\n\"bad0\tx\"\n", "weren't split"},
		{"that is a spreadsheet's under another name", "PK\x03\x04xl/workbook.xml", "spreadsheet"},
		{"with a header alone", "User,Site\n", "no valid row"},
		{"with no valid row", "User,Work Email\nbad0,nowhere\n,bad1@example.com\n", "no valid row"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := c.in(t)

			j := c.validated(test.file)
			if j.Status != "rejected" || !strings.Contains(j.RejectedReason, test.reason) {
				t.Errorf("got %s: %s", j.Status, j.RejectedReason)
			}

			c.call("POST", j.Path()+"/process", nil).want(http.StatusConflict, "job_not_validated")
		})
	}

	t.Run("and has changed nothing", func(t *testing.T) {
		c := c.in(t)
		file, _ := staff("bad", 3)
		if r := c.processed(object{}, file).Rows; r.Added != 3 {
			t.Errorf("got %+v", r)
		}
	})
}

func TestTheRowsInErrorAreCorrectedAndUploadedAsTheyAre(t *testing.T) {
	t.Parallel()
	c := administrator(t)

	j := c.validated("\ufeffUser, First Name ,Site,Work Email,SMS Phone\r\n" +
		"mend0,\"Ada, \"\"A\"\"\",Here,mend0@example.com,\r\n" +
		"mend1,Bo,\"Two\r\nlines\",nowhere,\r\n" +
		"\r\n" +
		"mend2,Cy,Here,mend2@example.com,1.55556E+10\r\n" +
		"MEND0,Di,Here,,+1 650 253 0142\r\n")
	if r := j.Rows; j.Status != "validated" || r.Total != 4 || r.Valid != 1 || r.Invalid != 3 {
		t.Fatalf("got %+v", j)
	}

	var found []string
	for _, i := range all[issue](c, j.Path()+"/errors?level=error") {
		found = append(found, strings.Join([]string{i.Code, i.Column, i.Value}, "|"))
	}

	want := []string{
		"bad_address|Work Email|nowhere",
		"spreadsheet_number|SMS Phone|1.55556E+10",
		"duplicate_user|User|MEND0",
	}
	if !slices.Equal(found, want) {
		t.Errorf("got %q", found)
	}

	report := string(c.download(j.Path() + "/files/errors"))
	header := "\ufeffError Row,Error,User, First Name ,Site,Work Email,SMS Phone\r\n"
	if !strings.HasPrefix(report, header) ||
		!strings.Contains(report, "mend1,Bo,\"Two\r\nlines\",nowhere,\r\n") ||
		strings.Contains(report, "mend0,") {
		t.Errorf("got %q", report)
	}

	corrections := strings.NewReplacer(
		"nowhere,\r", "mend1@example.com,\r",
		",1.55556E+10\r", ",+1 650 253 0141\r",
		",MEND0,Di", ",mend3,Di",
	)
	corrected := corrections.Replace(report)

	again := c.processed(object{}, corrected)
	if r := again.Rows; r.Total != 3 || r.Valid != 3 || r.Invalid != 0 || r.Added != 3 {
		t.Errorf("got %+v", r)
	}

	got := usernames(all[member](c, again.Path()+"/members?q=MEND"))
	if !slices.Equal(got, []string{"mend1", "mend2", "mend3"}) {
		t.Errorf("got %v", got)
	}
}

// download waits until a file is made, and gets it.
func (c client) download(path string) []byte {
	c.t.Helper()

	var file struct{ URL string }
	eventually(c.t, "the file is made", func() bool {
		a := c.call("GET", path, nil)
		if a.Status == http.StatusAccepted {
			if a.Header.Get("Retry-After") == "" {
				c.t.Error("no Retry-After")
			}
			return false
		}

		a.want(http.StatusOK, "").into(&file)

		return true
	})

	response, err := http.Get(file.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()

	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		c.t.Fatalf("download: %s, %v", response.Status, err)
	}

	return content
}

func TestTheFileOfMembersIsSafeInASpreadsheet(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	j := c.processed(object{}, "User,First Name,Last Name,Work Email\n"+
		"sheet0,=1+1,@SUM(A1),sheet0@example.com\n"+
		"sheet1,-2,+3,sheet1@example.com\n"+
		"sheet2,Zoë,\"O'Hara, Jr.\",sheet2@example.com\n")
	c.notify(j, object{"usernames": []string{"sheet2"}})
	anybody(t).setPassword(c.link("sheet2@example.com", 1), password).want(http.StatusNoContent, "")
	eventually(t, "one user is active", func() bool {
		return get[job](c, j.Path()).Users.Active == 1
	})

	for _, test := range []struct {
		name, query string
		want        []string
	}{
		{"all of them", "", []string{
			"sheet0|'=1+1|'@SUM(A1)|pending", "sheet1|'-2|'+3|pending",
			"sheet2|Zoë|O'Hara, Jr.|active",
		}},
		{"those in one state", "?state=active", []string{"sheet2|Zoë|O'Hara, Jr.|active"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			content := c.in(t).download(j.Path() + "/files/members" + test.query)

			rest, hasBOM := bytes.CutPrefix(content, []byte("\ufeff"))
			if !hasBOM || bytes.Count(rest, []byte("\n")) != bytes.Count(rest, []byte("\r\n")) {
				t.Errorf("got %q", content)
			}

			records, err := csv.NewReader(bytes.NewReader(rest)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}

			column := func(record []string, name string) string {
				return record[slices.Index(records[0], name)]
			}

			var got []string
			for _, r := range records[1:] {
				got = append(
					got,
					strings.Join(
						[]string{
							column(r, "User"),
							column(r, "First Name"),
							column(r, "Last Name"),
							column(r, "State"),
						},
						"|",
					),
				)
			}

			if slices.Sort(got); !slices.Equal(got, test.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}
