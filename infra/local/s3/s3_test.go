package s3_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"latchkey/infra/local/engine"
	local "latchkey/infra/local/s3"
)

const bucket = "uploads"

// created collects what an S3 tells.
type created struct {
	mu  sync.Mutex
	all []local.Created
}

func (c *created) add(one local.Created) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, one)
}

func (c *created) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.all)
}

func (c *created) last() local.Created {
	c.mu.Lock()
	defer c.mu.Unlock()

	if len(c.all) == 0 {
		return local.Created{}
	}
	return c.all[len(c.all)-1]
}

func startS3(t *testing.T) (*s3.Client, *created) {
	t.Helper()

	told := &created{}

	open := func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/"+bucket+"/open/") }
	e, err := local.Start(find, open, told.add)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(e.Stop)

	client := local.Client(e.Endpoint)
	if err := local.CreateBucket(t.Context(), client, bucket); err != nil {
		t.Fatal(err)
	}

	return client, told
}

// session are credentials with a token, and over those whose time is over.
var (
	session = aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: "s", SessionToken: "t"}
	over    = aws.Credentials{
		AccessKeyID: "ASIAOVER", SecretAccessKey: "s", SessionToken: "t",
		CanExpire: true, Expires: time.Now().Add(-time.Minute),
	}
)

// find finds the account's credentials, and those of sessions.
func find(id string) (aws.Credentials, bool) {
	switch id {
	case session.AccessKeyID:
		return session, true
	case over.AccessKeyID:
		return over, true
	}
	return local.Account(id)
}

// account are the account's credentials.
var account, _ = local.Account(engine.AccessKeyID)

// presigned is what a URL is made from.
type presigned struct {
	credentials aws.Credentials
	method      string
	at          time.Time
	expires     string // seconds
	contentType string // signed, unless it is ""
}

// url returns a presigned URL of an address.
func (p presigned) url(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), p.method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.contentType != "" {
		r.Header.Set("Content-Type", p.contentType)
	}
	r.URL.RawQuery = "X-Amz-Expires=" + p.expires
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), p.credentials, r,
		"UNSIGNED-PAYLOAD", "s3", engine.Region, p.at,
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// replaced returns a function that replaces a part of a URL.
func replaced(before, after string) func(string) string {
	return func(address string) string { return strings.Replace(address, before, after, 1) }
}

func TestAPresignedURLIsRefused(t *testing.T) {
	client, told := startS3(t)
	valid := presigned{
		credentials: session,
		method:      http.MethodPut,
		at:          time.Now(),
		expires:     "3600",
		contentType: "text/csv",
	}
	text := http.Header{"Content-Type": {"text/csv"}}

	for _, test := range []struct {
		name    string
		change  func(p *presigned)
		address func(string) string
		headers http.Header
		code    string // "" if it isn't
	}{
		{"unless it is as it was signed", nil, nil, text, ""},
		{"with another signature", nil, replaced("X-Amz-Signature=", "X-Amz-Signature=0"), text,
			"SignatureDoesNotMatch"},
		{"for another key", nil, replaced("a.csv", "b.csv"), text, "SignatureDoesNotMatch"},
		{"with a longer time", nil, replaced("=3600", "=7200"), text, "SignatureDoesNotMatch"},
		{"by another method", func(p *presigned) { p.method = http.MethodGet }, nil, text,
			"SignatureDoesNotMatch"},
		{"with another value of a signed header", nil, nil,
			http.Header{"Content-Type": {"text/html"}}, "SignatureDoesNotMatch"},
		{"without a signed header", nil, nil, nil, "SignatureDoesNotMatch"},
		{"with a header of AWS's that isn't signed", nil, nil, http.Header{
			"Content-Type": {"text/csv"}, "X-Amz-Meta-Notify": {"everyone"},
		}, "AccessDenied"},
		{"when its time is over",
			func(p *presigned) { p.at = time.Now().Add(-61 * time.Minute) }, nil, text,
			"AccessDenied"},
		{"before its time",
			func(p *presigned) { p.at = time.Now().Add(16 * time.Minute) }, nil, text,
			"AccessDenied"},
		{"that lasts more than a week", func(p *presigned) { p.expires = "604801" }, nil, text,
			"AuthorizationQueryParametersError"},
		{"without its date", nil, replaced("X-Amz-Date=", "Date="), text,
			"AuthorizationQueryParametersError"},
		{"of a key that isn't there",
			func(p *presigned) { p.credentials.AccessKeyID = "AKIANOBODY" }, nil, text,
			"InvalidAccessKeyId"},
		{"with another secret",
			func(p *presigned) { p.credentials.SecretAccessKey = "other" }, nil, text,
			"SignatureDoesNotMatch"},
		{"without the session's token",
			func(p *presigned) { p.credentials.SessionToken = "" }, nil, text, "InvalidToken"},
		{"when the credentials that signed it are over",
			func(p *presigned) { p.credentials = over }, nil, text, "ExpiredToken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := valid
			if test.change != nil {
				test.change(&p)
			}
			address := p.url(t, *client.Options().BaseEndpoint+"/"+bucket+"/a.csv")
			if test.address != nil {
				address = test.address(address)
			}
			before := told.count()

			if got := putTo(t, address, test.headers); got != test.code {
				t.Errorf("got %q, want %q", got, test.code)
			}
			if stored := told.count() > before; stored != (test.code == "") {
				t.Errorf("an object was stored: %t", stored)
			}
		})
	}
}

