package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"latchkey/shared/api"
	"latchkey/shared/mailbox"
	"latchkey/shared/topology"
	"latchkey/shared/translation"
)

//go:embed pages inline text static/bundle static/key.svg static/vendor/LICENSES.txt
var files embed.FS

// policy is what a page's content security policy allows it.
type policy struct {
	scripts, styles string
	connects        []string // addresses that it talks to, beside the site
}

// String returns the policy by which a page runs and loads that alone, and is shown in no
// frame.
func (p policy) String() string {
	connects := strings.Join(append([]string{"'self'"}, p.connects...), " ")
	return "default-src 'none'; script-src " + p.scripts + "; style-src " + p.styles +
		"; connect-src " + connects +
		"; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// only returns the source expression of a script or style that stands in the page: its hash
// (Content Security Policy Level 3, 6.7.3.2).
func only(content []byte) string {
	sum := sha256.Sum256(content)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// page is one page of the site: its addresses, its template and its script.
type page struct {
	// paths are the page's addresses; {name} stands for one segment.
	paths []string
	// name is that of the template, pages/<name>.html.
	name string
	// script is made of static/start/<script>.js, or empty for a page without one.
	script string
	// frame is the template around it, pages/<frame>.html.
	frame string
	// says lists the sections of the texts that the script shows, besides "messages",
	// which every script may show. They come with the page. The console's are many, and
	// come in a file of their own.
	says []string
}

// consoleSays lists the sections of the texts that the console's scripts show.
var consoleSays = []string{"console", "jobs", "records"}

// The frames of a page: one narrow column for a person who got a link, and the
// administrator's console. A person opens a page once, so that its script and its styles
// stand in it: each request is one more to wait for, and to be paid for. The console loads
// them, and keeps them.
const (
	card    = "layout"
	console = "console"
)

// pages are all pages that have a script. The handler serves two more: for an address
// that nothing is at, and for a method that no page takes.
var pages = []page{
	{
		paths:  []string{"/sign-in"},
		name:   "sign-in",
		script: "sign-in",
		frame:  card,
	},
	{
		paths:  []string{"/forgot-password"},
		name:   "forgot-password",
		script: "forgot-password",
		frame:  card,
	},
	{
		paths:  []string{"/code", "/set-password"},
		name:   "set-password",
		script: "set-password",
		frame:  card,
		says:   []string{"passphrase"},
	},
	{
		paths: []string{
			"/jobs",
			"/jobs/new",
			"/jobs/{id}",
			"/jobs/{id}/upload",
			"/jobs/{id}/validate",
			"/jobs/{id}/process",
			"/jobs/{id}/notify",
		},
		name:   "jobs",
		script: "console",
		frame:  console,
	},
	{
		paths:  []string{"/users", "/users/{username}", "/audit", "/settings"},
		name:   "records",
		script: "console",
		frame:  console,
	},
}

// site is every page and static file. What it serves never changes.
type site struct {
	// answers are the answers that are the same in every language, by path.
	answers map[string]api.Answer
	// languages are those that there are texts in, and editions the pages in each of
	// them. matcher numbers them alike.
	languages []language.Tag
	editions  []edition
	matcher   language.Matcher
}

// edition is all pages in one language.
type edition struct {
	// pages are by the name of the page.
	pages map[string]rendered
	// notFound and wrongMethod answer everything else.
	notFound, wrongMethod rendered
}

// rendered returns the answer for a page. It renders it when it is first asked for: a
// function that starts is asked for one page, of many. It returns an error if the page uses
// a text that isn't there, which a test finds.
type rendered func() (api.Answer, error)

// mediaTypes are the media types of the static files, by extension. The machine that runs
// the function may know others.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// view is what a template is given.
type view struct {
	Language string
	// Direction is that of the language's writing, "ltr" or "rtl".
	Direction string
	// Static is the folder of the static files, with a slash at its end.
	Static string
	// Icon is the icon itself as an address: it is smaller than a request for it.
	Icon template.URL
	// Script is the page's; empty for a page without one.
	Script string
	// Code is the script itself and Style are the styles, where they stand in the page.
	Code    template.JS
	Style   template.CSS
	Company string
	Contact string
	// ContactLink leads to the contact if that is an address. Else it is empty.
	ContactLink string
	AppURL      string
	// Bucket is the address below which the console puts files.
	Bucket string
	// Text holds the texts by section and name.
	Text texts
	// Messages come with the page for its script: see [texts.messages].
	Messages map[string]string
}

// newSite returns the pages in every language, and the static files. translations holds
// text/<BCP 47 tag>, with the texts of the pages and the words of passphrases.
func newSite(given settings, bucketAddress string, translations fs.FS) (site, error) {
	languages, err := translation.Languages(translations, "text")
	if err != nil {
		return site{}, err
	}

	var said []texts
	made := map[string][]byte{}
	for _, tag := range languages {
		inLanguage, err := readTexts(translations, tag, given.company)
		if err != nil {
			return site{}, err
		}

		said = append(said, inLanguage)
		made["texts-"+tag.String()+".js"] = inLanguage.script(consoleSays)
	}

	folder, static, err := staticFiles(made)
	if err != nil {
		return site{}, err
	}

	s := site{
		answers:   static,
		languages: languages,
		matcher:   language.NewMatcher(languages),
	}
	for i, tag := range languages {
		s.editions = append(s.editions, newEdition(view{
			Language:    tag.String(),
			Direction:   direction(tag),
			Static:      folder,
			Company:     given.company,
			AppURL:      given.appURL,
			Bucket:      bucketAddress,
			Contact:     given.supportContact,
			ContactLink: contactLink(given.supportContact),
			Text:        said[i],
		}))
	}

	return s, nil
}

// newEdition returns all pages in the language of the view.
func newEdition(v view) edition {
	later := func(p page, status int) rendered {
		return sync.OnceValues(func() (api.Answer, error) { return v.render(p, status) })
	}

	e := edition{
		pages:       map[string]rendered{},
		notFound:    later(page{name: "not-found", frame: card}, http.StatusNotFound),
		wrongMethod: later(page{name: "wrong-method", frame: card}, http.StatusMethodNotAllowed),
	}
	for _, p := range pages {
		e.pages[p.name] = later(p, http.StatusOK)
	}

	return e
}

// render returns the answer for a page.
func (v view) render(p page, status int) (api.Answer, error) {
	t, err := template.New(p.name).
		Option("missingkey=error").
		ParseFS(files, "pages/parts.html", "pages/"+p.frame+".html", "pages/"+p.name+".html")
	if err != nil {
		return api.Answer{}, fmt.Errorf("parse %s in %s: %w", p.name, v.Language, err)
	}

	v.Script = p.script
	allowed := policy{scripts: "'self'", styles: "'self'"}
	switch {
	case p.frame == card:
		allowed, err = v.bring(p)
		if err != nil {
			return api.Answer{}, err
		}
	case v.Bucket != "":
		allowed.connects = []string{v.Bucket}
	}

	icon, err := files.ReadFile("static/key.svg")
	if err != nil {
		return api.Answer{}, fmt.Errorf("read the icon: %w", err)
	}
	v.Icon = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(icon))

	var made bytes.Buffer
	if err := t.ExecuteTemplate(&made, p.frame+".html", v); err != nil {
		return api.Answer{}, fmt.Errorf("render %s in %s: %w", p.name, v.Language, err)
	}
	return api.Answer{
		Status: status,
		Body:   made.Bytes(),
		Header: map[string]string{
			"Content-Type":            "text/html; charset=utf-8",
			"Content-Language":        v.Language,
			"Content-Security-Policy": allowed.String(),
			"Referrer-Policy":         "no-referrer",
			"Vary":                    "Accept-Language",
		},
	}, nil
}

// bring gives a page its styles, its script and the messages for it, and returns the policy
// that allows them. A page without a script has no messages.
func (v *view) bring(p page) (policy, error) {
	style, err := files.ReadFile("inline/person.css")
	if err != nil {
		return policy{}, fmt.Errorf("read the styles: %w", err)
	}

	v.Style = template.CSS(style)
	if p.script == "" {
		return policy{scripts: "'none'", styles: only(style)}, nil
	}

	code, err := files.ReadFile("inline/" + p.script + ".js")
	if err != nil {
		return policy{}, fmt.Errorf("read a script: %w", err)
	}

	v.Code = template.JS(code)
	v.Messages = v.Text.messages(p.says...)
	return policy{scripts: only(code), styles: only(style)}, nil
}

// page returns the name of the page at an address. ok reports whether there is one.
func (s site) page(address string) (name string, ok bool) {
	for _, p := range pages {
		for _, pattern := range p.paths {
			if topology.MatchPath(pattern, address) {
				return p.name, true
			}
		}
	}

	return "", false
}

// meant returns the address of the page that an address means: one with slashes too many,
// with capitals, or with a # that came escaped, as people and mail programs write it. ok
// reports whether there is such a page. An HTTP API has decoded it once.
//
// A browser takes the fragment along to an address that has none (RFC 9110 10.2.2).
func meant(asked, query string) (address string, ok bool) {
	given, fragment, _ := strings.Cut(strings.ReplaceAll(asked, "%23", "#"), "#")
	given = strings.TrimRight(given, "/")

	for _, p := range pages {
		for _, pattern := range p.paths {
			if spelled, ok := respelled(pattern, given); ok {
				target := url.URL{Path: spelled, RawQuery: query, Fragment: fragment}
				return target.String(), true
			}
		}
	}

	return "", false
}

// respelled returns an address as the pattern of a page spells it, if only letter case
// differs.
func respelled(pattern, address string) (spelled string, ok bool) {
	segments := strings.Split(pattern, "/")
	given := strings.Split(address, "/")
	if len(given) != len(segments) {
		return "", false
	}

	for i, segment := range segments {
		isParameter := strings.HasPrefix(segment, "{")
		switch {
		case isParameter && given[i] != "":
			segments[i] = given[i]
		case isParameter || !strings.EqualFold(segment, given[i]):
			return "", false
		}
	}

	return strings.Join(segments, "/"), true
}

// staticFiles returns the folder that static files are served from, and the answer for
// each by its path. made holds the files that aren't embedded, by name.
//
// The folder's name is a hash of everything in it. So a browser may keep a file for ever.
func staticFiles(made map[string][]byte) (folder string, answers map[string]api.Answer, err error) {
	content := map[string][]byte{}
	for name, body := range made {
		content["static/"+name] = body
	}

	err = fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}

		content[name], err = files.ReadFile(name)
		return err
	})
	if err != nil {
		return "", nil, fmt.Errorf("read static files: %w", err)
	}

	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(content)) {
		fmt.Fprintf(sum, "%s %d %s", name, len(content[name]), content[name])
	}

	folder = "/static/" + hex.EncodeToString(sum.Sum(nil)[:8]) + "/"
	answers = map[string]api.Answer{}
	for name, body := range content {
		answers[folder+name[len("static/"):]] = api.Answer{
			Status: http.StatusOK,
			Body:   body,
			Header: map[string]string{
				"Content-Type":  mediaTypes[path.Ext(name)],
				"Cache-Control": "public, max-age=31536000, immutable",
			},
		}
	}

	return folder, answers, nil
}

// contactLink returns the link to an email or web address, or "" for other words.
func contactLink(contact string) string {
	if mailbox.IsAddress(contact) {
		return "mailto:" + contact
	}
	if _, err := webAddress(contact); err == nil {
		return contact
	}
	return ""
}
