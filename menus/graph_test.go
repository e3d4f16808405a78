package menus_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"sapar/menus"
)

// drawnNodes reads a picture as XML and counts the boxes of each node.
func drawnNodes(t *testing.T, svg []byte) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return seen
		}
		if err != nil {
			t.Fatal(err)
		}
		start, _ := token.(xml.StartElement)
		for _, a := range start.Attr {
			if a.Name.Local == "data-node" {
				seen[a.Value]++
			}
		}
	}
}

func TestAPictureIsTheSameEveryTime(t *testing.T) {
	tree := builtInTree(t)
	for range 5 {
		again := builtInTree(t)
		if !bytes.Equal(tree.SVG(menus.Kyrgyz), again.SVG(menus.Kyrgyz)) || tree.Mermaid(menus.Kyrgyz) != again.Mermaid(menus.Kyrgyz) {
			t.Fatal("two pictures of one tree differ")
		}
	}
}

func TestAPictureShowsEveryNodeOnce(t *testing.T) {
	tree := builtInTree(t)
	for _, lang := range menus.Languages {
		seen := drawnNodes(t, tree.SVG(lang))
		for name := range tree.Nodes {
			if seen[name] != 1 {
				t.Errorf("%s is drawn %d times", name, seen[name])
			}
			if n := strings.Count(tree.Mermaid(lang), "<b>"+name+"</b>"); n != 1 {
				t.Errorf("%s stands %d times in the flowchart", name, n)
			}
		}
		if len(seen) != len(tree.Nodes) {
			t.Errorf("%d boxes for %d nodes", len(seen), len(tree.Nodes))
		}
	}
}

func TestNoTwoBoxesOfAPictureStandInOnePlace(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(string(builtInTree(t).SVG(menus.Russian))) {
		_, box, found := strings.Cut(line, `<rect class="box" `)
		if !found {
			continue
		}
		place, _, _ := strings.Cut(box, " width")
		if seen[place] {
			t.Errorf("two boxes at %s", place)
		}
		seen[place] = true
	}
}

func TestWordingCannotBreakOutOfAPicture(t *testing.T) {
	tree := mustRead(t, "tree: x\nstart: home\nnodes:\n  home:\n    title: "+wording(`<script>"&'\#`)+"\n    sensitive: true\n    menu: [{to: home, label: "+wording("a")+"}]\n")
	svg := string(tree.SVG(menus.English))
	drawnNodes(t, []byte(svg))
	if strings.Contains(svg, "<script") || !strings.Contains(svg, "&lt;script&gt;&quot;&amp;&#39;") {
		t.Error(svg)
	}
	if !strings.Contains(svg, `class="node menu sensitive"`) || !strings.Contains(svg, `class="mark"`) {
		t.Error("a sensitive node is not marked")
	}
	flow := tree.Mermaid(menus.English)
	if strings.Contains(flow, "script>") || !strings.Contains(flow, "#60;script#62;#34;#38;'#92;#35;") || !strings.Contains(flow, ":::sensitive") {
		t.Error(flow)
	}
}

func TestWaysBackAreDashed(t *testing.T) {
	tree := mustRead(t, "tree: x\nstart: home\nnodes:\n  home:\n    menu: [{to: jump, label: "+wording("a")+"}]\n  jump: {goto: {to: end}}\n  end:\n    text: "+
		wording("b")+"\n    facts: "+facts+"\n    then: [{to: home, label: "+wording("c")+"}]\n")
	want := "  n0 -->|1| n1\n  n1 -.-> n2\n  n2 -.-> n0\n"
	if flow := tree.Mermaid(menus.English); !strings.Contains(flow, want) {
		t.Error(flow)
	}
	if n := strings.Count(string(tree.SVG(menus.English)), `<path class="other"`); n != 2 {
		t.Errorf("%d dashed lines, not 2", n)
	}
}

func TestAPictureOfATreeWithoutAStartIsDrawnAllTheSame(t *testing.T) {
	tree := &menus.Tree{Name: "empty"}
	if seen := drawnNodes(t, tree.SVG(menus.English)); len(seen) != 0 {
		t.Error(seen)
	}
}
