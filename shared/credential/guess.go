package credential

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/nbutton23/zxcvbn-go/data"
)

const (
	// commonBelow is the strength, in bits, below which a password is refused as common.
	// It is 1,000,000,000 guesses, far more than the sign-in lets anybody try. Three of
	// the hundred most used words are below it, four above.
	commonBelow   = 30
	perPart       = 2 // bits that each part adds for how the parts are put together
	perRepetition = 2 // bits that say what is repeated
	// shortestPart is the least code points of any part but a single character.
	shortestPart = 3
)

// runs are neighbouring keys and characters as they are typed, forwards and backwards.
var runs = func() (both [][]rune) {
	for _, run := range []string{
		"abcdefghijklmnopqrstuvwxyz",
		"01234567890",
		"!@#$%^&*()",
		"qwertyuiop[]",
		"qwertzuiop",
		"azertyuiop",
		"asdfghjkl;'",
		"zxcvbnm,./",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
		"qazwsxedcrfvtgbyhnujmikolp",
	} {
		forth := []rune(run)
		back := slices.Clone(forth)
		slices.Reverse(back)
		both = append(both, forth, back)
	}
	return both
}()

// likenesses turn what is written for a letter into that letter. The first turns nothing.
var likenesses = []*strings.Replacer{
	strings.NewReplacer(),
	likeness("1", "i", "!", "i"),
	likeness("1", "l", "!", "l"),
}

func likeness(others ...string) *strings.Replacer {
	usual := []string{
		"@", "a", "4", "a", "3", "e", "0", "o", "$", "s", "5", "s", "7", "t", "+", "t",
	}
	return strings.NewReplacer(append(usual, others...)...)
}

type dictionary struct {
	guesses map[string]int
	longest int // bytes of the longest word
}

// words returns the common passwords, English words and names that zxcvbn ships, each
// list most used first. They take some tens of milliseconds to read, so only the first
// password that is checked waits for them. zxcvbn itself isn't used: it reads the lists
// at the start, counts bytes for characters, and takes an unbounded time.
var words = sync.OnceValue(readWords)

func readWords() dictionary {
	d := dictionary{guesses: map[string]int{}}
	for _, name := range []string{"Passwords", "English", "MaleNames", "FemaleNames", "Surnames"} {
		var file struct{ List []string }
		if err := json.Unmarshal(data.MustAsset("data/"+name+".json"), &file); err != nil {
			panic(fmt.Errorf("read word list %s: %w", name, err)) // it is compiled in
		}

		for i, word := range file.List {
			rank := i + 1
			if known, ok := d.guesses[word]; !ok || rank < known {
				d.guesses[word] = rank
			}
			d.longest = max(d.longest, len(word))
		}
	}

	return d
}

// common reports whether a password is a common one, a repetition or a sequence, or made
// of such parts. The password must be in NFC and have at most MaxLength code points.
func common(password string) bool {
	text := []rune(strings.ToLower(password))

	// 112233 is 123, if so much of the text is doubled.
	single := slices.Compact(slices.Clone(text))
	if 3*len(single) <= 2*len(text) && bits(single) < commonBelow {
		return true
	}
	return period(text) < enough || bits(text) < commonBelow
}

// period returns the length of the shortest text that the given one repeats, or its own.
func period(text []rune) int {
	for p := 1; p < len(text); p++ {
		if slices.Equal(text[p:], text[:len(text)-p]) {
			return p
		}
	}
	return len(text)
}

// bits returns the binary logarithm of the guesses that a text takes. The text is put
// together in the cheapest way from words, runs, repetitions of what came before, and
// single characters (Wheeler, zxcvbn, USENIX Security 2016, in a simpler form).
func bits(text []rune) float64 {
	c := cheapest{0}
	for range text {
		c = append(c, math.Inf(1))
	}

	for i := range text {
		c.extend(i, 1, character(text[i]))
		c.extendUpTo(i, repeated(text, i), perPart+perRepetition)
		c.extendUpTo(i, runLength(text[i:]), perPart+math.Log2(float64(len(runs))))
		c.extendByWords(text, i)
	}

	return c[len(text)]
}

// cheapest is the fewest bits that the text up to each position takes.
type cheapest []float64

// extend offers a part of a length and a cost, in bits, after what stands before i.
func (c cheapest) extend(i, length int, cost float64) {
	c[i+length] = min(c[i+length], c[i]+cost)
}

func (c cheapest) extendUpTo(i, longest int, cost float64) {
	for length := shortestPart; length <= longest; length++ {
		c.extend(i, length, cost)
	}
}

// extendByWords offers the dictionary's words at i. A likeness costs a bit more.
func (c cheapest) extendByWords(text []rune, i int) {
	end := min(len(text), i+words().longest)
	for n, like := range likenesses {
		extra := float64(min(n, 1))
		read := []rune(like.Replace(string(text[i:end])))
		for length := shortestPart; length <= len(read); length++ {
			if guesses, ok := words().guesses[string(read[:length])]; ok {
				c.extend(i, length, perPart+math.Log2(float64(guesses))+extra)
			}
		}
	}
}

// character returns the bits of one character: how many of its kind there are to guess.
func character(c rune) float64 {
	switch {
	case c >= '0' && c <= '9':
		return math.Log2(10)
	case c < unicode.MaxASCII:
		return math.Log2(32)
	default:
		return math.Log2(64)
	}
}

// repeated returns the length of the longest text at i that also begins before i.
func repeated(text []rune, i int) int {
	longest := 0
	for start := range i {
		longest = max(longest, commonPrefix(text[start:], text[i:]))
	}
	return longest
}

func runLength(text []rune) int {
	longest := 0
	for _, run := range runs {
		if at := slices.Index(run, text[0]); at >= 0 {
			longest = max(longest, commonPrefix(run[at:], text))
		}
	}
	return longest
}

func commonPrefix(a, b []rune) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
