package credential

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func codes(reasons []Reason) []Code {
	var codes []Code
	for _, r := range reasons {
		codes = append(codes, r.Code)
	}

	return codes
}

func TestCommonPasswordsRepetitionsAndSequencesAreRefused(t *testing.T) {
	for _, password := range []string{
		"passwordpassword1",
		"aaaaaaaaaaaaaaaa",
		"123456789012345",
		"qwertyuiopasdfgh",
		"abcabcabcabcabc",
		"iloveyouiloveyou",
		"PasswordPassword1!",
		"p@ssw0rdp@ssw0rd",
		"Password123456789",
		"letmeinletmein123",
		"thisismypassword",
		"1qaz2wsx3edc4rfv",
		"qazwsxedcrfvtgb",
		"asdfghjkl;'asdfghjkl",
		"zyxwvutsrqponmlk",
		"0987654321098765",
		"112233445566778899",
		"aaaabbbbccccdddd",
		"summer2024summer2024",
		"monkeymonkeymonkey",
		"Welcome123456789!",
		"administrator123",
		"00000000000000001",
		"abcdefgh12345678",
		"ŕŕŕŕŕŕŕŕŕŕŕŕŕŕŕŕ",
		"пароль пароль пароль",
		"密码密码密码密码密码密码密码密码",
		"k8$Zp2k8$Zp2k8$Zp2",
		"               ",
		"👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍",
	} {
		if got := codes(Policy{}.Check(password, Person{})); !slices.Equal(got, []Code{Common}) {
			t.Errorf(
				"Check(%q) = %v (%.1f bits), want [common]",
				password,
				got,
				bits([]rune(password)),
			)
		}
	}
}

func TestPassphrasesAndRandomPasswordsPass(t *testing.T) {
	for _, password := range []string{
		"correct horse battery staple",
		"Tr0ub4dor&3-horse-x",
		"a-long-test-passphrase",
		"winter-garden-lantern-42",
		"Sommerregen auf dem Dach!",
		"one two three four five",
		"8402957163840276",
		"kZ8#qLp2!vXw9sTy",
		"красный трамвай едет домой",
		"今日は天気がとても良いので散歩に行きます",
		"🌧️ over the 🏠 tonight",
		"nul\x00 and tab\t are fine",
	} {
		if got := (Policy{}).Check(password, Person{}); got != nil {
			t.Errorf(
				"Check(%q) = %v (%.1f bits), want none",
				password,
				codes(got),
				bits([]rune(password)),
			)
		}
	}
}

func TestEveryRandomPasswordPasses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))

	var vocabulary []string
	for word, guesses := range words().guesses {
		if guesses > 100 && guesses < 8000 && len(word) > 3 {
			vocabulary = append(vocabulary, word)
		}
	}

	slices.Sort(vocabulary)

	draw := func(n int, from []string, between string) string {
		drawn := make([]string, n)
		for i := range drawn {
			drawn[i] = from[random.IntN(len(from))]
		}

		return strings.Join(drawn, between)
	}
	for _, kind := range []struct {
		name string
		make func() string
	}{
		{"five words with hyphens", func() string { return draw(5, vocabulary, "-") }},
		{"five words run together", func() string { return draw(5, vocabulary, "") }},
		{
			name: "16 lower-case letters",
			make: func() string {
				return draw(16, strings.Split("abcdefghijklmnopqrstuvwxyz", ""), "")
			},
		},
		{"16 digits", func() string { return draw(16, strings.Split("0123456789", ""), "") }},
		{
			name: "16 hexadecimal digits",
			make: func() string { return draw(16, strings.Split("0123456789abcdef", ""), "") },
		},
		{"16 characters of base64", func() string {
			const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
			return draw(16, strings.Split(base64, ""), "")
		}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			for range 100 {
				if password := kind.make(); common(password) {
					t.Errorf(
						"%q is refused as common (%.1f bits)",
						password,
						bits([]rune(password)),
					)
				}
			}
		})
	}
}

func TestTheLengthIsInCodePointsAfterNFC(t *testing.T) {
	const fifteen = "winter-garden-4"
	for _, test := range []struct {
		name     string
		policy   Policy
		password string
		want     []Code
	}{
		{"fourteen are too short", Policy{}, fifteen[:14], []Code{TooShort}},
		{"fifteen are enough", Policy{}, fifteen, nil},
		{
			name:     "a combining accent makes no character of its own",
			policy:   Policy{},
			password: "winter-garde\u0301n",
			want:     []Code{TooShort},
		},
		{"an accented letter is one character", Policy{}, "gärtnerei-übér4", nil},
		{"the policy's minimum counts", Policy{Minimum: 16}, fifteen, []Code{TooShort}},
		{"128 are not too long", Policy{}, strings.Repeat("é", 8) + letters(120), nil},
		{
			name:     "129 are too long, and no more is said",
			policy:   Policy{},
			password: strings.Repeat("a", 129),
			want:     []Code{TooLong},
		},
		{"none is too short and common", Policy{}, "", []Code{TooShort, Common}},
		{"a short common one is both", Policy{}, "letmein", []Code{TooShort, Common}},
		{"invalid UTF-8 is too short", Policy{}, fifteen + "-\xff", []Code{TooShort}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := codes(test.policy.Check(test.password, Person{}))
			if !slices.Equal(got, test.want) {
				t.Errorf("Check = %v, want %v", got, test.want)
			}
		})
	}
}

// letters gives n letters that are the same on each run, and no pattern.
func letters(n int) string {
	random := rand.New(rand.NewPCG(3, 4))

	text := make([]byte, n)
	for i := range text {
		text[i] = 'a' + byte(random.IntN(26))
	}

	return string(text)
}

