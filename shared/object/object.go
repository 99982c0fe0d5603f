// Package object reads and writes the bucket: uploaded files, and what is made of them.
// It reads an upload in the version that its event named, or returns ErrChanged. An
// object that is written as a stream is there as a whole or not at all.
package object

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"latchkey/shared/parallel"
)

var (
	// ErrNotFound is returned if there is no such object.
	ErrNotFound = errors.New("no such object")
	// ErrChanged is returned if the object isn't the one that was meant any more.
	ErrChanged = errors.New("the object was replaced")
)

// Bucket is the deployment's bucket.
type Bucket struct {
	client *s3.Client
	name   string
}

// New returns the bucket of a name. AWS has it in the host of a URL
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html), any other
// endpoint in the path.
func New(cfg aws.Config, name string) Bucket {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = o.BaseEndpoint != nil
		// A file is read in ranges. Some endpoints answer one with the checksum of the
		// whole object, if it was put with one, and that matches no range.
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	return Bucket{client: client, name: name}
}

// ErrorReport returns the key of a job's error report.
func ErrorReport(jobID string) string { return "reports/" + jobID + "/errors.csv" }

// Issues returns the key of a part of a job's errors and warnings. Parts count from 0.
func Issues(jobID string, part int) string {
	return fmt.Sprintf("reports/%s/issues-%05d.json", jobID, part)
}

// Index returns the key of the index of the chunks that Rows is cut into.
func Index(jobID string) string { return "reports/" + jobID + "/chunks.json" }

// Mapping returns the key of what the columns of a job's file are.
func Mapping(jobID string) string { return "reports/" + jobID + "/mapping.json" }

// Rows returns the key of the good rows of a job's file, in canonical form.
func Rows(jobID string) string { return "reports/" + jobID + "/rows.jsonl" }

// Members returns the key of an export of a job's members.
func Members(jobID, filter string) string {
	return "reports/" + jobID + "/members" + filter + ".csv"
}

// MembersPieces returns what the keys of the pieces of such an export begin with.
func MembersPieces(jobID, filter string) string {
	return "reports/" + jobID + "/members" + filter + "-"
}

// MembersPiece returns the key of one of the pieces. They count from 0.
func MembersPiece(jobID, filter string, piece int) string {
	return fmt.Sprintf("%s%05d.csv", MembersPieces(jobID, filter), piece)
}

// Folders returns what a job's keys begin with, but for that of a file that was dropped.
func Folders(jobID string) []string {
	return []string{"reports/" + jobID + "/", "jobs/" + jobID + "/"}
}

// Source is a version of an object, as an event named it.
type Source struct{ Key, Version, ETag string }

// Head is what is known of an object without reading it.
type Head struct {
	Size     int64
	ETag     string
	Metadata map[string]string
}

// Head returns what is known of a source's version of an object, or ErrNotFound.
func (b Bucket) Head(ctx context.Context, source Source) (Head, error) {
	got, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket:    &b.name,
		Key:       &source.Key,
		VersionId: optional(source.Version),
	})
	if err != nil {
		return Head{}, objectError("head", err)
	}
	return Head{
		Size:     aws.ToInt64(got.ContentLength),
		ETag:     aws.ToString(got.ETag),
		Metadata: got.Metadata,
	}, nil
}

// Open reads a source's version of an object, from an offset up to another, exclusive; to
// 0 is the end. It returns ErrNotFound if there is none. In a bucket without versions it
// returns ErrChanged if the object has another ETag than the source's by now.
func (b Bucket) Open(
	ctx context.Context, source Source, from, to int64,
) (io.ReadCloser, error) {
	input := &s3.GetObjectInput{
		Bucket:    &b.name,
		Key:       &source.Key,
		VersionId: optional(source.Version),
	}
	if source.Version == "" && source.ETag != "" {
		input.IfMatch = aws.String(`"` + strings.Trim(source.ETag, `"`) + `"`)
	}
	switch {
	case to > 0:
		input.Range = aws.String(fmt.Sprintf("bytes=%d-%d", from, to-1))
	case from > 0:
		input.Range = aws.String(fmt.Sprintf("bytes=%d-", from))
	}

	got, err := b.client.GetObject(ctx, input)
	if err != nil {
		return nil, objectError("read", err)
	}
	return got.Body, nil
}

// Read returns a small object whole. It returns ErrNotFound if there is none.
func (b Bucket) Read(ctx context.Context, key string) ([]byte, error) {
	got, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return nil, objectError("read", err)
	}
	defer got.Body.Close()

	return io.ReadAll(got.Body)
}

// Write writes a small object whole.
func (b Bucket) Write(ctx context.Context, key, contentType string, content []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket:      &b.name,
		Key:         &key,
		ContentType: &contentType,
		Body:        bytes.NewReader(content),
	})
	if err != nil {
		return objectError("write", err)
	}
	return nil
}

// streamBuffer is how many bytes of a stream are handed on at once.
const streamBuffer = 64 << 10

