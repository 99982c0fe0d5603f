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
)

// GroupRows is how many rows are looked up together.
const GroupRows = 100

// Row is a good row of a file. The canonical copy has each on a line of its own, as JSON.
type Row struct {
	// Number is the row's number as a spreadsheet shows it.
	Number int         `json:"row"`
	Change user.Change `json:"change"`
}

// Writer writes the canonical copy of a file's good rows, and cuts it into chunks.
type Writer struct {
	w       *counting
	encoder *json.Encoder
	rows    int // of a chunk
	chunks  []job.Chunk
}

// NewWriter returns a writer of a copy in chunks of a number of rows.
func NewWriter(w io.Writer, rows int) *Writer {
	out := &counting{w: w}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return &Writer{w: out, encoder: encoder, rows: rows}
}

// Add writes a row, and returns the number of its chunk.
func (w *Writer) Add(row Row) (chunk int, err error) {
	if len(w.chunks) == 0 || w.chunks[len(w.chunks)-1].Rows == w.rows {
		w.chunks = append(w.chunks, job.Chunk{
			Number:   len(w.chunks),
			From:     w.w.n,
			FirstRow: row.Number,
		})
	}

	last := &w.chunks[len(w.chunks)-1]
	if err := w.encoder.Encode(row); err != nil {
		return 0, fmt.Errorf("write row: %w", err)
	}

	last.Rows++
	last.To = w.w.n
	return last.Number, nil
}

// Chunks returns the chunks of the rows that were written.
func (w *Writer) Chunks() []job.Chunk { return w.chunks }

// counting counts the bytes that are written.
type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Copy is the canonical copy of a job's file, in the bucket.
type Copy struct {
	Bucket object.Bucket
	JobID  string
}

// Keep stores how the copy is cut. It must be called after the copy is written, and before
// anything reads it. To store it twice makes no difference.
func (c Copy) Keep(ctx context.Context, chunks []job.Chunk) error {
	content, err := json.Marshal(chunks)
	if err != nil {
		return err
	}
	return c.Bucket.Write(ctx, object.Index(c.JobID), "application/json", content)
}

// Chunks reads how the copy is cut. It returns object.ErrNotFound if that is gone.
func (c Copy) Chunks(ctx context.Context) (chunks []job.Chunk, err error) {
	content, err := c.Bucket.Read(ctx, object.Index(c.JobID))
	if err == nil {
		err = json.Unmarshal(content, &chunks)
	}
	if err != nil {
		return nil, fmt.Errorf("read how the rows are cut: %w", err)
	}
	return chunks, nil
}

// EachGroup calls do with a chunk's rows, in groups of at most size. An error of do ends
// it. It returns object.ErrNotFound if the copy is gone.
func (c Copy) EachGroup(
	ctx context.Context, chunk job.Chunk, size int, do func([]Row) error,
) error {
	source := object.Source{Key: object.Rows(c.JobID)}
	body, err := c.Bucket.Open(ctx, source, chunk.From, chunk.To)
	if err != nil {
		return fmt.Errorf("read chunk: %w", err)
	}
	defer body.Close()

	var group []Row
	for lines := json.NewDecoder(body); ; {
		var row Row
		err := lines.Decode(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read chunk: %w", err)
		}

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
