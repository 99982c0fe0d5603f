package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"net/mail"
	"path"
	"slices"
	"strings"

	"latchkey/shared/api"
)

//go:embed pages static text
var files embed.FS

// contentSecurityPolicy lets a page run and load the site's own files, talk to the site
// and the addresses given alone, and be in no frame.
func contentSecurityPolicy(addresses ...string) string {
	connect := strings.Join(append([]string{"'self'"}, addresses...), " ")
	return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src " + connect +
		"; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// page is one page that there is: its addresses, its template and the script of the same
// name.
type page struct {
	// paths are its addresses; {name} stands for one segment.
	paths []string
	// name is its template's: pages/<name>.html. Its script is static/<name>.js.
	name string
	// frame is the template around it: pages/<frame>.html.
	frame string
	// says are the sections of the texts that its script shows, besides those that every
	// script may: "messages". They come with the page; those of the console, which are
	// many, come in a file of their own.
	says []string
}

// consoleSays are the sections of the texts that the console's scripts show.
var consoleSays = []string{"console", "jobs", "records"}

// The templates around a page: one narrow column for the person who got a link, and the
// administrator's console.
const (
	card    = "layout"
	console = "console"
)

var pages = []page{
	{
		paths: []string{"/sign-in"},
		name:  "sign-in",
		frame: card,
	},
	{
		paths: []string{"/forgot-password"},
		name:  "forgot-password",
		frame: card,
	},
	{
		paths: []string{"/code", "/set-password"},
		name:  "set-password",
		frame: card,
		says:  []string{"passphrase"},
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
		name:  "jobs",
		frame: console,
	},
	{
		paths: []string{"/users", "/users/{username}", "/audit", "/settings"},
		name:  "records",
		frame: console,
	},
}

// site is every page and static file, ready to be served.
type site struct {
	// answers are those that are the same in every language, by path.
	answers map[string]api.Answer
	// editions are the pages, an edition for each of the languages.
	editions []edition
}

// edition is all pages in one language.
type edition struct {
	// pages are by the name of their template.
	pages map[string]api.Answer
	// notFound and wrongMethod are the pages for everything else.
	notFound, wrongMethod api.Answer
}

// mediaTypes are those of the static files. What the machine knows of them may differ.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// view is what a template is given.
type view struct {
	Language string
	Static   string // the folder of the static files, with a slash at its end
	Name     string // the page's
	Script   bool   // it has a script
	// Modules are what the script imports.
	Modules []string
	Company string
	Contact string
	// ContactLink leads to the contact, if that is an address; else it is empty.
	ContactLink string
	AppURL      string
	Bucket      string // below which address the console puts files
	// Text are the texts by section and name.
	Text texts
	// Messages are the texts that come with the page for its script: see
	// [texts.messages].
	Messages map[string]string
}

// newSite renders the pages in every language, and names the static files.
func newSite(given settings, bucketAddress string) (site, error) {
	var said []texts
	made := map[string][]byte{}
	for _, language := range languages {
		texts, err := readTexts(language, given.Company)
		if err != nil {
			return site{}, err
		}

		said = append(said, texts)
		made["texts-"+language.String()+".js"] = texts.script(consoleSays)
	}

	folder, static, err := staticFiles(made)
	if err != nil {
		return site{}, err
	}

	s := site{answers: static}
	for i, language := range languages {
		made, err := newEdition(view{
			Language:    language.String(),
			Static:      folder,
			Company:     given.Company,
			AppURL:      string(given.AppURL),
			Bucket:      bucketAddress,
			Contact:     given.SupportContact,
			ContactLink: contactLink(given.SupportContact),
			Text:        said[i],
		})
		if err != nil {
			return site{}, fmt.Errorf("%s: %w", language, err)
		}

		s.editions = append(s.editions, made)
	}

	return s, nil
}

func newEdition(v view) (edition, error) {
	e := edition{pages: map[string]api.Answer{}}
	for _, p := range pages {
		answer, err := v.render(p, true, http.StatusOK)
		if err != nil {
			return edition{}, err
		}

		e.pages[p.name] = answer
	}

	var err error
	e.notFound, err = v.render(page{name: "not-found", frame: card}, false, http.StatusNotFound)
	if err != nil {
		return edition{}, err
	}

	wrongMethod := page{name: "wrong-method", frame: card}
	e.wrongMethod, err = v.render(wrongMethod, false, http.StatusMethodNotAllowed)
	return e, err
}

// render makes the answer of a page.
func (v view) render(p page, script bool, status int) (api.Answer, error) {
	t, err := template.New(p.name).
		Option("missingkey=error").
		ParseFS(files, "pages/parts.html", "pages/"+p.frame+".html", "pages/"+p.name+".html")
	if err != nil {
		return api.Answer{}, fmt.Errorf("parse %s: %w", p.name, err)
	}

	v.Name = p.name
	v.Script = script
	if script {
		if p.frame == card {
			v.Messages = v.Text.messages(p.says...)
		}

		v.Modules, err = modules(p.name + ".js")
		if err != nil {
			return api.Answer{}, fmt.Errorf("render %s: %w", p.name, err)
		}
	}

	policy := contentSecurityPolicy()
	if p.frame == console && v.Bucket != "" {
		policy = contentSecurityPolicy(v.Bucket)
	}

	var made bytes.Buffer
	if err := t.ExecuteTemplate(&made, p.frame+".html", v); err != nil {
		return api.Answer{}, fmt.Errorf("render %s: %w", p.name, err)
	}
	return api.Answer{
		Status: status,
		Body:   made.Bytes(),
		Header: map[string]string{
			"Content-Type":            "text/html; charset=utf-8",
			"Content-Language":        v.Language,
			"Content-Security-Policy": policy,
			"Referrer-Policy":         "no-referrer",
			"Vary":                    "Accept-Language",
		},
	}, nil
}

// page gives the name of the page at an address.
func (s site) page(address string) (name string, ok bool) {
	for _, p := range pages {
		for _, pattern := range p.paths {
			if matches(pattern, address) {
				return p.name, true
			}
		}
	}

	return "", false
}

// staticFiles gives the folder that all static files are served from, those that were
// made among them, and each file by its path.
//
// The folder's name is a hash of everything in it, so that a file may be kept for ever,
// and the modules find one another by plain relative names.
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
		if !strings.HasPrefix(name, "static/vendor/") {
			content[name] = lean(name, content[name])
		}

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

// contactLink gives the link to an email or web address, or "" for other words.
func contactLink(contact string) string {
	if a, err := mail.ParseAddress(contact); err == nil && a.Address == contact {
		return "mailto:" + contact
	}
	if new(webAddress).UnmarshalText([]byte(contact)) == nil {
		return contact
	}
	return ""
}
