package sms

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// place is where something stands in a channels file, both from 1.
type place struct{ line, col int }

// walk notes where every key and every list item stands.
func (r *reading) walk(n ast.Node, path string) {
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			r.walk(v, path)
		}
	case *ast.MappingValueNode:
		inner := strings.TrimPrefix(path+"."+n.Key.GetToken().Value, ".")
		r.note(inner, n.Key)
		r.walk(n.Value, inner)
	case *ast.SequenceNode:
		for i, v := range n.Values {
			inner := fmt.Sprintf("%s.%d", path, i)
			r.note(inner, v)
			r.walk(v, inner)
		}
	}
}

func (r *reading) note(path string, n ast.Node) {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0].Key // a mapping itself is said to stand at its first colon
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		r.where[path] = place{t.Position.Line, t.Position.Column}
	}
}

// at is an error at a path, or at the nearest thing around it when the path itself is not written.
func (r *reading) at(path, why string) error {
	for {
		if p, ok := r.where[path]; ok {
			return fmt.Errorf("%s:%d:%d: %s", r.name, p.line, p.col, why)
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return fmt.Errorf("%s:1:1: %s", r.name, why)
		}
		path = path[:i]
	}
}