// putTo puts a file to an address, and returns the code of the refusal, or "".
func putTo(t *testing.T, address string, headers http.Header) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address,
		strings.NewReader("User\nada\n"))
	if err != nil {
		t.Fatal(err)
	}
	if headers != nil {
		r.Header = headers
	}

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	if response.StatusCode == http.StatusOK {
		return ""
	}
	var said struct{ Code string }
	if err := xml.NewDecoder(response.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	return said.Code
}

func TestARequestIsRefusedWithoutItsSignature(t *testing.T) {
	client, _ := startS3(t)
	address := *client.Options().BaseEndpoint + "/" + bucket + "/a.csv"
	if got := putTo(t, address, nil); got != "AccessDenied" {
		t.Errorf("one that nobody signed got %q", got)
	}
	bad := http.Header{"Authorization": {"Basic YTpi"}}
	if got := putTo(t, address, bad); got != "AuthorizationHeaderMalformed" {
		t.Errorf("one with another authorization got %q", got)
	}

	open := *client.Options().BaseEndpoint + "/" + bucket + "/open/a.csv"
	if got := putTo(t, open, nil); got != "" {
		t.Errorf("where the bucket is open, one that nobody signed got %q", got)
	}
	if got := putTo(t, open, bad); got != "AuthorizationHeaderMalformed" {
		t.Errorf("and there, one with another authorization got %q", got)
	}

	for _, test := range []struct {
		name        string
		credentials aws.Credentials
		code        string
	}{
		{"the account", account, ""},
		{"a session", session, ""},
		{"another secret", aws.Credentials{
			AccessKeyID: account.AccessKeyID, SecretAccessKey: "other",
		}, "SignatureDoesNotMatch"},
		{"a session without its token", aws.Credentials{
			AccessKeyID: session.AccessKeyID, SecretAccessKey: session.SecretAccessKey,
		}, "InvalidToken"},
		{"a session that is over", over, "ExpiredToken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket:      aws.String(bucket),
				Key:         aws.String("my users+(1).csv"),
				Body:        strings.NewReader("User"),
				ContentType: aws.String("text/csv"),
				Metadata:    map[string]string{"notify": "pending"},
			}, func(o *s3.Options) {
				o.Credentials = aws.CredentialsProviderFunc(
					func(context.Context) (aws.Credentials, error) { return test.credentials, nil })
			})
			if got := code(err); got != test.code {
				t.Errorf("got %v, want %q", err, test.code)
			}
		})
	}
}

func put(
	t *testing.T,
	client *s3.Client,
	key, body string,
	metadata map[string]string,
) *s3.PutObjectOutput {
	t.Helper()

	out, err := client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader(body), Metadata: metadata,
	})
	if err != nil {
		t.Fatal(err)
	}

	return out
}

