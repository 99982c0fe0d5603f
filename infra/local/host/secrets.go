package host

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// codeKeySecret is the name of the one secret that there is.
var codeKeySecret = name("code-key")

// secrets stands in for Secrets Manager: it answers GetSecretValue of one secret, which
// is made at the start.
type secrets struct{ codeKey string }

func newSecrets() secrets { return secrets{codeKey: rand.Text() + rand.Text()} }

// ServeHTTP answers GetSecretValue
// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html).
func (s secrets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	encoder := json.NewEncoder(w)

	var request struct{ SecretID string }
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetSecretValue") ||
		json.NewDecoder(r.Body).Decode(&request) != nil || request.SecretID != codeKeySecret {
		w.WriteHeader(http.StatusBadRequest)
		_ = encoder.Encode(map[string]string{
			"__type":  "ResourceNotFoundException",
			"Message": "There is no such secret.",
		})
		return
	}

	_ = encoder.Encode(map[string]any{ // a caller that has gone reads no answer
		"Name":          codeKeySecret,
		"SecretString":  s.codeKey,
		"VersionStages": []string{"AWSCURRENT"},
		"CreatedDate":   time.Now().Unix(),
	})
}
