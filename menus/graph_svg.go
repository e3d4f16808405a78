package menus

import (
	"fmt"
	"strings"
)

// The measures of a picture, in its own units of about a pixel.
const (
	boxWidth, boxHeight = 232, 38
	columnStep          = boxWidth + 84
	rowStep             = boxHeight + 10
	pictureMargin       = 24
	pictureHead         = 56 // above the boxes: name, codes and what the lines mean
	boxLetters          = 26 // of a heading, in one box
	farRows             = 12 // rows between two boxes from which on the line is drawn faint
)

// graphStyle colours a picture for light and dark screens; a kind is also written in its box, so no colour is needed to read it.
const graphStyle = `
svg { font: 12.5px system-ui, "DejaVu Sans", sans-serif; }
.page { fill: #fbfbfa; }
text { fill: #1d2126; }
.small, .number { font-size: 10.5px; fill: #68707a; }
.name { font-size: 18px; font-weight: 600; }
.box { fill: #fff; stroke: #cfd4da; }
.way { fill: none; stroke: #b4bbc4; stroke-width: 1.4; }
.other { fill: none; stroke: #8d6fc4; stroke-width: 1.1; stroke-dasharray: 5 4; opacity: .7; }
.far { opacity: .16; }
.tip { fill: #8d6fc4; }
.edge { fill: #9aa3ad; }
.menu .edge { fill: #2f6fd0; } .directory .edge { fill: #0f8a8a; } .checklist .edge { fill: #4a9a2f; }
.form .edge, .ask .edge, .consent .edge, .remind .edge, .status .edge, .account .edge { fill: #d08a1f; }
.language .edge, .goto .edge { fill: #8d6fc4; }
.goto .box { stroke-dasharray: 4 3; }
.sensitive .box { stroke: #c0392b; stroke-width: 1.8; }
.sensitive .mark { fill: #c0392b; }
.node:hover .box { stroke: #1d2126; }
@media (prefers-color-scheme: dark) {
.page { fill: #15181c; }
text { fill: #e8eaed; }
.small, .number { fill: #99a2ad; }
.box { fill: #1f2429; stroke: #3a4149; }
.way { stroke: #4c555f; }
.other { stroke: #a78be0; }
.tip { fill: #a78be0; }
.sensitive .box { stroke: #e5675a; }
.sensitive .mark { fill: #e5675a; }
.node:hover .box { stroke: #e8eaed; }
}
`

// SVG draws the tree as a picture that stands alone: the start at the left, every node in the column of its distance from there. Boxes say
// the heading in a language, the name and the kind of a node; a dashed line leads to a node that stands elsewhere. Light and dark screens
// each get their colours, screen readers a title and a description. The same tree always gives the same bytes.
func (tree *Tree) SVG(lang Language) []byte {
	g := tree.draw(lang)
	columns, rows := g.layout()
	width := 2*pictureMargin + columns*columnStep - (columnStep - boxWidth) + 40 // room for the lines that swing out on the right
	height := pictureHead + pictureMargin + rows*rowStep
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="graph-title graph-desc" lang="%s">`,
		width, height, width, height, lang)
	g.head(&out, width, height)
	for _, b := range g.boxes {
		g.lines(&out, b)
	}
	for _, b := range g.boxes {
		g.box(&out, b)
	}
	out.WriteString("</svg>\n")
	return []byte(out.String())
}

// layout gives every box its row, tidily: a node stands beside its first child, so that the start is at the top of a long picture, and
// subtrees move together as far as their outlines allow.
func (g *graph) layout() (columns, rows int) {
	below := outline{}
	for _, root := range g.roots {
		shape := root.tidy()
		by := below.gap(shape)
		root.shift(by)
		below = below.under(shape, by)
	}
	for _, b := range g.boxes {
		columns = max(columns, b.depth+1)
		rows = max(rows, b.row+1)
	}
	return columns, rows
}

// outline is the upper and lower edge of a subtree by depth below its root, in rows.
type outline struct{ top, bottom []int }

// tidy lays out a subtree with its topmost box in row 0 and returns its outline.
func (b *box) tidy() outline {
	var under outline
	for _, child := range b.children {
		shape := child.tidy()
		by := under.gap(shape)
		child.shift(by)
		under = under.under(shape, by)
	}
	return outline{append([]int{b.row}, under.top...), append([]int{b.row}, under.bottom...)}
}

// gap is how far a shape must move down to stand below an outline at every depth they share.
func (o outline) gap(shape outline) int {
	by := 0
	for i := range min(len(o.bottom), len(shape.top)) {
		by = max(by, o.bottom[i]+1-shape.top[i])
	}
	return by
}

// under is an outline with a shape moved down below it.
func (o outline) under(shape outline, by int) outline {
	for i := range shape.top {
		if i < len(o.top) {
			o.bottom[i] = shape.bottom[i] + by
			continue
		}
		o.top = append(o.top, shape.top[i]+by)
		o.bottom = append(o.bottom, shape.bottom[i]+by)
	}
	return o
}

func (b *box) shift(by int) {
	b.row += by
	for _, child := range b.children {
		child.shift(by)
	}
}

// left and middle are where a box stands in the picture.
func (b *box) left() int   { return pictureMargin + b.depth*columnStep }
func (b *box) middle() int { return pictureHead + b.row*rowStep + boxHeight/2 }

func (g *graph) head(out *strings.Builder, width, height int) {
	name, codes := xmlText(g.tree.Name), xmlText(strings.Join(g.tree.Codes, " "))
	fmt.Fprintf(out, "\n<title id=\"graph-title\">Menu tree %s</title>\n<desc id=\"graph-desc\">%d nodes", name, len(g.boxes))
	if codes != "" {
		fmt.Fprintf(out, ", opened by %s", codes)
	}
	fmt.Fprintf(out, "; from %s on the left to what is reached from it on the right.</desc>\n<style>%s</style>\n", xmlText(g.tree.Start), graphStyle)
	out.WriteString(`<defs><marker id="graph-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>` + "\n")
	fmt.Fprintf(out, `<rect class="page" width="%d" height="%d"/>`+"\n", width, height)
	fmt.Fprintf(out, `<text x="%d" y="32"><tspan class="name">%s</tspan><tspan class="small" dx="12">%s · %d nodes · solid line: the first way to a node · dashed: another way · ● sensitive</tspan></text>`+"\n",
		pictureMargin, name, codes, len(g.boxes))
}

