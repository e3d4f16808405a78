package menus_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"sapar/menus"
)

// Names of nodes stand in backticks; a path or a file name has a dot or ends in a slash.
var namedInContent = regexp.MustCompile("`([a-z0-9-]+(?:/[a-z0-9-]+)?)`")

func TestContentTableNamesRealNodes(t *testing.T) {
	tree, page := builtInTree(t), readContent(t)
	for _, match := range namedInContent.FindAllStringSubmatch(page, -1) {
		if name := match[1]; name != "facts" && !named(tree, name) {
			t.Errorf("no node or checklist item is named %q", name)
		}
	}
}

func TestContentTableHasEverySubject(t *testing.T) {
	table, _, _ := strings.Cut(readContent(t), "\n## ")
	rows := regexp.MustCompile(`(?m)^\| [^|-]`).FindAllString(table, -1)
	if subjects := len(rows) - 1; subjects != 54 {
		t.Errorf("%d subjects, want 54", subjects)
	}
}

func TestContentListsWhatIsNotShown(t *testing.T) {
	tree := builtInTree(t)
	_, rest, _ := strings.Cut(readContent(t), "\n## What is unconfirmed")
	section, _, _ := strings.Cut(rest, "\n## ")
	for _, name := range hidden(tree) {
		if !strings.Contains(section, "`"+name+"`") {
			t.Errorf("%s is not shown, and the page does not say so", name)
		}
	}
}

func readContent(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/content.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// named reports whether the tree has a node of that name, or for node/item a checklist with that item.
func named(tree *menus.Tree, name string) bool {
	node, item, isItem := strings.Cut(name, "/")
	n, ok := tree.Nodes[node]
	if !ok || !isItem {
		return ok
	}
	list, ok := n.(*menus.Checklist)
	if !ok {
		return false
	}
	for i := range list.Items {
		if list.Items[i].ID == item {
			return true
		}
	}
	return false
}

// hidden names the nodes and checklist items whose facts nobody has confirmed.
func hidden(tree *menus.Tree) []string {
	var out []string
	for name, n := range tree.Nodes {
		switch n := n.(type) {
		case *menus.Checklist:
			for i := range n.Items {
				if !allShown(n.Items[i].Facts) {
					out = append(out, name+"/"+n.Items[i].ID)
				}
			}
		case *menus.Text:
			if !allShown(n.Facts) {
				out = append(out, name)
			}
		case *menus.Remind:
			if !allShown(n.Facts) {
				out = append(out, name)
			}
		}
	}
	return out
}

func allShown(facts []menus.Fact) bool {
	for _, f := range facts {
		if !f.Shown() {
			return false
		}
	}
	return true
}
