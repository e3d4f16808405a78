package menus

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// graph is a tree as a picture shows it: every node once, under the node from which it is reached first.
type graph struct {
	tree  *Tree
	lang  Language
	boxes []*box // in the order of first reach
	by    map[string]*box
	roots []*box // the start, then what only a first dial, a keyword or nothing at all leads to
}

// box is a node in a picture.
type box struct {
	node     Node
	index    int
	depth    int    // ways from its root
	label    string // of the way by which it is reached first
	number   string // of that way among the items, empty when it is not an item
	children []*box
	others   []*box // where it leads beside its children
	row      int    // of the layout, the topmost 0
}

// draw orders the nodes of a tree by first reach, breadth first, so that each stands as near to the start as it can.
func (tree *Tree) draw(lang Language) *graph {
	g := &graph{tree: tree, lang: lang, by: map[string]*box{}}
	for _, name := range tree.entrances() {
		if n, ok := tree.Nodes[name]; ok && g.by[name] == nil {
			root := g.add(n, 0)
			g.roots = append(g.roots, root)
			g.grow(root)
		}
	}
	return g
}

// entrances are where a picture begins: at the start, then at what is not reached from it. Nodes that others lead to come last, since by then
// most of them have been drawn.
func (tree *Tree) entrances() []string {
	names := slices.Sorted(maps.Keys(tree.Nodes))
	led := map[string]bool{}
	for _, name := range names {
		for _, l := range ways(tree.Nodes[name]) {
			led[l.To] = true
		}
	}
	out := []string{tree.Start, tree.Language}
	for _, name := range names {
		if !led[name] {
			out = append(out, name)
		}
	}
	return append(out, names...)
}

func (g *graph) add(n Node, depth int) *box {
	b := &box{node: n, index: len(g.boxes), depth: depth}
	g.boxes = append(g.boxes, b)
	g.by[n.common().Name] = b
	return b
}

// grow adds what can be reached from a root and has not been drawn yet.
func (g *graph) grow(root *box) {
	for queue := []*box{root}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for i, l := range ways(from.node) {
			to, ok := g.tree.Nodes[l.To]
			switch {
			case !ok:
			case g.by[l.To] != nil:
				from.lead(g.by[l.To])
			default:
				child := g.add(to, from.depth+1)
				if l.Label.Given() {
					child.label, child.number = l.Label.In(g.lang, g.tree.Base), strconv.Itoa(i+1)
				}
				from.children = append(from.children, child)
				queue = append(queue, child)
			}
		}
	}
}

// lead notes a way to a node that stands elsewhere; two ways to one node are drawn once.
func (b *box) lead(to *box) {
	if !slices.Contains(b.others, to) && !slices.Contains(b.children, to) {
		b.others = append(b.others, to)
	}
}

// ways are the links of a node, with the checklists whose items it includes.
func ways(n Node) []Link {
	out := n.links()
	if list, ok := n.(*Checklist); ok {
		for _, name := range list.Include {
			out = append(out, Link{To: name})
		}
	}
	return out
}

// heading is what a box says first: the node's heading, else the label that leads to it, else its text.
func (g *graph) heading(b *box) string {
	text := b.node.common().Title.In(g.lang, g.tree.Base)
	if text == "" {
		text = b.label
	}
	if t, ok := b.node.(*Text); ok && text == "" {
		text = t.Text.In(g.lang, g.tree.Base)
	}
	return strings.Join(strings.Fields(text), " ")
}

// shorten cuts a text to a number of characters.
func shorten(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return strings.TrimRight(string(letters[:most-1]), " ,.:;-") + "…"
}

// Mermaid draws the tree as a Mermaid flowchart, which code forges show as a picture. Boxes say the heading in a language, the name and the
// kind of a node; a solid arrow is the first way to a node and carries the number of its item, a dotted one any other way. The same tree
// always gives the same text.
func (tree *Tree) Mermaid(lang Language) string {
	g := tree.draw(lang)
	var out strings.Builder
	out.WriteString("flowchart LR\n")
	for _, b := range g.boxes {
		out.WriteString("  " + g.mermaidBox(b) + "\n")
	}
	for _, b := range g.boxes {
		for _, to := range b.children {
			fmt.Fprintf(&out, "  n%d %s n%d\n", b.index, arrow(b, to), to.index)
		}
		for _, to := range b.others {
			fmt.Fprintf(&out, "  n%d -.-> n%d\n", b.index, to.index)
		}
	}
	out.WriteString("  classDef sensitive stroke:#c0392b,stroke-width:3px\n")
	return out.String()
}

// arrow is the way to a child.
func arrow(from, to *box) string {
	switch {
	case from.node.common().Kind == "goto":
		return "-.->"
	case to.number != "":
		return "-->|" + to.number + "|"
	}
	return "-->"
}

func (g *graph) mermaidBox(b *box) string {
	c := b.node.common()
	lines := []string{"<b>" + mermaidText(c.Name) + "</b>", c.Kind}
	if heading := shorten(g.heading(b), 40); heading != "" {
		lines = append(lines, mermaidText(heading))
	}
	text := fmt.Sprintf("n%d[\"%s\"]", b.index, strings.Join(lines, "<br/>"))
	if c.Sensitive {
		text += ":::sensitive"
	}
	return text
}

// mermaidText writes what Mermaid, or the HTML it makes, would read as its own by number.
func mermaidText(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\"#<>&`;{}[]()|\\*_~", r) {
			fmt.Fprintf(&b, "#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