func TestARead(t *testing.T) {
	client, _ := startS3(t)
	first := put(t, client, "a.csv", "first", map[string]string{"notify": "pending"})

	second := put(t, client, "a.csv", "the second", map[string]string{"name": "other"})
	for _, test := range []struct {
		name  string
		input s3.GetObjectInput
		body  string
		code  string
	}{
		{"gives the latest version", s3.GetObjectInput{}, "the second", ""},
		{
			name:  "gives an earlier version by its id",
			input: s3.GetObjectInput{VersionId: first.VersionId},
			body:  "first",
		},
		{"gives a range", s3.GetObjectInput{Range: aws.String("bytes=4-6")}, "sec", ""},
		{
			name:  "gives a range of an earlier version",
			input: s3.GetObjectInput{Range: aws.String("bytes=1-2"), VersionId: first.VersionId},
			body:  "ir",
		},
		{"gives what has the ETag", s3.GetObjectInput{IfMatch: second.ETag}, "the second", ""},
		{"refuses another ETag", s3.GetObjectInput{IfMatch: first.ETag}, "", "PreconditionFailed"},
		{
			name:  "gives an earlier version that has the ETag",
			input: s3.GetObjectInput{IfMatch: first.ETag, VersionId: first.VersionId},
			body:  "first",
		},
		{"finds no other key", s3.GetObjectInput{Key: aws.String("b.csv")}, "", "NoSuchKey"},
		{
			name:  "finds no other key with an ETag either",
			input: s3.GetObjectInput{Key: aws.String("b.csv"), IfMatch: first.ETag},
			code:  "NoSuchKey",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			input := test.input

			input.Bucket = aws.String(bucket)
			if input.Key == nil {
				input.Key = aws.String("a.csv")
			}

			out, err := client.GetObject(t.Context(), &input)
			if got := code(err); got != test.code {
				t.Fatalf("got error %v, want %q", err, test.code)
			}

			if err != nil {
				return
			}
			defer out.Body.Close()

			if b, err := io.ReadAll(out.Body); err != nil || string(b) != test.body {
				t.Errorf("got %q, %v, want %q", b, err, test.body)
			}
		})
	}

	t.Run("gives the metadata of the version alone", func(t *testing.T) {
		for version, want := range map[string]map[string]string{
			*first.VersionId:  {"notify": "pending"},
			*second.VersionId: {"name": "other"},
		} {
			head, err := client.HeadObject(
				t.Context(),
				&s3.HeadObjectInput{
					Bucket:    aws.String(bucket),
					Key:       aws.String("a.csv"),
					VersionId: &version,
				},
			)
			if err != nil {
				t.Fatal(err)
			}

			if len(head.Metadata) != 1 {
				t.Errorf("got %v, want %v", head.Metadata, want)
			}

			for name, value := range want {
				if head.Metadata[name] != value {
					t.Errorf("got %v, want %v", head.Metadata, want)
				}
			}
		}
	})
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestAPresignedURL(t *testing.T) {
	client, told := startS3(t)

	made, err := s3.NewPresignClient(client).PresignPutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("jobs/7/my users.csv"),
	}, s3.WithPresignExpires(time.Hour))
	if err != nil {
		t.Fatal(err)
	}

	do := func(method, address string, body io.Reader, headers http.Header) *http.Response {
		t.Helper()

		r, err := http.NewRequestWithContext(t.Context(), method, address, body)
		if err != nil {
			t.Fatal(err)
		}

		r.Header = headers

		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}

		t.Cleanup(func() { response.Body.Close() })

		return response
	}
	t.Run("may be asked for by a browser", func(t *testing.T) {
		response := do(http.MethodOptions, made.URL, nil, http.Header{
			"Origin":                         {"http://localhost:8080"},
			"Access-Control-Request-Method":  {"PUT"},
			"Access-Control-Request-Headers": {"content-type"},
		})
		if response.StatusCode != 200 ||
			response.Header.Get("Access-Control-Allow-Origin") != "*" ||
			response.Header.Get("Access-Control-Allow-Headers") != "*" {
			t.Errorf("got %d %v", response.StatusCode, response.Header)
		}
	})
	t.Run("takes a file, and S3 tells of it", func(t *testing.T) {
		response := do(
			http.MethodPut,
			made.URL,
			strings.NewReader("User\nada\n"),
			http.Header{"Origin": {"http://localhost:8080"}},
		)
		if response.StatusCode != 200 || response.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("got %d %v", response.StatusCode, response.Header)
		}

		got := told.last()
		got.At, got.Version = time.Time{}, ""

		want := local.Created{
			Name:   "ObjectCreated:Put",
			Bucket: bucket,
			Key:    "jobs/7/my users.csv",
			Size:   9,
			ETag:   sum("User\nada\n"),
		}
		if got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("gives the file", func(t *testing.T) {
		get, err := s3.NewPresignClient(client).PresignGetObject(t.Context(), &s3.GetObjectInput{
			Bucket: aws.String(bucket), Key: aws.String("jobs/7/my users.csv"),
		})
		if err != nil {
			t.Fatal(err)
		}

		b, err := io.ReadAll(do(http.MethodGet, get.URL, nil, nil).Body)
		if err != nil || string(b) != "User\nada\n" {
			t.Errorf("got %q, %v", b, err)
		}
	})
}

