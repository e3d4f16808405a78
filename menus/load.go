package menus

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// File is one file of a tree, by its name and its bytes.
type File struct {
	Name string
	Text []byte
}

// Problem is one thing that is wrong with a tree, and where.
type Problem struct {
	File string
	Line int // from 1
	Col  int // from 1
	Text string
}

// String writes a problem as file:line:col: what is wrong.
func (p Problem) String() string { return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Text) }

// position is where something stands in a file.
type position struct {
	file      string
	line, col int
}

// source is one file as it was read: its content and where each part of it stands.
type source struct {
	treeFile
	file  File
	name  string
	where map[string]position // by path, as nodes.home.menu.0.to
}

func (s *source) at(path string) position {
	if p, ok := s.where[path]; ok {
		return p
	}
	return position{s.name, 1, 1}
}

// Read makes trees of files. Files of one tree are read together; a tree is only as good as its problems are none.
func Read(files []File) ([]*Tree, []Problem) {
	r := &report{codeOf: map[string]string{}, wordOf: map[string]keyword{}}
	byTree := map[string][]*source{}
	var names []string
	for _, f := range files {
		s, ok := r.read(f)
		if !ok {
			continue
		}
		if byTree[s.Tree] == nil {
			names = append(names, s.Tree)
		}
		byTree[s.Tree] = append(byTree[s.Tree], s)
	}
	trees := make([]*Tree, 0, len(names))
	for _, name := range names {
		trees = append(trees, r.build(name, byTree[name]))
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return trees, r.problems
}

func (r *report) read(f File) (*source, bool) {
	start := position{f.Name, 1, 1}
	if !r.readable(f) {
		return nil, false
	}
	tree, err := parser.ParseBytes(f.Text, 0)
	if err != nil {
		r.addYAML(f.Name, err)
		return nil, false
	}
	if len(tree.Docs) > 1 {
		r.add(position{f.Name, tree.Docs[1].GetToken().Position.Line, 1}, "a file holds one tree: remove the line ---")
		return nil, false
	}
	s := &source{file: f, name: f.Name, where: map[string]position{}}
	for _, doc := range tree.Docs {
		if alias := firstAlias(doc); alias != nil {
			at := alias.GetToken().Position
			r.add(position{f.Name, at.Line, at.Column}, "anchors and aliases are not read: write the text out")
			return nil, false
		}
		s.walk(doc.Body, "")
	}
	if err := yaml.UnmarshalWithOptions(f.Text, &s.treeFile, yaml.Strict()); err != nil {
		r.addYAML(f.Name, err)
		return nil, false
	}
	if s.Tree == "" {
		r.add(start, "tree: the name of the tree is missing")
		return nil, false
	}
	return s, true
}

// firstAlias finds an alias: a few of them can make a file of a kilobyte fill the memory.
func firstAlias(doc *ast.DocumentNode) ast.Node {
	if doc.Body == nil {
		return nil
	}
	if found := ast.Filter(ast.AliasType, doc.Body); len(found) > 0 {
		return found[0]
	}
	return nil
}

// walk notes where every key and every list item stands.
func (s *source) walk(n ast.Node, path string) {
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			s.walk(v, path)
		}
	case *ast.MappingValueNode:
		inner := n.Key.GetToken().Value
		if path != "" {
			inner = path + "." + inner
		}
		s.note(inner, n.Key)
		s.walk(n.Value, inner)
	case *ast.SequenceNode:
		for i, v := range n.Values {
			inner := fmt.Sprintf("%s.%d", path, i)
			s.note(inner, v)
			s.walk(v, inner)
		}
	}
}

func (s *source) note(path string, n ast.Node) {
	if t := n.GetToken(); t != nil && t.Position != nil {
		s.where[path] = position{s.name, t.Position.Line, t.Position.Column}
	}
}
