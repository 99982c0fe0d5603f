package iam

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"

	"latchkey/infra/local/engine"
)

// errUnknown is returned for a call whose rights aren't known here.
var errUnknown = errors.New("a call of which no right is known")

// protocol is how a service is asked, and how it refuses.
type protocol struct {
	// asks returns what a call asks to do.
	asks func(i *IAM, function string, r *http.Request, body []byte) ([]Request, error)
	// refuse answers an error.
	refuse func(w http.ResponseWriter, r *http.Request, e refusal)
	// unread leaves the body of a call to the engine.
	unread bool
}

var protocols = map[string]protocol{
	"dynamodb":       {asks: asksDynamoDB, refuse: refuseJSON},
	"sqs":            {asks: asksSQS, refuse: refuseJSON},
	"s3":             {asks: asksS3, refuse: refuseS3, unread: true},
	"ses":            {asks: asksSES, refuse: refuseJSON},
	"sns":            {asks: asksSNS, refuse: refuseQuery},
	"secretsmanager": {asks: asksSecrets, refuse: refuseJSON},
}

// Gate returns what stands before the engine of a service: "dynamodb", "sqs", "s3", "ses",
// "sns" or "secretsmanager". It lets the account do all.
func (i *IAM) Gate(service string, next http.Handler) http.Handler {
	p := protocols[service]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if service == "s3" && (r.Method == http.MethodOptions || i.open(r) && !signed(r)) {
			next.ServeHTTP(w, r) // a browser asks before it sends, and can't sign that
			return
		}

		key, ok := i.caller(r)
		if !ok {
			p.refuse(w, r, unknownKey)
			return
		}
		if key.Function == "" {
			next.ServeHTTP(w, r)
			return
		}

		var body []byte
		if !p.unread {
			var err error
			if body, err = io.ReadAll(r.Body); err != nil {
				p.refuse(w, r, unreadable)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		if !i.permits(w, r, p, key.Function, body) {
			return
		}

		if service == "s3" && isRead(r) {
			w = &absence{ResponseWriter: w, iam: i, function: key.Function, request: r}
		}
		next.ServeHTTP(w, r)
	})
}

// permits reports whether a function may make a call, and answers it if not.
func (i *IAM) permits(
	w http.ResponseWriter, r *http.Request, p protocol, function string, body []byte,
) bool {
	asked, err := p.asks(i, function, r, body)
	if err != nil || len(asked) == 0 {
		p.refuse(w, r, unreadable)
		return false
	}

	for _, one := range asked {
		allowed, err := i.Allows(r.Context(), one)
		if err != nil {
			p.refuse(w, r, refusal{http.StatusInternalServerError, "InternalFailure", err.Error()})
			return false
		}
		if !allowed {
			p.refuse(w, r, denied(one))
			return false
		}
	}
	return true
}

// credential finds the id of the key that a call is signed with
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html).
var credential = regexp.MustCompile(`Credential=([^/,\s]+)/`)

// signed reports whether a call has a signature, in its header or its address.
func signed(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.URL.Query().Has("X-Amz-Credential")
}

// caller returns the key that a call is signed with. The signature itself isn't checked
// here.
func (i *IAM) caller(r *http.Request) (Key, bool) {
	query := r.URL.Query()
	id, _, _ := strings.Cut(query.Get("X-Amz-Credential"), "/")
	token := query.Get("X-Amz-Security-Token")
	if found := credential.FindStringSubmatch(r.Header.Get("Authorization")); found != nil {
		id = found[1]
		token = r.Header.Get("X-Amz-Security-Token")
	}

	key, ok := i.keys.Find(id)
	same := subtle.ConstantTimeCompare([]byte(token), []byte(key.Token)) == 1
	return key, ok && same
}

// absence answers a read of an object that isn't there as S3 does: to who may not list the
// bucket, it doesn't tell
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
type absence struct {
	http.ResponseWriter
	iam      *IAM
	function string
	request  *http.Request
	hidden   bool // what the engine answers isn't passed on
}

// WriteHeader answers the engine's status, or that the read is denied.
func (a *absence) WriteHeader(status int) {
	if status == http.StatusNotFound {
		listing := Request{
			Function: a.function,
			Action:   "s3:ListBucket",
			Resource: "arn:aws:s3:::" + a.iam.bucket,
		}
		allowed, err := a.iam.Allows(a.request.Context(), listing)
		if err != nil || !allowed {
			a.hidden = true
			a.Header().Del("Content-Length")
			refuseS3(a.ResponseWriter, a.request, denied(listing))
			return
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write passes on what the engine answers, unless it is hidden.
func (a *absence) Write(b []byte) (int, error) {
	if a.hidden {
		return len(b), nil
	}
	return a.ResponseWriter.Write(b)
}

// denied is the refusal of a request that no statement allows.
func denied(r Request) refusal {
	return refusal{
		status: http.StatusBadRequest,
		code:   "AccessDeniedException",
		message: "User: arn:aws:sts::" + engine.Account + ":assumed-role/" + r.Function + "/" +
			r.Function + " is not authorized to perform: " + r.Action + " on resource: " +
			r.Resource + " because no identity-based policy allows the " + r.Action + " action",
	}
}
