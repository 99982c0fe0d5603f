package token

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"latchkey/shared/user"
)

// codeKeyText is a key of 32 bytes.
const codeKeyText = "an example key of thirty-two b.."

func newCodeKey(t testing.TB) CodeKey {
	t.Helper()
	key, err := ParseCodeKey(codeKeyText)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSecretsCanNotBePrintedOrLogged(t *testing.T) {
	key := newCodeKey(t)
	link, _ := New("u1")
	code, _ := key.CodeOf("u1", "m1")

	type holder struct {
		Link, Code Secret
		Pointer    *Secret
		Key        CodeKey
		hidden     Secret
		hiddenKey  CodeKey
	}

	value := holder{link, code, &link, key, code, key}

	var written strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&written, verb+" "+verb+" "+verb+" "+verb+"\n", link, value, &value, key)
	}

	fmt.Fprintln(&written, link, code, value, errors.New(link.String()), link.GoString())

	encoded, err := json.Marshal(
		map[string]any{"link": link, "holder": value, "list": []Secret{code}},
	)
	if err != nil {
		t.Fatal(err)
	}

	written.Write(encoded)

	var logged bytes.Buffer
	for _, handler := range []slog.Handler{
		slog.NewJSONHandler(&logged, nil),
		slog.NewTextHandler(&logged, nil),
	} {
		logger := slog.New(handler).With("with", link).WithGroup("group")
		logger.Error("it failed",
			"link", link,
			"code", code,
			"holder", value,
			"key", key,
			"pointer", &link,
		)
	}

	written.Write(logged.Bytes())

	if !strings.Contains(logged.String(), "[secret]") {
		t.Errorf("the log says nothing of a secret: %s", logged.String())
	}

	_, secret, _ := strings.Cut(link.Reveal(), ".")

	raw, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}

	keyBytes := []byte(codeKeyText)
	for what, leak := range map[string]string{
		"link":                secret,
		"link in hexadecimal": fmt.Sprintf("%x", link.Reveal()),
		"link's bytes":        fmt.Sprintf("%d", raw),
		"code":                code.Reveal(),
		"code in hexadecimal": fmt.Sprintf("%x", code.Reveal()),
		"key":                 codeKeyText,
		"key's bytes":         fmt.Sprintf("%d", keyBytes),
		"key in hexadecimal":  fmt.Sprintf("%x", keyBytes),
	} {
		if strings.Contains(strings.ToLower(written.String()), strings.ToLower(leak)) {
			t.Errorf("the %s was written", what)
		}
	}
}

func TestATokenIsReadBackAsItsHash(t *testing.T) {
	secret, hashed := New("u1")

	userID, got, err := Parse(secret.Reveal())
	if err != nil || userID != "u1" || got != hashed {
		t.Errorf("got %s, %s, %v", userID, got, err)
	}

	if strings.Contains(secret.Reveal(), hashed) {
		t.Error("the hash is the secret")
	}

	if again, _ := New("u1"); again.Reveal() == secret.Reveal() {
		t.Error("two tokens are the same")
	}

	if _, text, _ := strings.Cut(secret.Reveal(), "."); len(text) != 43 {
		t.Errorf("the secret has %d characters, want the 43 of 256 bits", len(text))
	}
}

