package iam

import (
	"crypto/rand"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"latchkey/infra/local/engine"
	"latchkey/shared/topology"
)

// Key is what calls are signed with. Those of a function are a role's, which are for a
// session and have a token.
type Key struct {
	// Function is whose key it is. It is "" for the key of the account, which may do all.
	Function string

	ID, Secret, Token string
}

// Keys are the keys of an account. They don't change once they are made, so that its
// methods may be called concurrently.
type Keys struct {
	byFunction map[string]Key
	byID       map[string]Key
}

// NewKeys returns the key of the account, which is engine's, and a new one for each
// function.
func NewKeys(functions []topology.Function) *Keys {
	account := Key{ID: engine.AccessKeyID, Secret: engine.SecretAccessKey}
	k := &Keys{
		byFunction: map[string]Key{"": account},
		byID:       map[string]Key{account.ID: account},
	}

	for _, f := range functions {
		// The prefix is that of keys with a token
		// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
		key := Key{Function: f.Name, ID: "ASIA" + rand.Text()[:16]}
		key.Secret = rand.Text() + rand.Text()
		key.Token = rand.Text()
		k.byFunction[f.Name] = key
		k.byID[key.ID] = key
	}

	return k
}

// Of returns a function's key; of "" the account's.
func (k *Keys) Of(function string) Key { return k.byFunction[function] }

// Find finds the key that a call or a presigned URL names by its id.
func (k *Keys) Find(id string) (Key, bool) {
	key, ok := k.byID[id]
	return key, ok
}

// Variables returns the variables that tell the AWS SDK of the key.
func (k Key) Variables() map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID":     k.ID,
		"AWS_SECRET_ACCESS_KEY": k.Secret,
		"AWS_SESSION_TOKEN":     k.Token,
	}
}

// Config returns what an AWS client that signs with the key is made from.
func (k Key) Config() aws.Config {
	config := engine.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider(k.ID, k.Secret, k.Token)
	return config
}
