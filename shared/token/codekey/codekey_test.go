package codekey_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/infra/local/engine"
	"latchkey/shared/token/codekey"
)

// keeper answers as Secrets Manager does: with a text or, if that is empty, a failure.
func keeper(t *testing.T, text *string, asked *int) *secretsmanager.Client {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++

		if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), `"code-key"`) {
			t.Errorf("asked for %s", body)
		}

		if *text == "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type": "ResourceNotFoundException"}`)
			return
		}

		_, _ = io.WriteString(w, `{"SecretString": "`+*text+`"}`)
	}))
	t.Cleanup(server.Close)

	return secretsmanager.NewFromConfig(engine.Config(), func(o *secretsmanager.Options) {
		o.BaseEndpoint, o.Retryer = &server.URL, aws.NopRetryer{}
	})
}

func TestTheKeyIsReadWhenItIsNeededAndOnlyOnce(t *testing.T) {
	text, asked := "", 0

	key := &codekey.Kept{Client: keeper(t, &text, &asked), Secret: "code-key"}
	if _, err := key.CodeKey(t.Context()); err == nil {
		t.Error("there is a key where there is none")
	}

	text = strings.Repeat("k", 32)

	for range 3 {
		got, err := key.CodeKey(t.Context())
		if err != nil || got.Hash("u1", "01AB-1XYZ") == "" {
			t.Fatalf("got %v", err)
		}
	}

	if asked != 2 {
		t.Errorf("asked %d times: a failure is tried again, a key is kept", asked)
	}
}

func TestAShortKeyIsRefusedAndNotQuoted(t *testing.T) {
	text, asked := strings.Repeat("k", 31), 0
	key := &codekey.Kept{Client: keeper(t, &text, &asked), Secret: "code-key"}
	if _, err := key.CodeKey(t.Context()); err == nil || strings.Contains(err.Error(), text) {
		t.Errorf("got %v", err)
	}
}
