package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"

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

// open does what a browser does with the link of a message: it reads the page, which loads
// nothing else, and looks whether the link works.
func (s *system) open(ctx context.Context, c client.Client, m client.Message) error {
	page, err := s.download(ctx, c, "/set-password")
	if err != nil {
		return err
	}
	if found := asset.Find(page); found != nil {
		return fmt.Errorf("the page loads something: %s", found)
	}

	body := map[string]string{"token": m.Token()}
	return c.Do(ctx, http.MethodPost, "/api/password/check", body, nil)
}

// asset finds what a page loads.
var asset = regexp.MustCompile(`(?:src|href)="/static/[^"]+"`)

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