func (g *graph) lines(out *strings.Builder, from *box) {
	for _, to := range from.children {
		if from.node.common().Kind == "goto" {
			other(out, from, to)
			continue
		}
		way(out, from, to)
	}
	for _, to := range from.others {
		other(out, from, to)
	}
}

// way draws the first way to a node: along a trunk that the children of a node share, then a branch to the right.
func way(out *strings.Builder, from, to *box) {
	x1, y1, x2, y2 := from.left()+boxWidth, from.middle(), to.left(), to.middle()
	if y1 == y2 {
		fmt.Fprintf(out, `<path class="way" d="M%d %dH%d"/>`+"\n", x1, y1, x2)
		return
	}
	trunk := x1 + 24
	fmt.Fprintf(out, `<path class="way" d="M%d %dH%dQ%d %d %d %dV%dQ%d %d %d %dH%d"/>`+"\n",
		x1, y1, trunk-8, trunk, y1, trunk, y1+8, y2-8, trunk, y2, trunk+8, y2, x2)
}

// other draws the way to a node that stands elsewhere: forward into its left side, back or sideways around into its right side.
func other(out *strings.Builder, from, to *box) {
	x1, y1 := from.left()+boxWidth, from.middle()+8
	x2, y2 := to.left(), to.middle()+8
	c1, c2 := x1+50, x2-50
	if to.depth <= from.depth {
		x2 += boxWidth
		c2 = x2 + 50
	}
	class := "other"
	if distance := to.row - from.row; distance > farRows || -distance > farRows {
		class += " far"
	}
	fmt.Fprintf(out, `<path class="%s" marker-end="url(#graph-tip)" d="M%d %dC%d %d %d %d %d %d"/>`+"\n", class, x1, y1, c1, y1, c2, y2, x2, y2)
}

func (g *graph) box(out *strings.Builder, b *box) {
	c := b.node.common()
	x, y := b.left(), b.middle()-boxHeight/2
	heading, class, mark := g.heading(b), c.Kind, ""
	if c.Sensitive {
		class += " sensitive"
		mark = `<tspan class="mark">● </tspan>`
	}
	fmt.Fprintf(out, `<g class="node %s" data-node="%s"><title>%s</title>`, class, xmlText(c.Name), xmlText(b.describe(heading)))
	fmt.Fprintf(out, `<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="6"/><rect class="edge" x="%d" y="%d" width="4" height="%d" rx="2"/>`,
		x, y, boxWidth, boxHeight, x, y+5, boxHeight-10)
	fmt.Fprintf(out, `<text x="%d" y="%d">%s%s</text>`, x+12, y+16, mark, xmlText(shorten(heading, boxLetters)))
	fmt.Fprintf(out, `<text class="small" x="%d" y="%d">%s · %s</text>`, x+12, y+31, xmlText(shorten(c.Name, boxLetters-4)), c.Kind)
	if b.number != "" {
		fmt.Fprintf(out, `<text class="number" x="%d" y="%d" text-anchor="end">%s</text>`, x-4, b.middle()-4, b.number)
	}
	out.WriteString("</g>\n")
}

// describe says in full what a box cuts short, and where it leads beside its children.
func (b *box) describe(heading string) string {
	text := strings.TrimSpace(heading + " (" + b.node.common().Name + ")")
	for i, to := range b.others {
		if i == 0 {
			text += ", leads also to"
		}
		text += " " + to.node.common().Name
	}
	return text
}

// xmlText writes a text so that XML reads it as text; characters that XML cannot hold are dropped.
func xmlText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return xmlMarks.Replace(text)
}

var xmlMarks = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")