func sum(text string) string {
	hash := md5.Sum([]byte(text))
	return hex.EncodeToString(hash[:])
}

func TestABodyInChunks(t *testing.T) {
	client, _ := startS3(t)

	endpoint := *client.Options().BaseEndpoint
	for _, test := range []struct {
		name, body string
		size       string
		status     int
	}{
		{
			name: "is taken with signatures",
			body: "5;chunk-signature=abc\r\nhello\r\n" +
				"1;chunk-signature=abc\r\n!\r\n" +
				"0;chunk-signature=abc\r\n\r\n",
			size:   "6",
			status: 200,
		},
		{
			name:   "is taken with a trailer",
			body:   "6\r\nhello!\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
			size:   "6",
			status: 200,
		},
		{"is refused if it ends early", "6\r\nhel", "6", 400},
		{"is refused without its size", "0\r\n\r\n", "", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(
				t.Context(),
				http.MethodPut,
				endpoint+"/"+bucket+"/chunks",
				strings.NewReader(test.body),
			)
			if err != nil {
				t.Fatal(err)
			}

			r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
			r.Header.Set("Content-Encoding", "aws-chunked")
			r.Header.Set("X-Amz-Decoded-Content-Length", test.size)
			err = v4.NewSigner().SignHTTP(t.Context(), account, r,
				"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "s3", engine.Region, time.Now())
			if err != nil {
				t.Fatal(err)
			}

			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()

			if response.StatusCode != test.status {
				t.Fatalf("got %d, want %d", response.StatusCode, test.status)
			}

			if test.status != 200 {
				return
			}

			out, err := client.GetObject(
				t.Context(),
				&s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("chunks")},
			)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Body.Close()

			if b, err := io.ReadAll(out.Body); err != nil || string(b) != "hello!" {
				t.Errorf("got %q, %v", b, err)
			}
		})
	}
}

func TestAFileOf100MBInParts(t *testing.T) {
	client, told := startS3(t)
	content := bytes.Repeat([]byte("0123456789abcdef"), 100<<20/16)

	_, err := transfermanager.New(client).
		UploadObject(t.Context(), &transfermanager.UploadObjectInput{
			Bucket:   aws.String(bucket),
			Key:      aws.String("uploads/large.csv"),
			Body:     bytes.NewReader(content),
			Metadata: map[string]string{"notify": "pending"},
		})
	if err != nil {
		t.Fatal(err)
	}

	got := told.last()
	if got.Name != "ObjectCreated:CompleteMultipartUpload" || got.Size != int64(len(content)) ||
		got.Version == "" {
		t.Errorf("got %v", got)
	}

	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{
		Bucket:    aws.String(bucket),
		Key:       aws.String("uploads/large.csv"),
		VersionId: &got.Version,
		IfMatch:   aws.String(`"` + got.ETag + `"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()

	if out.Metadata["notify"] != "pending" {
		t.Errorf("metadata %v", out.Metadata)
	}

	read, err := io.ReadAll(out.Body)
	if err != nil || !bytes.Equal(read, content) {
		t.Errorf("%d bytes came back, %v", len(read), err)
	}
}
