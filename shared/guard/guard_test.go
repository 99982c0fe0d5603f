package guard

import "testing"

func TestGuards(t *testing.T) {
	for value, want := range map[string]string{
		"":              "",
		"Ada":           "Ada",
		"a=1":           "a=1",
		"=1+1":          "'=1+1",
		"+16502530002":  "'+16502530002",
		"-1":            "'-1",
		"@SUM(A1)":      "'@SUM(A1)",
		"\t=1":          "'\t=1",
		"\r=1":          "'\r=1",
		"été":           "été",
		"x\n=cmd|'/C'!": "x\n=cmd|'/C'!",
	} {
		got := Add(value)
		if got != want {
			t.Errorf("%q becomes %q, want %q", value, got, want)
		}
		if again, guarded := Remove(got); again != value || guarded != (got != value) {
			t.Errorf("%q becomes %q, %t", got, again, guarded)
		}
	}

	for _, value := range []string{"'", "'90s", "O'Neill", "''=1"} {
		if got, guarded := Remove(value); got != value || guarded {
			t.Errorf("%q becomes %q", value, got)
		}
	}
}
