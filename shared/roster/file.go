package roster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"latchkey/shared/job"
	"latchkey/shared/object"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// GroupRows is how many rows are looked up together.
const GroupRows = 100

// File reads the files of jobs from the bucket, by the deployment's columns.
type File struct {
	Bucket       object.Bucket
	Devices      []user.Device
	CustomFields []string
}

// Keep stores a file's header and how the file is cut. It must be called before anything
// reads the file in chunks. To store them twice makes no difference.
func (f File) Keep(
	ctx context.Context, jobID string, chunks []job.Chunk, header userfile.Header,
) error {
	if err := f.write(ctx, object.Index(jobID), chunks); err != nil {
		return err
	}
	return f.write(ctx, object.Header(jobID), header)
}

func (f File) write(ctx context.Context, key string, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return f.Bucket.Write(ctx, key, "application/json", content)
}

// Chunks reads how a job's file is cut.
func (f File) Chunks(ctx context.Context, jobID string) (chunks []job.Chunk, err error) {
	err = f.read(ctx, object.Index(jobID), &chunks)
	return chunks, err
}

func (f File) read(ctx context.Context, key string, out any) error {
	content, err := f.Bucket.Read(ctx, key)
	if err == nil {
		err = json.Unmarshal(content, out)
	}
	if err != nil {
		return fmt.Errorf("read how the file is cut: %w", err)
	}
	return nil
}

// EachGroup calls do with a chunk's valid rows, in groups of at most size. An error of do
// ends it. The rows come without their bytes. Nothing can be read any more after
// object.ErrNotFound (the file is gone), object.ErrChanged and userfile.ErrColumn.
func (f File) EachGroup(
	ctx context.Context, j job.Job, chunk job.Chunk, size int, do func([]userfile.Row) error,
) error {
	var header userfile.Header
	if err := f.read(ctx, object.Header(j.ID), &header); err != nil {
		return err
	}

	source := object.Source{Key: j.Source.Key, Version: j.Source.Version, ETag: j.Source.ETag}
	body, err := f.Bucket.Open(ctx, source, chunk.From, chunk.To)
	if err != nil {
		return fmt.Errorf("read chunk: %w", err)
	}
	defer body.Close()

	schema := userfile.Schema{Devices: f.Devices, CustomFields: f.CustomFields}
	reader, err := userfile.NewChunkReader(body, schema, header, chunk.From, chunk.FirstRow)
	if err != nil {
		return fmt.Errorf("read chunk: %w", err)
	}

	var group []userfile.Row
	for position := 0; ; position++ {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read chunk: %w", err)
		}
		// A row may be bad for what a chunk can't show: an earlier row has its user.
		if chunk.IsBad(position) || !row.Valid() {
			continue
		}

		row.Raw = nil
		group = append(group, row)
		if len(group) == size {
			if err := do(group); err != nil {
				return err
			}
			group = nil
		}
	}

	if group == nil {
		return nil
	}
	return do(group)
}
