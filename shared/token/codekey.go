package token

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// CodeKey is the key of the codes' hashes. Without it, the few bits of a code can't be
// tried out on a stolen table.
type CodeKey struct{ key *string }

// minCodeKey is the least length of the key, in bytes: that of its hash (RFC 2104, 3).
const minCodeKey = 32

// ParseCodeKey returns a text as the key. It must have at least 32 bytes.
func ParseCodeKey(text string) (CodeKey, error) {
	if len(text) < minCodeKey {
		return CodeKey{}, errors.New("the key of codes is shorter than 32 bytes")
	}
	return CodeKey{&text}, nil
}

// KeptCodeKey is the key in Secrets Manager. It is read when it is first needed, since a
// function's start makes no network call, and used as long as the process lives.
type KeptCodeKey struct {
	Client *secretsmanager.Client
	Secret string // its name or ARN

	mu  sync.Mutex
	key CodeKey
}

// CodeKey returns the key. A read that failed is tried again at the next call.
func (k *KeptCodeKey) CodeKey(ctx context.Context) (CodeKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()

	if k.key.key != nil {
		return k.key, nil
	}

	got, err := k.Client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: &k.Secret,
	})
	if err != nil {
		return CodeKey{}, fmt.Errorf("read the key of codes: %w", err)
	}

	key, err := ParseCodeKey(aws.ToString(got.SecretString))
	if err != nil {
		return CodeKey{}, err
	}

	k.key = key
	return key, nil
}
