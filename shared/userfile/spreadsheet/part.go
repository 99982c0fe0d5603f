package spreadsheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"latchkey/shared/userfile"
)

// What the decoder holds in memory: maxToken bounds the bytes of an element's tag, or of the
// text between two, and maxDepth how many elements stand in each other.
const (
	maxToken = 1 << 20
	maxDepth = 100
)

// part is a part of a file, an XML document in the archive, while it is read.
type part struct {
	entry   io.ReadCloser
	budget  *budget
	decoder *xml.Decoder
	depth   int
}

// openPart opens a part of at most limit bytes.
func openPart(file *zip.File, limit uint64) (*part, error) {
	if file.UncompressedSize64 > limit {
		return nil, errTooLarge
	}

	// An entry ends with an error where it is longer than the archive says, or other bytes
	// than were packed.
	entry, err := file.Open()
	if err != nil {
		return nil, err
	}

	limited := &budget{reader: entry}
	return &part{entry: entry, budget: limited, decoder: xml.NewDecoder(limited)}, nil
}

// Token returns the next token, or io.EOF at the end of the document. It is valid until
// the next one is read.
func (p *part) Token() (xml.Token, error) {
	p.budget.left = maxToken
	token, err := p.decoder.Token()
	switch token.(type) {
	case xml.StartElement:
		p.depth++
	case xml.EndElement:
		p.depth--
	}

	if p.depth > maxDepth {
		return nil, errTooLarge
	}
	return token, err
}

// find goes on to the next element of a name. It returns io.EOF if there is none.
func (p *part) find(name string) (xml.StartElement, error) {
	for {
		token, err := p.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			return start, nil
		}
	}
}

// skip reads to the end of an element that has begun.
func (p *part) skip() error {
	for depth := 1; depth > 0; {
		token, err := p.Token()
		if err != nil {
			return unexpected(err)
		}

		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// text returns the text of an element that has begun: what its <t> hold if it is a rich
// text, else what stands in it. How a text is pronounced (<rPh>) isn't shown.
func (p *part) text(rich bool) (string, error) {
	var text strings.Builder
	in := !rich
	for depth := 1; depth > 0; {
		token, err := p.Token()
		if err != nil {
			return "", unexpected(err)
		}

		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "rPh" {
				if err := p.skip(); err != nil {
					return "", err
				}
				continue
			}
			depth++
			in = !rich || token.Name.Local == "t"
		case xml.EndElement:
			depth--
			in = !rich
		case xml.CharData:
			if in {
				text.Write(token)
			}
		}

		if text.Len() > userfile.MaxRow {
			return "", errTooLong
		}
	}

	return unescape(text.String()), nil
}

// close reads the rest of the part, so that a fault there is found, and closes it.
func (p *part) close() error {
	defer p.entry.Close()

	_, err := io.Copy(io.Discard, p.entry)
	return err
}

// unexpected returns the error for a document that ends too early.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// budget ends the reading of a token that is too long to be held.
type budget struct {
	reader io.Reader
	left   int
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}

	n, err := b.reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// attribute returns an element's attribute, "" if it has none of the name.
func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
