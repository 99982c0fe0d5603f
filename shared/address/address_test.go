package address_test

import (
	"strings"
	"testing"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/address"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

func TestMarked(t *testing.T) {
	db, name := enginetest.Tables(t)
	s := address.Store{Table: store.Table{DB: db, Name: name("addresses")}}
	bounced, fine := address.Key(user.Email, "ada@example.com"), address.Key(user.Email, "bob@example.com")
	if err := s.Table.Put(t.Context(), map[string]string{"address": bounced, "why": "bounced"}, "", nil); err != nil {
		t.Fatal(err)
	}
	marked, err := s.Marked(t.Context(), []string{bounced, fine, bounced}) // two users may have one address
	if err != nil || len(marked) != 1 || !marked[bounced] {
		t.Errorf("got %v, %v", marked, err)
	}
	if marked, err := s.Marked(t.Context(), nil); err != nil || len(marked) > 0 {
		t.Errorf("of none: got %v, %v", marked, err)
	}
}

func TestAKeyTellsNoAddress(t *testing.T) {
	key := address.Key(user.Email, "ada@example.com")
	if strings.Contains(key, "ada") || key == address.Key(user.SMS, "ada@example.com") || key == address.Key(user.Email, "ada@example.org") {
		t.Errorf("got %s", key)
	}
}
