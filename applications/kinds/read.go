package kinds

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"sapar/menus"
)

//go:embed *.yaml
var files embed.FS

const (
	statusesFile = "statuses.yaml"
	otherKind    = "other"
)

// Kinds are all kinds of application, and what a text message says of each status.
type Kinds struct {
	kinds    map[string]*Kind
	statuses map[Status]menus.Wording
}

// BuiltIn are the kinds the program knows. They are part of it, so they are read once, and an error is one of the program.
var BuiltIn = sync.OnceValues(func() (*Kinds, error) {
	list, err := BuiltInFiles()
	if err != nil {
		return nil, err
	}
	kinds, problems := Read(list)
	if len(problems) > 0 {
		return nil, fmt.Errorf("read kinds: %w", errors.New(problems[0].String()))
	}
	return kinds, nil
})

// BuiltInFiles are the files of the kinds the program knows.
func BuiltInFiles() ([]menus.File, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("read kinds: %w", err)
	}
	var out []menus.File
	for _, entry := range entries {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read kinds: %w", err)
		}
		out = append(out, menus.File{Name: entry.Name(), Text: text})
	}
	return out, nil
}

// Names lists the kinds.
func (k *Kinds) Names() []string { return slices.Sorted(maps.Keys(k.kinds)) }

// Known reports whether a form may file a kind.
func (k *Kinds) Known(name string) bool { return k.kinds[name] != nil }

// Kind is the kind of a name. An application of a kind that is not known, as a tree of another version may name it, is not lost: it is of the
// kind "other".
func (k *Kinds) Kind(name string) *Kind {
	if kind, ok := k.kinds[name]; ok {
		return kind
	}
	return k.kinds[otherKind]
}

// Neutral is what a text message says of a status, in one language. It holds the reference number and no word of what it is about.
func (k *Kinds) Neutral(status Status, lang menus.Language, number string) string {
	return strings.ReplaceAll(k.statuses[status].In(lang, menus.Russian), "{ref}", Spoken(number))
}

// Asks is what a text message says around a question of the office, in one language.
func (k *Kinds) Asks(lang menus.Language, number, question string) string {
	return strings.ReplaceAll(k.Neutral(asks, lang, number), "{question}", question)
}

// Spoken writes a reference number as it is read aloud: 123-456-7890.
func Spoken(number string) string {
	if len(number) != menus.NumberDigits {
		return number
	}
	return number[:3] + "-" + number[3:6] + "-" + number[6:]
}

// Read makes kinds of files, one of which is statuses.yaml. They are only as good as the problems are none.
func Read(list []menus.File) (*Kinds, []menus.Problem) {
	out := &Kinds{kinds: map[string]*Kind{}}
	var sources []*source
	var problems []menus.Problem
	for _, f := range list {
		s := &source{name: f.Name}
		if path.Base(f.Name) == statusesFile {
			s.decode(f.Text, &out.statuses)
			s.checkStatuses(out.statuses)
		} else if s.decode(f.Text, &s.kind) {
			out.kinds[s.kind.Name] = &s.kind
		}
		sources = append(sources, s)
	}
	for _, s := range sources {
		if s.kind.Name != "" {
			s.check(out)
		}
		problems = append(problems, s.problems...)
	}
	if out.kinds[otherKind] == nil {
		problems = append(problems, menus.Problem{File: "other.yaml", Line: 1, Col: 1, Text: "the kind for what is of no known kind is missing"})
	}
	return out, problems
}

// source is one file as it is read.
type source struct {
	name     string
	tree     *ast.File
	kind     Kind
	problems []menus.Problem
}

// decode reads a file strictly: a key that is not known is a problem at its place.
func (s *source) decode(text []byte, into any) bool {
	tree, err := parser.ParseBytes(text, 0)
	if err == nil {
		s.tree = tree
		err = yaml.UnmarshalWithOptions(text, into, yaml.Strict())
	}
	if err == nil {
		return true
	}
	at, said := menus.Problem{File: s.name, Line: 1, Col: 1, Text: err.Error()}, yaml.Error(nil)
	if errors.As(err, &said) {
		at.Text = said.GetMessage()
		if token := said.GetToken(); token != nil && token.Position != nil {
			at.Line, at.Col = token.Position.Line, token.Position.Column
		}
	}
	s.problems = append(s.problems, at)
	return false
}

// add notes a problem at a path, as $.statuses.review.to[0].
func (s *source) add(at, format string, args ...any) {
	p := menus.Problem{File: s.name, Line: 1, Col: 1, Text: fmt.Sprintf(format, args...)}
	if where, err := yaml.PathString(at); err == nil {
		if node, err := where.FilterFile(s.tree); err == nil {
			if token := node.GetToken(); token != nil && token.Position != nil {
				p.Line, p.Col = token.Position.Line, token.Position.Column
			}
		}
	}
	s.problems = append(s.problems, p)
}

// UnmarshalYAML reads days as 3d.
func (d *Days) UnmarshalYAML(node ast.Node) error {
	text := node.GetToken().Value
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || n <= 0 || !strings.HasSuffix(text, "d") {
		return &yaml.SyntaxError{Message: "a number of days is expected here, as 3d", Token: node.GetToken()}
	}
	*d = Days(n)
	return nil
}
