package host

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"latchkey/infra/local/inbox"
)

//go:embed inbox.html
var inboxPage string

var inboxTemplate = template.Must(
	template.New("inbox").Funcs(template.FuncMap{"links": links}).Parse(inboxPage),
)

// inbox answers GET /_local/inbox: the messages on a page, newest first. It takes the
// parameters of the list; the cursor counts from the newest.
func (h *Host) inbox(w http.ResponseWriter, r *http.Request) {
	skip, limit, wrong := page(r.URL.Query())
	if wrong != nil {
		refuseField(w, *wrong)
		return
	}

	to := r.FormValue("to")
	count := h.log.Count(to)
	end := max(0, count-skip)
	begin := max(0, end-limit)
	items, _, err := h.log.Page(to, begin, end-begin)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "internal_error", "the messages can't be read")
		return
	}

	slices.Reverse(items)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = inboxTemplate.Execute(w, struct {
		To       string
		Count    int
		Messages []inbox.Message
		Older    *string
	}{to, count, items, cursor(skip+limit, begin > 0)}) // a reader who has gone reads no page
}

// address finds URLs in a text.
var address = regexp.MustCompile(`https?://[^\s<>"']+`)

// links returns a text as HTML in which URLs can be followed. All else is escaped.
func links(text string) template.HTML {
	var b strings.Builder
	last := 0
	for _, at := range address.FindAllStringIndex(text, -1) {
		before := template.HTMLEscapeString(text[last:at[0]])
		url := template.HTMLEscapeString(text[at[0]:at[1]])
		fmt.Fprintf(&b, `%s<a href="%s">%s</a>`, before, url, url)
		last = at[1]
	}

	b.WriteString(template.HTMLEscapeString(text[last:]))
	return template.HTML(b.String())
}
