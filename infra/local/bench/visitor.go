package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"latchkey/infra/local/client"
)

// newPassword is what every user sets.
const newPassword = "quiet-harbour-lantern-seven"

// set sets the password of a message's user by its link.
func set(ctx context.Context, c client.Client, m client.Message) error {
	body := map[string]string{"token": m.Token(), "password": newPassword}
	return c.Do(ctx, http.MethodPost, "/api/password", body, nil)
}

// forget asks for a link for a user who forgot their password.
func forget(ctx context.Context, c client.Client, username string) error {
	body := map[string]string{"username": username}
	return c.Do(ctx, http.MethodPost, "/api/forgot-password", body, nil)
}

// username returns whose message it is: the files give each user an address of that name.
func username(m client.Message) string { return m.To[:len(m.To)-len(address(""))] }

// asset finds what a page loads.
var asset = regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)

// open does what a browser does with the link of a message: it reads the page with all
// that it loads, and looks whether the link works.
func (s *system) open(ctx context.Context, c client.Client, m client.Message) error {
	page, err := s.download(ctx, c, "/set-password")
	if err != nil {
		return err
	}

	var seen []string
	for _, found := range asset.FindAllSubmatch(page, -1) {
		path := string(found[1])
		if slices.Contains(seen, path) {
			continue
		}
		seen = append(seen, path)
		if _, err := s.download(ctx, c, path); err != nil {
			return err
		}
	}

	body := map[string]string{"token": m.Token()}
	err = c.Do(ctx, http.MethodPost, "/api/password/check", body, nil)
	if err != nil {
		return err
	}
	return s.downloadLate(ctx, c, seen)
}

// downloadLate reads what the page's script loads when the link works: what tells how
// strong a password is.
func (s *system) downloadLate(ctx context.Context, c client.Client, loaded []string) error {
	const script, late = "/set-password.js", "/strength.js"
	for _, path := range loaded {
		if folder, ok := strings.CutSuffix(path, script); ok {
			_, err := s.download(ctx, c, folder+late)
			return err
		}
	}
	return fmt.Errorf("the page loads no %s", script)
}

// download reads an address as a browser does, and returns what is there. The bytes that
// came compressed are counted so.
func (s *system) download(ctx context.Context, c client.Client, path string) ([]byte, error) {
	answer, err := c.With("Accept-Encoding", "gzip").Send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, fmt.Errorf("get %s: status %d", path, answer.Status)
	}
	s.downloaded.Add(int64(len(answer.Body)))

	if answer.Header.Get("Content-Encoding") != "gzip" {
		return answer.Body, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(answer.Body))
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", path, err)
	}
	return io.ReadAll(reader)
}
