package iam_test

import (
	"testing"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/iam"
	"latchkey/shared/topology"
)

func TestEachFunctionIsFoundByItsKey(t *testing.T) {
	keys := iam.NewKeys([]topology.Function{{Name: "open"}, {Name: "close"}})

	for _, name := range []string{"", "open", "close"} {
		key := keys.Of(name)
		found, ok := keys.Find(key.ID)
		if !ok || found != key || found.Function != name || key.Secret == "" {
			t.Errorf("the key of %q is found as that of %q, %t", name, found.Function, ok)
		}
	}

	if keys.Of("open").Secret == keys.Of("close").Secret {
		t.Error("two functions share a secret")
	}
	if keys.Of("").ID != engine.AccessKeyID {
		t.Error("the account's key isn't that of the engines' clients")
	}
	if _, ok := keys.Find("AKIDEXAMPLE"); ok {
		t.Error("a key that nobody has is found")
	}
}
