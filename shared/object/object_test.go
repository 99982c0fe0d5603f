package object_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/enginetest"
	"latchkey/shared/object"
)

func newBucket(t testing.TB) (object.Bucket, *s3.Client, string) {
	t.Helper()
	client, name := enginetest.Bucket(t)
	cfg := engine.Config()
	cfg.BaseEndpoint = client.Options().BaseEndpoint
	// As a function's configuration has it by default.
	cfg.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenSupported
	return object.New(cfg, name), client, name
}

func put(t testing.TB, client *s3.Client, bucket, key, content string) object.Source {
	t.Helper()

	made, err := client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket:   &bucket,
		Key:      &key,
		Body:     strings.NewReader(content),
		Metadata: map[string]string{"process": "manual"},
	})
	if err != nil {
		t.Fatal(err)
	}

	return object.Source{
		Key:     key,
		Version: aws.ToString(made.VersionId),
		ETag:    strings.Trim(aws.ToString(made.ETag), `"`),
	}
}

func TestTheBucketIsInTheHostOfAURLUnlessAnEndpointOfOnesOwnIsAskedFor(t *testing.T) {
	for _, test := range []struct{ name, variable, want string }{
		{"at AWS", "", "https://files.s3.eu-central-1.amazonaws.com/"},
		{"at another S3", "AWS_ENDPOINT_URL_S3", "http://localhost:4566/files/"},
		{"at another AWS", "AWS_ENDPOINT_URL", "http://localhost:4566/files/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("AWS_REGION", "eu-central-1")
			t.Setenv("AWS_ACCESS_KEY_ID", engine.AccessKeyID)
			t.Setenv("AWS_SECRET_ACCESS_KEY", engine.SecretAccessKey)
			if test.variable != "" {
				t.Setenv(test.variable, "http://localhost:4566")
			}
			cfg, err := awsconfig.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}

			got, err := object.New(cfg, "files").Address(t.Context())
			if err != nil || got != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestOpenReadsTheVersionAndTheRange(t *testing.T) {
	b, client, name := newBucket(t)
	first := put(t, client, name, "a.csv", "0123456789")
	put(t, client, name, "a.csv", "replaced")

	byETag, missing, gone := first, first, first
	byETag.Version, missing.Key, gone.Version = "", "b.csv", ""

	gone.Key = "c.csv"
	for _, test := range []struct {
		name     string
		source   object.Source
		from, to int64
		want     string
		err      error
	}{
		{"all of it", first, 0, 0, "0123456789", nil},
		{"a range, whose end is exclusive", first, 2, 5, "234", nil},
		{"its end", first, 7, 0, "789", nil},
		{"its beginning", first, 0, 1, "0", nil},
		{"without versions, one that was replaced", byETag, 0, 0, "", object.ErrChanged},
		{"one that isn't there", gone, 0, 0, "", object.ErrNotFound},
		{"a version that isn't there", missing, 0, 0, "", object.ErrNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			body, err := b.Open(t.Context(), test.source, test.from, test.to)
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}

			if err != nil {
				return
			}
			defer body.Close()

			if got, err := io.ReadAll(body); err != nil || string(got) != test.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}

	head, err := b.Head(t.Context(), first)
	if err != nil || head.Size != 10 || head.Metadata["process"] != "manual" {
		t.Errorf("got %+v, %v", head, err)
	}

	if _, err := b.Head(t.Context(), gone); !errors.Is(err, object.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestARangeIsReadOfAnObjectThatWasPutWithAChecksum(t *testing.T) {
	b, client, name := newBucket(t)

	made, err := client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket:        &name,
		Key:           aws.String("a.csv"),
		Body:          strings.NewReader("0123456789"),
		ChecksumCRC32: aws.String("poTHxg=="),
	})
	if err != nil {
		t.Fatal(err)
	}

	body, err := b.Open(
		t.Context(),
		object.Source{Key: "a.csv", Version: aws.ToString(made.VersionId)},
		2,
		5,
	)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()

	if got, err := io.ReadAll(body); err != nil || string(got) != "234" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	b, _, _ := newBucket(t)
	if _, err := b.Read(t.Context(), "x"); !errors.Is(err, object.ErrNotFound) {
		t.Errorf("before: %v", err)
	}

	if err := b.Write(t.Context(), "x", "text/plain", []byte("hello")); err != nil {
		t.Fatal(err)
	}

	if got, err := b.Read(t.Context(), "x"); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}

	for key, want := range map[string]bool{"x": true, "y": false} {
		if got, err := b.Exists(t.Context(), key); err != nil || got != want {
			t.Errorf("%s exists: %t, %v", key, got, err)
		}
	}
}

func TestAStreamIsThereWholeOrNotAtAll(t *testing.T) {
	b, _, _ := newBucket(t)
	line := strings.Repeat("x", 1023) + "\n"

	const lines = 20 << 10 // 20 MB: several parts

	fill := func(n int, failed error) func(io.Writer) error {
		return func(w io.Writer) error {
			for range n {
				if _, err := io.WriteString(w, line); err != nil {
					return err
				}
			}

			return failed
		}
	}
	if err := b.WriteStream(t.Context(), "whole", "text/plain", fill(lines, nil)); err != nil {
		t.Fatal(err)
	}

	head, err := b.Head(t.Context(), object.Source{Key: "whole"})
	if err != nil || head.Size != lines*int64(len(line)) {
		t.Errorf("got %+v, %v", head, err)
	}

	if err := b.WriteStream(t.Context(), "empty", "text/plain", fill(0, nil)); err != nil {
		t.Error(err)
	}

	for name, n := range map[string]int{"small": 1, "large": lines} {
		err := b.WriteStream(t.Context(), name, "text/plain", fill(n, errors.New("broke off")))
		if err == nil {
			t.Errorf("%s: it didn't fail", name)
		}

		if there, err := b.Exists(t.Context(), name); err != nil || there {
			t.Errorf("%s is there: %t, %v", name, there, err)
		}
	}
}

func TestPresignedURLs(t *testing.T) {
	b, _, _ := newBucket(t)

	method, url, headers, err := b.PresignPut(t.Context(), "jobs/j1/a b.csv", time.Minute)
	if err != nil {
		t.Fatal(err)
	}

	request, err := http.NewRequestWithContext(
		t.Context(),
		method,
		url,
		strings.NewReader("User\nada\n"),
	)
	if err != nil {
		t.Fatal(err)
	}

	for name, value := range headers {
		request.Header.Set(name, value)
	}

	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the upload answers %v, %v", answer, err)
	}

	answer.Body.Close()

	address, err := b.Address(t.Context())
	if err != nil || !strings.HasPrefix(url, address+"jobs/") {
		t.Errorf("the bucket's address is %q, %v; a URL is %s", address, err, url)
	}

	url, err = b.PresignGet(t.Context(), "jobs/j1/a b.csv", "users.csv", time.Minute)
	if err != nil {
		t.Fatal(err)
	}

	answer, err = http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()

	got, err := io.ReadAll(answer.Body)
	if err != nil || string(got) != "User\nada\n" || headers["Content-Type"] != "text/csv" {
		t.Errorf("got %q, %v; headers %v", got, err, headers)
	}
}
