package lambda

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
)

// mostInChain is how often Lambda invokes one function in a chain of invocations: "16
// times", approximately
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
const mostInChain = 16

// A chain's count travels in the X-Ray trace header: Lambda gives it to a function, the
// AWS SDK passes it on, and SQS keeps it with the message. Its field Lineage is Lambda's
// own, in a form that AWS doesn't document. Here it holds a hash of each function with how
// often that was invoked: "Lineage=a87bd80c:1|68fd508a:5".
const lineage = "Lineage="

// traceKey is where a context has the trace header that an invocation goes on from.
type traceKey struct{}

// traced returns a context in which an invocation goes on from a trace header.
func traced(ctx context.Context, header string) context.Context {
	return context.WithValue(ctx, traceKey{}, header)
}

// chained returns the trace header of one more invocation of a function in the context's
// chain, and how many of that function this makes. It begins a chain if there is none.
func chained(ctx context.Context, arn string) (header string, invocations int) {
	hash := fnv.New32a()
	hash.Write([]byte(arn))
	own := fmt.Sprintf("%08x:", hash.Sum32())

	given, _ := ctx.Value(traceKey{}).(string)
	rest, counts := split(given)
	if rest == "" {
		rest = trace()
	}

	entries := []string{}
	invocations = 1
	for _, entry := range counts {
		if count, is := strings.CutPrefix(entry, own); is {
			n, _ := strconv.Atoi(count) // it was written here
			invocations += n
			continue
		}
		entries = append(entries, entry)
	}

	entries = append(entries, own+strconv.Itoa(invocations))
	return rest + ";" + lineage + strings.Join(entries, "|"), invocations
}

// split returns the fields of a trace header beside Lineage, and the entries of that.
func split(header string) (rest string, counts []string) {
	var others []string
	for field := range strings.SplitSeq(header, ";") {
		if entries, is := strings.CutPrefix(field, lineage); is {
			counts = strings.Split(entries, "|")
			continue
		}
		others = append(others, field)
	}
	return strings.Join(others, ";"), counts
}

// length returns how many invocations a trace header tells of.
func length(header string) int {
	_, counts := split(header)
	all := 0
	for _, entry := range counts {
		_, count, _ := strings.Cut(entry, ":")
		n, _ := strconv.Atoi(count) // it was written here
		all += n
	}
	return all
}

// trace returns an X-Ray trace header of a new trace, which isn't sampled.
func trace() string {
	b := make([]byte, 12)
	rand.Read(b)
	return fmt.Sprintf("Root=1-%08x-%x;Sampled=0", time.Now().Unix(), b)
}
