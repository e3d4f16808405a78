package callbacks

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"sapar/menus"
)

// JSONText writes a text as JSON without its quotes. Bytes that are not UTF-8 become U+FFFD.
func JSONText(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil { // a text always encodes
		return ""
	}
	quoted := strings.TrimSuffix(b.String(), "\n")
	return quoted[1 : len(quoted)-1]
}

// XMLText writes a text as it stands between two tags.
func XMLText(text string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(text)); err != nil { // a buffer takes all
		return ""
	}
	return b.String()
}

// ValidXML reports whether a text is well-formed XML.
func ValidXML(text string) bool {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// Wide reports whether a text has letters outside GSM 03.38, so that a phone gets it as UCS-2.
func Wide(text string) bool { return menus.Measure(text).Wide }
