package menus

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
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
		deepest := depth
		for _, c := range line {
			depth += bracket(c)
			deepest = max(deepest, depth)
		}
		if len(line) > maxLine || deepest > maxDepth {
			r.add(at, "the line is too long, or too many brackets are open")
			return false
		}
		at.line++
	}
	return true
}

// bracket is 1 for a bracket that opens and -1 for one that closes.
func bracket(c byte) int {
	switch c {
	case '[', '{':
		return 1
	case ']', '}':
		return -1
	}
	return 0
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
	if twice := keyTwice.FindStringSubmatch(err.GetMessage()); twice != nil {
		return fmt.Sprintf("the key %s stands in line %s already", twice[1], twice[2])
	}
	for _, known := range plainWords {
		if strings.HasPrefix(err.GetMessage(), known.reader) {
			return known.plain
		}
	}
	return err.GetMessage()
}

var keyTwice = regexp.MustCompile(`^mapping key (.*) already defined at \[(\d+):`)

// plainWords are the commonest sentences of the YAML reader, and what an operator can do about them.
var plainWords = []struct{ reader, plain string }{
	{"found character '\t'", "a tab stands where only spaces may"},
	{"mapping value is not allowed", "a colon is not expected here: look at the spaces before the line, or put the text in quotes"},
	{"',' or '}' must be specified", "a comma or } is missing: put quotes around text that holds a comma, a colon or a brace"},
	{"',' or ']' must be specified", "a comma or ] is missing"},
	{"could not find end character of", "the quote is never closed"},
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
