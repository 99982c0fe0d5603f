package mapping

import (
	"errors"
	"io"
	"slices"

	"latchkey/shared/userfile"
)

// Peek reads the first records of a file, and returns them with Records that read the
// file from its beginning. It returns the error of the first record; that of a later one
// comes when the file is read up to it.
func Peek(records userfile.Records) ([]userfile.Record, userfile.Records, error) {
	p := &peeked{Records: records}
	for len(p.first) < Records && p.err == nil {
		var record userfile.Record
		record, p.err = records.Next()
		if p.err == nil {
			p.first = append(p.first, record.Clone())
		}
	}

	if len(p.first) == 0 && !errors.Is(p.err, io.EOF) {
		return nil, nil, p.err
	}
	return slices.Clone(p.first), p, nil
}

// peeked gives back what was read of a file, and then the rest.
type peeked struct {
	userfile.Records
	first []userfile.Record
	err   error // after the first
}

// Next returns the next record. See [userfile.Records].
func (p *peeked) Next() (userfile.Record, error) {
	if len(p.first) > 0 {
		record := p.first[0]
		p.first = p.first[1:]
		return record, nil
	}
	if p.err != nil {
		return userfile.Record{}, p.err
	}
	return p.Records.Next()
}