// WriteStream writes an object of any size in bounded memory: what fill writes. The
// object appears when it is whole. An error of fill leaves none.
func (b Bucket) WriteStream(
	ctx context.Context, key, contentType string, fill func(io.Writer) error,
) error {
	reader, writer := io.Pipe()
	filled := make(chan struct{})
	go func() {
		defer close(filled)
		buffered := bufio.NewWriterSize(writer, streamBuffer)
		err := fill(buffered)
		if err == nil {
			err = buffered.Flush()
		}
		writer.CloseWithError(err)
	}()

	oneAtATime := func(o *transfermanager.Options) { o.Concurrency = 1 }
	uploader := transfermanager.New(b.client, oneAtATime)
	_, err := uploader.UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket:      &b.name,
		Key:         &key,
		ContentType: &contentType,
		Body:        reader,
	})

	// An upload that fails stops reading. The pipe must be closed before fill is waited
	// for, or fill would wait for a reader for ever.
	reader.CloseWithError(err)
	<-filled
	if err != nil {
		return objectError("write", err)
	}
	return nil
}

// PresignPut returns a URL that a file can be put to for a time, and headers to send.
func (b Bucket) PresignPut(
	ctx context.Context, key string, lasts time.Duration,
) (method, url string, headers map[string]string, err error) {
	input := &s3.PutObjectInput{Bucket: &b.name, Key: &key, ContentType: aws.String("text/csv")}
	presigner := s3.NewPresignClient(b.client, s3.WithPresignExpires(lasts))
	signed, err := presigner.PresignPutObject(ctx, input)
	if err != nil {
		return "", "", nil, fmt.Errorf("presign upload: %w", err)
	}

	// A browser sets these two itself, and lets no page set them.
	headers = map[string]string{}
	for name, values := range signed.SignedHeader {
		if name != "Host" && name != "Content-Length" {
			headers[http.CanonicalHeaderKey(name)] = values[0]
		}
	}

	return signed.Method, signed.URL, headers, nil
}

// Address returns what the URLs of PresignPut begin with, up to a slash. The policy of
// the pages must allow a browser to connect to it.
func (b Bucket) Address(ctx context.Context) (string, error) {
	const key = "address"

	_, signed, _, err := b.PresignPut(ctx, key, time.Minute)
	if err != nil {
		return "", err
	}
	address, _, _ := strings.Cut(signed, key+"?")
	return address, nil
}

// PresignGet returns a URL from which an object can be downloaded under a file name.
func (b Bucket) PresignGet(
	ctx context.Context, key, fileName string, lasts time.Duration,
) (string, error) {
	input := &s3.GetObjectInput{
		Bucket:                     &b.name,
		Key:                        &key,
		ResponseContentDisposition: aws.String(`attachment; filename="` + fileName + `"`),
	}
	presigner := s3.NewPresignClient(b.client, s3.WithPresignExpires(lasts))
	signed, err := presigner.PresignGetObject(ctx, input)
	if err != nil {
		return "", fmt.Errorf("presign download: %w", err)
	}
	return signed.URL, nil
}

// Exists reports whether there is an object of a key.
func (b Bucket) Exists(ctx context.Context, key string) (bool, error) {
	_, err := b.Head(ctx, Source{Key: key})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// erasedAtOnce is how many versions are deleted at once.
const erasedAtOnce = 8

// EraseAll deletes all versions of all objects whose keys begin with a prefix.
func (b Bucket) EraseAll(ctx context.Context, prefix string) error {
	pages := s3.NewListObjectVersionsPaginator(b.client, &s3.ListObjectVersionsInput{
		Bucket: &b.name,
		Prefix: &prefix,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return objectError("list", err)
		}

		var found []types.ObjectIdentifier
		for _, v := range page.Versions {
			found = append(found, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			found = append(found, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}

		erase := func(ctx context.Context, i int) error {
			return b.EraseVersion(ctx, *found[i].Key, *found[i].VersionId)
		}
		if err := parallel.Each(ctx, len(found), erasedAtOnce, erase); err != nil {
			return err
		}
	}
	return nil
}

// EraseVersion deletes a version of an object. Without it, S3 would only hide the object
// behind a marker (Amazon S3 API Reference, "DeleteObject").
func (b Bucket) EraseVersion(ctx context.Context, key, version string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{
		Bucket:    &b.name,
		Key:       &key,
		VersionId: &version,
	})
	if err != nil {
		return objectError("erase", err)
	}
	return nil
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// objectError turns S3's answers into ErrNotFound and ErrChanged. A HEAD has no body, so
// its error has other types than a GET's.
func objectError(operation string, err error) error {
	var (
		missing  *types.NoSuchKey
		notFound *types.NotFound
	)
	if errors.As(err, &missing) || errors.As(err, &notFound) {
		return ErrNotFound
	}

	var answer smithy.APIError
	if errors.As(err, &answer) {
		switch answer.ErrorCode() {
		case "NoSuchKey", "NotFound", "NoSuchVersion":
			return ErrNotFound
		case "PreconditionFailed":
			return ErrChanged
		}
	}
	return fmt.Errorf("%s object: %w", operation, err)
}
