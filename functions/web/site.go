package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/mail"
	"path"
	"strings"

	"latchkey/shared/api"
)

//go:embed pages static text
var files embed.FS

// contentSecurityPolicy lets a page run and load the site's own files, talk to the site alone, and be in no frame.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// language is the one language that there are texts in: text/<language>.json.
const language = "en"

// pages are the addresses of pages: which template each has, and the script of the same name.
var pages = []struct{ path, name string }{
	{"/sign-in", "sign-in"},
	{"/forgot-password", "forgot-password"},
	{"/code", "set-password"},
	{"/set-password", "set-password"},
}

// site is every page and static file, ready to be served.
type site struct {
	// answers are given to GET and HEAD, by path.
	answers map[string]api.Answer
	// notFound and wrongMethod are the pages for everything else.
	notFound, wrongMethod api.Answer
}

// mediaTypes are those of the static files. What the machine knows of them may differ.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// view is what a template is given.
type view struct {
	Language string
	Static   string // the folder of the static files, with a slash at its end
	Script   string // the page's own, or empty
	Company  string
	Contact  string
	// ContactLink leads to the contact, if that is an address; else it is empty.
	ContactLink string
	AppURL      string
	// Text are the texts by section and name.
	Text map[string]map[string]string
}

// newSite renders the pages and names the static files.
func newSite(given settings) (site, error) {
	folder, static, err := staticFiles()
	if err != nil {
		return site{}, err
	}
	text, err := texts(given.Company)
	if err != nil {
		return site{}, err
	}
	v := view{
		Language: language, Static: folder, Company: given.Company, AppURL: string(given.AppURL),
		Contact: given.SupportContact, ContactLink: contactLink(given.SupportContact), Text: text,
	}
	s := site{answers: static}
	for _, p := range pages {
		v.Script = p.name
		if s.answers[p.path], err = v.render(p.name, http.StatusOK); err != nil {
			return site{}, err
		}
	}
	v.Script = ""
	if s.notFound, err = v.render("not-found", http.StatusNotFound); err != nil {
		return site{}, err
	}
	s.wrongMethod, err = v.render("wrong-method", http.StatusMethodNotAllowed)
	return s, err
}

// render makes the answer of a page.
func (v view) render(name string, status int) (api.Answer, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(files, "pages/layout.html", "pages/"+name+".html")
	if err != nil {
		return api.Answer{}, fmt.Errorf("parse %s: %w", name, err)
	}
	var page bytes.Buffer
	if err := t.ExecuteTemplate(&page, "layout.html", v); err != nil {
		return api.Answer{}, fmt.Errorf("render %s: %w", name, err)
	}
	return api.Answer{Status: status, Body: page.Bytes(), Header: map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": contentSecurityPolicy,
		"Referrer-Policy":         "no-referrer",
	}}, nil
}

// staticFiles gives the folder that all static files are served from, and each file by its path.
//
// The folder's name is a hash of everything in it, so that a file may be kept for ever, and the modules find one
// another by plain relative names.
func staticFiles() (folder string, answers map[string]api.Answer, err error) {
	names, err := fs.Glob(files, "static/*")
	if err != nil {
		return "", nil, err
	}
	content, sum := map[string][]byte{}, sha256.New()
	for _, name := range names {
		body, err := files.ReadFile(name)
		if err != nil {
			return "", nil, err
		}
		content[name] = body
		fmt.Fprintf(sum, "%s %d %s", name, len(body), body)
	}
	folder = "/static/" + hex.EncodeToString(sum.Sum(nil)[:8]) + "/"
	answers = map[string]api.Answer{}
	for name, body := range content {
		answers[folder+path.Base(name)] = api.Answer{Status: http.StatusOK, Body: body, Header: map[string]string{
			"Content-Type":  mediaTypes[path.Ext(name)],
			"Cache-Control": "public, max-age=31536000, immutable",
		}}
	}
	return folder, answers, nil
}

// texts reads the texts of the pages, and puts the company in its place.
func texts(company string) (map[string]map[string]string, error) {
	raw, err := files.ReadFile("text/" + language + ".json")
	if err != nil {
		return nil, err
	}
	var all map[string]map[string]string
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	for _, section := range all {
		for name, text := range section {
			section[name] = strings.ReplaceAll(text, "{company}", company)
		}
	}
	return all, nil
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
