// Package secretsmanager stands in for Secrets Manager.
package secretsmanager

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Service answers GetSecretValue for the one secret that it has.
type Service struct{ name, value string }

// New returns a Secrets Manager that has one secret.
func New(name, value string) *Service { return &Service{name: name, value: value} }

// ServeHTTP answers GetSecretValue
// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html).
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	encoder := json.NewEncoder(w)

	var request struct{ SecretID string }
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetSecretValue") ||
		json.NewDecoder(r.Body).Decode(&request) != nil || request.SecretID != s.name {
		w.WriteHeader(http.StatusBadRequest)
		_ = encoder.Encode(map[string]string{
			"__type":  "ResourceNotFoundException",
			"Message": "There is no such secret.",
		})
		return
	}

	_ = encoder.Encode(map[string]any{ // a caller that has gone reads no answer
		"Name":          s.name,
		"SecretString":  s.value,
		"VersionStages": []string{"AWSCURRENT"},
		"CreatedDate":   time.Now().Unix(),
	})
}