func TestAPasswordIsNotBuiltOnThePerson(t *testing.T) {
	for _, test := range []struct {
		name     string
		password string
		person   Person
		company  string
		want     []Code
	}{
		{
			name:     "the username alone",
			password: "U00003-U00003-U00003",
			person:   Person{Username: "U00003"},
			want:     []Code{Common, ContainsUsername},
		},
		{
			name:     "the username within",
			password: "my-U00003-password",
			person:   Person{Username: "U00003"},
			want:     []Code{ContainsUsername},
		},
		{
			name:     "the username in another case",
			password: "garden-u00003-lantern",
			person:   Person{Username: "U00003"},
			want:     []Code{ContainsUsername},
		},
		{
			name:     "the part of an email-like username before the @",
			password: "garden-lovelace.a-7-x",
			person:   Person{Username: "Lovelace.A@example.com"},
			want:     []Code{ContainsUsername},
		},
		{
			name:     "the last name",
			password: "lovelace-lovelace-1",
			person:   Person{LastName: "Lovelace"},
			want:     []Code{Common, ContainsName},
		},
		{
			name:     "a short first name in a passphrase is let be",
			password: "a-long-test-passphrase",
			person:   Person{FirstName: "Test"},
		},
		{
			name:     "a short first name with little beside it",
			password: "ada-ada-ada-lamp",
			person:   Person{FirstName: "Ada"},
			want:     []Code{ContainsName},
		},
		{
			name:     "a short first name beside a common password",
			password: "li-cde-password-1234567",
			person:   Person{FirstName: "Li"},
			want:     []Code{ContainsName},
		},
		{
			name:     "first and last name run together",
			password: "garden-ada-li-adali-7-x",
			person:   Person{FirstName: "Ada", LastName: "Li"},
			want:     []Code{ContainsName},
		},
		{
			name:     "case folding beyond ASCII",
			password: "STRASSENBAHN-GARDEN-7",
			person:   Person{LastName: "Straßenbahn"},
			want:     []Code{ContainsName},
		},
		{
			name:     "composed and decomposed are the same",
			password: "garden-Andre\u0301s-lantern",
			person:   Person{FirstName: "Andrés"},
			want:     []Code{ContainsName},
		},
		{
			name:     "the company as written",
			password: "garden acme works lantern",
			person:   Person{},
			company:  "Acme Works",
			want:     []Code{ContainsCompany},
		},
		{
			name:     "the company without spaces",
			password: "garden-acmeworks-lantern",
			person:   Person{},
			company:  "Acme Works",
			want:     []Code{ContainsCompany},
		},
		{
			name:     "one word of the company is let be",
			password: "garden-works-lantern-x",
			person:   Person{},
			company:  "Acme Works",
		},
		{
			name:     "a blank person and company forbid nothing",
			password: "winter-garden-lantern-42",
			person:   Person{Username: " ", FirstName: " "},
			company:  " ",
		},
		{"one letter forbids nothing", "winter-garden-lantern-42", Person{FirstName: "e"}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := codes(Policy{Company: test.company}.Check(test.password, test.person))
			if !slices.Equal(got, test.want) {
				t.Errorf(
					"Check = %v (%.1f bits), want %v",
					got,
					bits([]rune(test.password)),
					test.want,
				)
			}
		})
	}
}

func TestEveryReasonHasAMessage(t *testing.T) {
	person := Person{Username: "monkey", FirstName: "Monkey"}
	reasons := Policy{Company: "Monkey"}.Check("monkey", person)

	reasons = append(reasons, Policy{}.Check(strings.Repeat("x", MaxLength+1), person)...)
	got := codes(reasons)
	want := []Code{
		TooShort,
		Common,
		ContainsUsername,
		ContainsName,
		ContainsCompany,
		TooLong,
	}
	if !slices.Equal(got, want) {
		t.Fatalf("codes = %v, want %v", got, want)
	}

	for _, r := range reasons {
		if !strings.HasSuffix(r.Message, ".") ||
			strings.Contains(strings.ToLower(r.Message), "monkey") {
			t.Errorf("%s: message %q isn't a sentence that repeats nothing", r.Code, r.Message)
		}
	}
}

func FuzzCheck(f *testing.F) {
	words() // read before the clock starts

	for _, seed := range []string{
		"",
		"passwordpassword1",
		"U00003",
		strings.Repeat("4@51|!0(", 16),
		strings.Repeat("a", 128),
		"e\u0301\xff",
		"ŕ中👍",
	} {
		f.Add(seed, "U00003@example.com", "Ada", "Acme Works")
	}

	f.Fuzz(func(t *testing.T, password, username, name, company string) {
		began := time.Now()
		person := Person{Username: username, FirstName: name, LastName: name}
		reasons := Policy{Company: company}.Check(password, person)

		// A thousand times what the longest password takes.
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("Check took %v", took)
		}

		if !utf8.ValidString(password) && len(reasons) == 0 {
			t.Error("a text that isn't UTF-8 is taken")
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	words()

	for name, password := range map[string]string{
		"passphrase":         "correct horse battery staple",
		"longest":            letters(MaxLength),
		"longest repetition": strings.Repeat("4@51|!0(", 16),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				person := Person{Username: "U00003", FirstName: "Ada", LastName: "Lovelace"}
				Policy{}.Check(password, person)
			}
		})
	}
}

func BenchmarkWords(b *testing.B) {
	for b.Loop() {
		readWords()
	}
}
