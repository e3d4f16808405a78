package callbacks

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// place is where something stands in a channels file, both from 1.
type place struct{ line, col int }

// walk notes where every key and every list item stands.
func (f *File) walk(n ast.Node, path string) {
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			f.walk(v, path)
		}
	case *ast.MappingValueNode:
		inner := strings.TrimPrefix(path+"."+n.Key.GetToken().Value, ".")
		f.note(inner, n.Key)
		f.walk(n.Value, inner)
	case *ast.SequenceNode:
		for i, v := range n.Values {
			inner := fmt.Sprintf("%s.%d", path, i)
			f.note(inner, v)
			f.walk(v, inner)
		}
	}
}

func (f *File) note(path string, n ast.Node) {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0].Key // a mapping itself is said to stand at its first colon
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		f.where[path] = place{t.Position.Line, t.Position.Column}
	}
}

// At is an error at a path, or at the nearest thing around it when the path itself is not written.
func (f *File) At(path, why string) error { return fmt.Errorf("%s: %s", f.Place(path), why) }

// Place is file:line:col of a path, or of the nearest thing around it when the path itself is not written.
func (f *File) Place(path string) string {
	for {
		if p, ok := f.where[path]; ok {
			return fmt.Sprintf("%s:%d:%d", f.name, p.line, p.col)
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return f.name + ":1:1"
		}
		path = path[:i]
	}
}
