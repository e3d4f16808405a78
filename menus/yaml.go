package menus

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// What a tree file may be at most. More than that is a mistake or an attack: the YAML reader needs time by the square of the depth and of the
// number of keys, a minute and more for a megabyte.
const (
	maxFile  = 512 << 10 // bytes
	maxParts = 20_000    // lines and commas
	maxLine  = 4 << 10   // bytes
	maxDepth = 32        // open brackets
)

// readable reports whether a file is text of a size and depth that can be read in a moment.
func (r *report) readable(f File) bool {
	at := position{f.Name, 1, 1}
	if len(f.Text) > maxFile || bytes.Count(f.Text, []byte{'\n'})+bytes.Count(f.Text, []byte{','}) > maxParts {
		r.add(at, "the file is too large: split it into several files of the same tree")
		return false
	}
	if !utf8.Valid(f.Text) || bytes.IndexByte(f.Text, 0) >= 0 {
		r.add(at, "the file is no text in UTF-8")
		return false
	}
	depth := 0
	for line := range bytes.Lines(f.Text) {
		depth += brackets(line)
		if len(line) > maxLine || depth > maxDepth {
			r.add(at, "the line is too long, or too many brackets are open")
			return false
		}
		at.line++
	}
	return true
}

// brackets is how many more brackets are opened in a line than closed.
func brackets(line []byte) int {
	open := 0
	for _, c := range line {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open--
		}
	}
	return open
}

// addYAML brings an error of the YAML reader to file:line:col, in words that need no knowledge of Go.
func (r *report) addYAML(file string, err error) {
	at := position{file, 1, 1}
	var y yaml.Error
	if !errors.As(err, &y) {
		r.add(at, "%s", err)
		return
	}
	if t := y.GetToken(); t != nil && t.Position != nil {
		at.line, at.col = t.Position.Line, t.Position.Column
	}
	r.add(at, "%s", plainly(y))
}

func plainly(err yaml.Error) string {
	switch err := err.(type) {
	case *yaml.UnknownFieldError:
		return strings.Replace(err.Message, "unknown field", "no key here is named", 1)
	case *yaml.UnexpectedNodeTypeError:
		return fmt.Sprintf("%s is expected here, not %s", yamlName(err.Expected), yamlName(err.Actual))
	case *yaml.TypeError:
		return fmt.Sprintf("%s is expected here, not %s", goName(err.DstType), goName(err.SrcType))
	}
	if strings.HasPrefix(err.GetMessage(), "found character '\t'") {
		return "a tab stands where only spaces may"
	}
	return err.GetMessage()
}

func yamlName(t ast.NodeType) string {
	switch t {
	case ast.MappingType, ast.MappingValueType:
		return "a map of keys"
	case ast.SequenceType:
		return "a list"
	case ast.StringType, ast.LiteralType:
		return "a text"
	case ast.IntegerType, ast.FloatType:
		return "a number"
	case ast.NullType:
		return "nothing"
	}
	return strings.ToLower(t.String())
}

func goName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Map, reflect.Struct:
		return "a map of keys"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	}
	return "a number"
}
