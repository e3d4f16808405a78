package callbacks

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
)

// readXML reads the fields of a posted XML document, which is text/xml or application/xml: an element by its name, an attribute as
// element@attribute, wherever they stand. Prefixes of names are not looked at.
func readXML(r *http.Request, known []string) (Fields, error) {
	contentType := XMLType
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && got == "application/xml" {
		contentType = got
	}
	body, err := Body(r, contentType)
	if err != nil {
		return nil, err
	}
	d := document{fields: make(Fields, len(known)), known: known}
	if err := d.read(xml.NewDecoder(bytes.NewReader(body))); err != nil {
		return nil, err
	}
	return d.fields, nil
}

// document is an XML document while it is read.
type document struct {
	fields Fields
	known  []string
	open   []string // the elements around the place that is read
	roots  int
}

func (d *document) read(from *xml.Decoder) error {
	for {
		token, err := from.Token()
		switch {
		case errors.Is(err, io.EOF) && d.roots == 1:
			return nil
		case err != nil, d.roots > 1: // the error itself quotes what was sent
			return Bad("body", "is no XML document in UTF-8")
		}
		if err := d.take(token); err != nil {
			return err
		}
	}
}

func (d *document) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return d.begin(t)
	case xml.EndElement:
		d.open = d.open[:len(d.open)-1]
	case xml.CharData:
		if n := len(d.open); n > 0 && slices.Contains(d.known, d.open[n-1]) {
			d.fields[d.open[n-1]] += string(t)
		}
	case xml.Directive: // no carrier needs a DOCTYPE, and some parsers were broken with one
		return Bad("body", "must not hold a DOCTYPE")
	}
	return nil
}

func (d *document) begin(t xml.StartElement) error {
	if len(d.open) == 0 {
		d.roots++
	}
	d.open = append(d.open, t.Name.Local)
	if len(d.open) > maxDepth {
		return Bad("body", "is nested too deep")
	}
	if err := d.put(t.Name.Local, ""); err != nil {
		return err
	}
	for _, a := range t.Attr {
		if err := d.put(t.Name.Local+"@"+a.Name.Local, a.Value); err != nil {
			return err
		}
	}
	return nil
}

// put notes a field that is read; it may stand in the document once.
func (d *document) put(name, value string) error {
	if !slices.Contains(d.known, name) {
		return nil
	}
	if _, twice := d.fields[name]; twice {
		return Bad(name, "stands in the callback more than once")
	}
	d.fields[name] = value
	return nil
}
