// Package codekey reads the key of the codes' hashes, for those that may.
package codekey

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/shared/token"
)

// Kept is the key in Secrets Manager. It is read when it is first needed, since a
// function's start makes no network call, and used as long as the process lives.
type Kept struct {
	Client *secretsmanager.Client
	Secret string // its name or ARN

	mu  sync.Mutex
	key *token.CodeKey
}

// CodeKey returns the key. A read that failed is tried again at the next call.
func (k *Kept) CodeKey(ctx context.Context) (token.CodeKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()

	if k.key != nil {
		return *k.key, nil
	}

	got, err := k.Client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: &k.Secret,
	})
	if err != nil {
		return token.CodeKey{}, fmt.Errorf("read the key of codes: %w", err)
	}

	key, err := token.ParseCodeKey(aws.ToString(got.SecretString))
	if err != nil {
		return token.CodeKey{}, err
	}

	k.key = &key
	return key, nil
}