func TestALinkIsAsLongAsItIsSaidToBe(t *testing.T) {
	secret, _ := New(user.ID("j1#2"))
	got := LinkLength("https://example.test")
	want := len(LinkURL("https://example.test", secret.Reveal()))
	if got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

func TestParseRefusesWhatIsNoToken(t *testing.T) {
	secret, _ := New("u1")

	whole := secret.Reveal()
	for _, test := range []struct{ name, text string }{
		{"nothing", ""},
		{"no user", whole[2:]},
		{"no secret", "u1."},
		{"no dot", strings.ReplaceAll(whole, ".", "")},
		{"a secret that is too short", whole[:len(whole)-1]},
		{"a secret that is too long", whole + "A"},
		{"a letter that isn't base64url", whole[:len(whole)-2] + "+/"},
		{"white space inside", whole[:8] + " " + whole[8:]},
		{"bits that are left over", "u1." + strings.Repeat("A", 42) + "B"},
		{"a user id that is no id", strings.Repeat("u", 65) + whole[2:]},
		{"two dots", "u1.." + whole[3:]},
		{"the sample of a test message", "sample"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, _, err := Parse(test.text); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	key := newCodeKey(t)

	hashed := key.hash("u1", "01AB1XYZ")
	for _, test := range []struct {
		name, typed string
		same        bool
	}{
		{"as it is shown", "01AB-1XYZ", true},
		{"in lower case", "01ab-1xyz", true},
		{"without the hyphen", "01AB1XYZ", true},
		{"with spaces", " 01 AB 1X YZ ", true},
		{"with letters that look like digits", "OIAB-LXYZ", true},
		{"with small letters that look like digits", "oiab-lxyz", true},
		{"with a tab and a line end", "\t01AB-1XYZ\r\n", true},
		{"with a dash", "01AB–1XYZ", true},
		{"with a long dash", "01AB — 1XYZ", true},
		{"with a no-break hyphen", "01AB\u20111XYZ", true},
		{"with a minus", "01AB\u22121XYZ", true},
		{"in full width", "０１ＡＢ－１ＸＹＺ", true},
		{"in small letters of full width", "ｏｉａｂーｌｘｙｚ", true},
		{"with invisible characters", "\ufeff01AB\u200b-\u00ad1XYZ\u200e", true},
		{"with no-break spaces", "01AB\u00a0\u202f1XYZ\u3000", true},
		{"with a dot behind", "01AB-1XYZ. ", true},
		{"with a dot of full width behind", "01AB-1XYZ。", true},
		{"with a dot inside", "01AB.1XYZ", false},
		{"with a letter that no code has", "01AB-1XYU", false},
		{"another code", "01AB-1XYY", false},
		{"a part of it", "01AB-1XY", false},
		{"more than it", "01AB-1XYZ0", false},
		{"nothing", "", false},
		{"a long text", strings.Repeat("01AB1XYZ", 9), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if same := key.Hash("u1", test.typed) == hashed; same != test.same {
				t.Errorf("the same: %t", same)
			}
		})
	}

	if key.Hash("u2", "01AB-1XYZ") == hashed {
		t.Error("two users' equal codes have one hash")
	}

	other, err := ParseCodeKey(strings.Repeat("7", 32))
	if err != nil || other.Hash("u1", "01AB-1XYZ") == hashed {
		t.Errorf("two keys give one hash, %v", err)
	}
}

func TestACodeIsShownInTwoGroupsAndMatchesItself(t *testing.T) {
	key := newCodeKey(t)
	shown := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)

	seen := map[string]bool{}
	for i := range 200 {
		code, hashed := key.CodeOf("u1", fmt.Sprint("m", i))
		if !shown.MatchString(code.Reveal()) || key.Hash("u1", code.Reveal()) != hashed ||
			seen[hashed] {
			t.Fatalf("got %s, before: %t", code.Reveal(), seen[hashed])
		}

		seen[hashed] = true
		typed := key.Hash("u1", strings.ToLower(code.Reveal()))
		if !(Code{Hash: hashed}).Matches(typed) {
			t.Fatal("the code doesn't match itself")
		}
	}
}

func TestAMessageHasTheSameSecretsEachTimeAndNoOtherHasThem(t *testing.T) {
	key := newCodeKey(t)
	other, err := ParseCodeKey(strings.Repeat("7", 32))
	if err != nil {
		t.Fatal(err)
	}

	link, linkHash := key.LinkOf("u1", "m1")
	code, codeHash := key.CodeOf("u1", "m1")
	sameLink, _ := key.LinkOf("u1", "m1")
	sameCode, _ := key.CodeOf("u1", "m1")
	if sameLink.Reveal() != link.Reveal() || sameCode.Reveal() != code.Reveal() {
		t.Error("the second time they are others")
	}

	userID, hashed, err := Parse(link.Reveal())
	if err != nil || userID != "u1" || hashed != linkHash || linkHash == codeHash {
		t.Errorf("the link is read as %s, %s, %v", userID, hashed, err)
	}

	for name, of := range map[string]struct {
		key             CodeKey
		userID, message string
	}{
		"another message": {key, "u1", "m2"},
		"another user":    {key, "u2", "m1"},
		"another key":     {other, "u1", "m1"},
	} {
		another, _ := of.key.LinkOf(of.userID, of.message)
		typed, _ := of.key.CodeOf(of.userID, of.message)
		_, secret, _ := strings.Cut(another.Reveal(), ".")
		if strings.HasSuffix(link.Reveal(), secret) || typed.Reveal() == code.Reveal() {
			t.Errorf("%s has the same", name)
		}
	}
}
