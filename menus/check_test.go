package menus_test

import (
	"slices"
	"strings"
	"testing"

	"sapar/menus"
)

// oneText is a whole tree with one node.
func oneText(head, node string) string {
	return head + "nodes:\n  " + node + ":\n    text: " + wording("a") + "\n    facts: " + facts + "\n"
}

func TestWhatSeveralFilesSayTogetherIsChecked(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{
			"one tree in two files is whole",
			map[string]string{
				"a.yaml": "tree: x\nstart: home\nnodes:\n  home:\n    menu: [{to: far, label: " + wording("l") + "}]\n",
				"b.yaml": oneText("tree: x\n", "far"),
			},
			nil,
		},
		{
			"a start is given once",
			map[string]string{"a.yaml": oneText("tree: x\nstart: home\n", "home"), "b.yaml": "tree: x\nstart: home\n"},
			[]string{"b.yaml:2:1: start: given in another file of the tree already"},
		},
		{
			"a node stands in one file",
			map[string]string{"a.yaml": oneText("tree: x\nstart: home\n", "home"), "b.yaml": oneText("tree: x\n", "home")},
			[]string{"b.yaml:3:3: node home stands twice in the tree"},
		},
		{
			"a code opens one tree",
			map[string]string{
				"a.yaml": oneText("tree: x\nstart: home\ncodes: [\"*141#\"]\n", "home"),
				"b.yaml": oneText("tree: y\nstart: home\ncodes: [\"*141#\"]\n", "home"),
			},
			[]string{"b.yaml:3:9: code *141# opens tree x already"},
		},
		{
			"a keyword opens one tree, however it is spelt",
			map[string]string{
				"a.yaml": oneText("tree: x\nstart: home\nkeywords: {үй: home}\n", "home"),
				"b.yaml": oneText("tree: y\nstart: home\nkeywords: {УЙ: home}\n", "home"),
			},
			[]string{`b.yaml:3:12: keyword "УЙ" reads like "үй", which opens node home of tree x`},
		},
		{
			"two spellings of a keyword may open one node",
			map[string]string{"a.yaml": oneText("tree: x\nstart: home\nkeywords: {үй: home, уй: home}\n", "home")},
			nil,
		},
	} {
		if got := problems(c.files); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestProblemsComeInTheOrderOfTheFile(t *testing.T) {
	got := problems(map[string]string{
		"b.yaml": "tree: b\nstart: nowhere\ncodes: [x]\nnodes:\n  a: {goto: {to: gone}}\n  c:\n",
		"a.yaml": "tree: [\n",
	})
	want := []string{"a.yaml:1:", "b.yaml:2:", "b.yaml:3:", "b.yaml:5:", "b.yaml:6:"}
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("%q", got)
	}
}

func TestReadingIsTheSameEveryTime(t *testing.T) {
	files := map[string]string{"a.yaml": oneText("tree: x\nstart: gone\nkeywords: {а: gone, б: gone, А: home, ё: home, е: gone}\n", "home")}
	first := problems(files)
	for range 20 {
		if got := problems(files); !slices.Equal(got, first) {
			t.Fatalf("%q, then %q", first, got)
		}
	}
}

func TestAHiddenFactIsNotShownAndLeadsNowhere(t *testing.T) {
	tree := mustRead(t, "tree: x\nstart: home\nnodes:\n  home:\n    text: "+wording("secret")+"\n    then: [{to: home, label: "+wording("on")+
		"}]\n    facts: {source: here, confidence: low}\n")
	state, screen := menus.Open(tree, menus.English, menus.Latin, "", testFacts(t))
	if strings.Contains(screen.Text, "secret") {
		t.Errorf("%q", screen.Text)
	}
	state, screen, _ = menus.Step(tree, state, "1", testFacts(t))
	if state.Misses != 1 || len(state.Trail) != 0 {
		t.Errorf("a hidden link is followed: %+v, %q", state, screen.Text)
	}
}
