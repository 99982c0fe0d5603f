package s3_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

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

	e, err := local.Start(told.add)
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

	presigned, err := s3.NewPresignClient(client).PresignPutObject(t.Context(), &s3.PutObjectInput{
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
		response := do(http.MethodOptions, presigned.URL, nil, http.Header{
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
			presigned.URL,
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
	t.Run("expires", func(t *testing.T) {
		over := strings.Replace(presigned.URL, "X-Amz-Expires=3600", "X-Amz-Expires=-1", 1)
		response := do(http.MethodPut, over, strings.NewReader("late"), nil)
		if response.StatusCode != 403 {
			t.Errorf("got %d", response.StatusCode)
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
