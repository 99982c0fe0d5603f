package s3

import (
	"crypto/hmac"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"latchkey/infra/local/engine"
)

// Credentials finds the credentials that an access key's id names.
type Credentials func(id string) (aws.Credentials, bool)

// Closed is for a bucket that takes nothing without a signature.
func Closed(*http.Request) bool { return false }

// refusal is why S3 refuses a request
// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
type refusal struct {
	status        int
	code, message string
}

var (
	anonymous = &refusal{http.StatusForbidden, "AccessDenied", "Access Denied"}
	malformed = &refusal{http.StatusBadRequest, "AuthorizationHeaderMalformed",
		"The authorization header that you provided is not valid."}
	badQuery = &refusal{http.StatusBadRequest, "AuthorizationQueryParametersError",
		"Query-string authentication version 4 requires the X-Amz-Algorithm, " +
			"X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and " +
			"X-Amz-Expires parameters, for at most 604800 seconds and this region."}
	unknownKey = &refusal{http.StatusForbidden, "InvalidAccessKeyId",
		"The AWS Access Key Id you provided does not exist in our records."}
	badToken = &refusal{http.StatusBadRequest, "InvalidToken",
		"The provided token is malformed or otherwise invalid."}
	expiredToken = &refusal{http.StatusBadRequest, "ExpiredToken",
		"The provided token has expired."}
	expired  = &refusal{http.StatusForbidden, "AccessDenied", "Request has expired"}
	tooEarly = &refusal{http.StatusForbidden, "AccessDenied", "Request is not yet valid"}
	skewed   = &refusal{http.StatusForbidden, "RequestTimeTooSkewed",
		"The difference between the request time and the current time is too large."}
	unsigned = &refusal{http.StatusForbidden, "AccessDenied",
		"There were headers present in the request which were not signed"}
	mismatch = &refusal{http.StatusForbidden, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. " +
			"Check your key and signing method."}
)

const (
	timeForm = "20060102T150405Z"
	// mostSkew is how far a request's time may be from the server's.
	mostSkew = 15 * time.Minute
	// mostExpires is how long a presigned URL may last at the most.
	mostExpires = 7 * 24 * time.Hour
)

// signature is what a request says of its signature, in its query or in a header
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html,
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html).
type signature struct {
	presigned bool
	expires   time.Duration // of a presigned URL
	key       string        // the access key's id
	scope     string        // "<date>/<region>/s3/aws4_request"
	headers   []string      // that are signed, in lower case
	token     string
	at        time.Time
	hex       string
}

// authorization is the form of the header.
var authorization = regexp.MustCompile(
	`^AWS4-HMAC-SHA256 Credential=([^/,]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$`)

// signatureOf reads a request's signature.
func signatureOf(r *http.Request) (signature, *refusal) {
	query := r.URL.Query()
	if query.Has("X-Amz-Signature") || query.Has("X-Amz-Algorithm") {
		return signatureInQuery(query)
	}

	header := r.Header.Get("Authorization")
	if header == "" {
		return signature{}, anonymous
	}

	found := authorization.FindStringSubmatch(header)
	at, err := time.Parse(timeForm, r.Header.Get("X-Amz-Date"))
	if found == nil || err != nil {
		return signature{}, malformed
	}
	return signature{
		key:     found[1],
		scope:   found[2],
		headers: strings.Split(found[3], ";"),
		token:   r.Header.Get("X-Amz-Security-Token"),
		at:      at,
		hex:     found[4],
	}, nil
}

// signatureInQuery reads the signature of a presigned URL.
func signatureInQuery(query url.Values) (signature, *refusal) {
	at, noTime := time.Parse(timeForm, query.Get("X-Amz-Date"))
	seconds, noNumber := strconv.Atoi(query.Get("X-Amz-Expires"))
	expires := time.Duration(seconds) * time.Second
	key, scope, ok := strings.Cut(query.Get("X-Amz-Credential"), "/")
	if !ok || noTime != nil || noNumber != nil || expires < 0 || expires > mostExpires ||
		query.Get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" {
		return signature{}, badQuery
	}
	return signature{
		presigned: true,
		expires:   expires,
		key:       key,
		scope:     scope,
		headers:   strings.Split(query.Get("X-Amz-SignedHeaders"), ";"),
		token:     query.Get("X-Amz-Security-Token"),
		at:        at,
		hex:       query.Get("X-Amz-Signature"),
	}, nil
}

