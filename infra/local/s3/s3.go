// Package s3 stands in for S3, by gofakes3 in this process.
package s3

import (
	"context"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"latchkey/infra/local/engine"
)

// Start starts gofakes3 in this process, with path-style addresses and CORS for every
// origin. Whoever calls it must have signed the request by credentials that find finds,
// or have it presigned, unless open takes it without. After each put it calls created,
// which must not block.
//
// What gofakes3 leaves out is added here: signatures, If-Match on a read, versions on
// HEAD, the "aws-chunked" encodings, and that a put replaces the metadata of the object
// before it.
func Start(
	find Credentials, open func(*http.Request) bool, created func(Created),
) (*engine.Engine, error) {
	store := objects{s3mem.New()}
	fake := gofakes3.New(store, gofakes3.WithInsecureCORS())
	e, err := engine.Serve(&gate{
		store:   store,
		next:    fake.Server(),
		find:    find,
		open:    open,
		created: created,
		now:     time.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("start S3: %w", err)
	}

	return e, nil
}

// Client returns a client of the engine at the endpoint.
func Client(endpoint string) *s3.Client {
	return s3.NewFromConfig(engine.Config(), func(o *s3.Options) {
		o.BaseEndpoint = &endpoint
		o.UsePathStyle = true
	})
}

// Account finds the credentials of the account, which are those of every local client.
func Account(id string) (aws.Credentials, bool) {
	account := aws.Credentials{
		AccessKeyID:     engine.AccessKeyID,
		SecretAccessKey: engine.SecretAccessKey,
	}
	return account, id == account.AccessKeyID
}

// CreateBucket creates a bucket that stores every version of its objects.
func CreateBucket(ctx context.Context, client *s3.Client, name string) error {
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name}); err != nil {
		return fmt.Errorf("create bucket: %w", err)
	}

	_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &name,
		VersioningConfiguration: &types.VersioningConfiguration{
			Status: types.BucketVersioningStatusEnabled,
		},
	})
	if err != nil {
		return fmt.Errorf("set versioning of bucket: %w", err)
	}

	return nil
}

// objects is a memory store in which a put replaces the object's metadata, where gofakes3
// would add to it: a put sets the names of before to blank, and a read leaves blanks out.
type objects struct{ *s3mem.Backend }

// PutObject stores an object, with blanks for the metadata that it no longer has.
func (o objects) PutObject(
	bucket, key string,
	meta map[string]string,
	body io.Reader,
	size int64,
	conditions *gofakes3.PutConditions,
) (gofakes3.PutObjectResult, error) {
	if old, err := o.Backend.HeadObject(bucket, key); err == nil {
		for name := range old.Metadata {
			if _, ok := meta[name]; !ok {
				meta[name] = ""
			}
		}
	}
	return o.Backend.PutObject(bucket, key, meta, body, size, conditions)
}

// HeadObject returns the latest version of an object, without its content.
func (o objects) HeadObject(bucket, key string) (*gofakes3.Object, error) {
	return withoutBlanks(o.Backend.HeadObject(bucket, key))
}

// GetObject returns the latest version of an object, or a range of it.
func (o objects) GetObject(
	bucket, key string, r *gofakes3.ObjectRangeRequest,
) (*gofakes3.Object, error) {
	return withoutBlanks(o.Backend.GetObject(bucket, key, r))
}

// GetObjectVersion returns a version of an object, or a range of it.
func (o objects) GetObjectVersion(
	bucket, key string, version gofakes3.VersionID, r *gofakes3.ObjectRangeRequest,
) (*gofakes3.Object, error) {
	return withoutBlanks(o.Backend.GetObjectVersion(bucket, key, version, r))
}

func withoutBlanks(object *gofakes3.Object, err error) (*gofakes3.Object, error) {
	if err != nil {
		return nil, err
	}
	object.Metadata = maps.Clone(object.Metadata)
	maps.DeleteFunc(object.Metadata, func(_, value string) bool { return value == "" })
	return object, nil
}

// gate is the gate before gofakes3.
type gate struct {
	store   objects
	next    http.Handler
	find    Credentials
	open    func(*http.Request) bool // takes what nobody has signed
	created func(Created)
	now     func() time.Time
}

// ServeHTTP lets a request pass to gofakes3, in a form that it understands. It calls
// created after a put.
func (h *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A browser asks without a signature whether it may put a file.
	if r.Method != http.MethodOptions {
		if refused := h.refused(r); refused != nil {
			refuse(w, refused.status, refused.code, refused.message)
			return
		}
	}

	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		h.read(w, r.Clone(r.Context()), bucket, key)
		return
	}

	if err := decodeChunks(r); err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", err.Error())
		return
	}

	status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	h.next.ServeHTTP(status, r)

	name := createdBy(r, r.URL.Query())
	if name != "" && key != "" && status.status == http.StatusOK {
		h.tell(name, bucket, key, w.Header().Get("X-Amz-Version-Id"))
	}
}

// read answers a GET or HEAD. It changes the request.
func (h *gate) read(w http.ResponseWriter, r *http.Request, bucket, key string) {
	if r.Header.Get("If-Match") != "" && !h.pin(r, bucket, key) {
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed",
			"At least one of the pre-conditions you specified did not hold")
		return
	}

	if key != "" {
		r.Method = http.MethodGet // its HEAD knows no versions; the server sends no body anyway
	}

	h.next.ServeHTTP(w, r)
}

// pin reports whether the object has the ETag that the request asks for. If so it makes
// the request one for that version, so that no put in between can change the answer.
func (h *gate) pin(r *http.Request, bucket, key string) bool {
	query := r.URL.Query()
	version := gofakes3.VersionID(query.Get("versionId"))
	object, err := h.store.HeadObjectVersion(bucket, key, version)
	if err != nil {
		return true // gofakes3 answers that there is none
	}

	tag := r.Header.Get("If-Match")
	if tag != "*" && strings.Trim(tag, `"`) != hex.EncodeToString(object.Hash) {
		return false
	}

	query.Set("versionId", string(object.VersionID))
	r.URL.RawQuery = query.Encode()
	return true
}

// tell calls created for an object that was just put, unless it is deleted already.
func (h *gate) tell(name, bucket, key, version string) {
	object, err := h.store.HeadObjectVersion(bucket, key, gofakes3.VersionID(version))
	if err != nil {
		return
	}

	h.created(Created{
		Name:    name,
		Bucket:  bucket,
		Key:     key,
		Size:    object.Size,
		ETag:    hex.EncodeToString(object.Hash),
		Version: version,
		At:      h.now(),
	})
}

// createdBy returns the name of the event that the request causes if it succeeds, or "".
func createdBy(r *http.Request, query url.Values) string {
	switch {
	case r.Method == http.MethodPut && len(query["uploadId"]) == 0:
		return "ObjectCreated:Put"
	case r.Method == http.MethodPost && len(query["uploadId"]) > 0:
		return "ObjectCreated:CompleteMultipartUpload"
	}
	return ""
}

// refuse answers an error as S3 does.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: message}) // a client that has gone reads no error
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader writes and remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
