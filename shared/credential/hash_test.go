package credential

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

const passphrase = "correct horse battery staple"

func TestAHashIsAPHCStringOfItsOwn(t *testing.T) {
	one, two := Hash(passphrase), Hash(passphrase)
	if !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("Hash = %s, want argon2id with m=19456,t=2,p=1", one)
	}

	if one == two {
		t.Error("two hashes of one password are the same: the salt isn't random")
	}

	for _, hash := range []string{one, two} {
		if ok, outdated, err := Verify(hash, passphrase); !ok || outdated || err != nil {
			t.Errorf("Verify = %v, %v, %v, want a match that isn't outdated", ok, outdated, err)
		}
	}

	if ok, _, err := Verify(one, passphrase+"."); ok || err != nil {
		t.Errorf("Verify of another password = %v, %v, want no match", ok, err)
	}
}

func TestAPasswordIsTheSameInEveryUnicodeForm(t *testing.T) {
	ok, _, err := Verify(Hash("gärten-übér-alles"), "ga\u0308rten-u\u0308be\u0301r-alles")
	if !ok || err != nil {
		t.Errorf("Verify of the decomposed form = %v, %v, want a match", ok, err)
	}
}

func TestAHashWithOtherParametersMatchesAndIsOutdated(t *testing.T) {
	weaker := parameters{memory: minMemory, passes: 1, threads: 2}

	salt := []byte("a salt of sixteen")[:16]
	text := []byte(passphrase)
	weak := argon2.IDKey(text, salt, 1, minMemory, 2, keyLength)
	short := argon2.IDKey(text, salt, today.passes, today.memory, today.threads, 16)
	for name, hash := range map[string]string{
		"parameters": encode(weaker, salt, weak),
		"key length": encode(today, salt, short),
	} {
		if ok, outdated, err := Verify(hash, passphrase); !ok || !outdated || err != nil {
			t.Errorf("%s: Verify = %v, %v, %v, want an outdated match", name, ok, outdated, err)
		}
	}
}

func TestAMalformedHashIsRefusedWithoutComputingIt(t *testing.T) {
	// The rest of these hashes is sound, so that each has the one fault that its name
	// says.
	salt, key := strings.Repeat("A", 22), strings.Repeat("A", 43)
	if _, _, _, err := decode("$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key); err != nil {
		t.Fatalf("decode of the sound hash: %v", err)
	}

	for _, test := range []struct{ name, hash string }{
		{"nothing", ""},
		{"a hash without its version", "$argon2id$m=19456,t=2,p=1$" + salt + "$" + key},
		{"another algorithm", "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key},
		{"another version", "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key},
		{"more memory than may be", "$argon2id$v=19$m=65537,t=2,p=1$" + salt + "$" + key},
		{"less memory than protects", "$argon2id$v=19$m=8,t=2,p=1$" + salt + "$" + key},
		{"a memory beyond 32 bits", "$argon2id$v=19$m=4294986752,t=2,p=1$" + salt + "$" + key},
		{"too many passes", "$argon2id$v=19$m=19456,t=11,p=1$" + salt + "$" + key},
		{"no passes", "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key},
		{"too many threads", "$argon2id$v=19$m=19456,t=2,p=5$" + salt + "$" + key},
		{"no threads", "$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key},
		{"a negative number", "$argon2id$v=19$m=19456,t=-2,p=1$" + salt + "$" + key},
		{"a number spelt otherwise", "$argon2id$v=19$m=019456,t=2,p=1$" + salt + "$" + key},
		{"a short salt", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$" + key},
		{"a long salt", "$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("A", 88) + "$" + key},
		{"a short key", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AAAA"},
		{"padding", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "==$" + key},
		{
			name: "stray bits at the end",
			hash: "$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("A", 21) + "B$" + key,
		},
		{"something after it", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key + "$"},
		{"a line break", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ok, _, err := Verify(test.hash, passphrase)
			if ok || !errors.Is(err, ErrHash) {
				t.Fatalf("Verify = %v, %v, want ErrHash", ok, err)
			}

			if test.hash != "" && strings.Contains(err.Error(), test.hash) {
				t.Error("the error holds the hash")
			}
		})
	}
}

func TestADummyCostsTheMemoryOfARealVerification(t *testing.T) {
	hash := Hash(passphrase)
	cost := func(run func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		run()
		runtime.ReadMemStats(&after)

		return after.TotalAlloc - before.TotalAlloc
	}

	real, dummy := cost(func() { Verify(hash, passphrase) }), cost(func() { Dummy(passphrase) })
	if dummy < real*99/100 || dummy > real*101/100 {
		t.Errorf("a dummy takes %d bytes, a verification %d", dummy, real)
	}
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		Hash(passphrase)
	}
}

// BenchmarkBareArgon2id is what the engine under Hash does.
func BenchmarkBareArgon2id(b *testing.B) {
	salt := make([]byte, saltLength)
	for b.Loop() {
		argon2.IDKey([]byte(passphrase), salt, today.passes, today.memory, today.threads, keyLength)
	}
}