// refused returns why S3 refuses the request for its signature, or nil.
func (h *gate) refused(r *http.Request) *refusal {
	s, refused := signatureOf(r)
	if refused == anonymous && h.open(r) {
		return nil
	}
	if refused != nil {
		return refused
	}

	credentials, ok := h.find(s.key)
	switch {
	case !ok:
		return unknownKey
	case s.token != credentials.SessionToken:
		return badToken
	case credentials.CanExpire && !h.now().Before(credentials.Expires):
		return expiredToken // a URL lasts no longer than the credentials that signed it
	case s.scope != s.at.Format("20060102")+"/"+engine.Region+"/s3/aws4_request":
		return s.malformed()
	}

	if refused := s.outOfTime(h.now()); refused != nil {
		return refused
	}
	if s.leavesOut(r.Header) {
		return unsigned
	}

	made, err := s.recomputed(r, credentials)
	if err != nil || !hmac.Equal([]byte(made), []byte(s.hex)) {
		return mismatch
	}
	return nil
}

func (s signature) malformed() *refusal {
	if s.presigned {
		return badQuery
	}
	return malformed
}

// outOfTime returns why a request comes too early or too late, or nil.
func (s signature) outOfTime(now time.Time) *refusal {
	switch {
	case !s.presigned && now.Sub(s.at).Abs() > mostSkew:
		return skewed
	case s.presigned && s.at.Sub(now) > mostSkew:
		return tooEarly
	case s.presigned && now.After(s.at.Add(s.expires)):
		return expired
	}
	return nil
}

// leavesOut reports whether a header is there that must be signed and isn't: any of AWS's.
func (s signature) leavesOut(header http.Header) bool {
	for name := range header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-") && !slices.Contains(s.headers, name) {
			return true
		}
	}
	return !slices.Contains(s.headers, "host")
}

// recomputed returns the signature that the credentials make of what the request says is
// signed.
func (s signature) recomputed(r *http.Request, credentials aws.Credentials) (string, error) {
	signed, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+r.Host, nil)
	if err != nil {
		return "", fmt.Errorf("recompute a signature: %w", err)
	}

	address := *r.URL
	address.Scheme, address.Host = "http", r.Host
	signed.URL = &address
	for _, name := range s.headers {
		if name == "content-length" {
			signed.ContentLength = r.ContentLength
			continue
		}
		if values := r.Header.Values(name); len(values) > 0 {
			signed.Header[http.CanonicalHeaderKey(name)] = values
		}
	}

	asS3 := func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = true // S3's paths are escaped once
		o.DisableHeaderHoisting = true  // a signed header is signed as a header
	}
	if !s.presigned {
		hash := r.Header.Get("X-Amz-Content-Sha256")
		err = v4.NewSigner().SignHTTP(r.Context(), credentials, signed, hash, "s3",
			engine.Region, s.at, asS3)
		found := authorization.FindStringSubmatch(signed.Header.Get("Authorization"))
		if err != nil || found == nil {
			return "", fmt.Errorf("recompute a signature: %w", err)
		}
		return found[4], nil
	}

	query := address.Query()
	query.Del("X-Amz-Signature")
	signed.URL.RawQuery = query.Encode()
	made, _, err := v4.NewSigner().PresignHTTP(r.Context(), credentials, signed,
		"UNSIGNED-PAYLOAD", "s3", engine.Region, s.at, asS3)
	if err != nil {
		return "", fmt.Errorf("recompute a signature: %w", err)
	}
	whole, err := url.Parse(made)
	if err != nil {
		return "", fmt.Errorf("recompute a signature: %w", err)
	}
	return whole.Query().Get("X-Amz-Signature"), nil
}
