package menus_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sapar/menus"
	"sapar/menus/dialogues"
)

func TestEveryMenuShowsAnItemOnItsFirstScreen(t *testing.T) {
	tree, facts := builtInTree(t), &newEnginePhone(t, nil, builtInDirectory(t)).facts
	for name, n := range tree.Nodes {
		if _, ok := n.(*menus.Menu); !ok {
			continue
		}
		for _, lang := range menus.Languages {
			for _, script := range lang.Scripts() {
				if _, screen := menus.Open(tree, lang, script, name, facts); !strings.Contains(screen.Text, "\n1 ") {
					t.Errorf("%s in %s %s shows a heading and no item:\n%s", name, lang, script, screen.Text)
				}
			}
		}
	}
}

func TestEveryKindOfNodeHasADialogue(t *testing.T) {
	for _, kind := range menus.Kinds {
		if _, err := fs.Stat(dialogues.Files, "kind-"+kind+".txt"); err != nil {
			t.Error(err)
		}
	}
}

func TestDialoguesSayWhyTheyMatterAndStopAtTheEnd(t *testing.T) {
	typedAfterTheEnd := regexp.MustCompile(`(?m)^end\n+> [^*]`)
	names, err := fs.Glob(dialogues.Files, "*.txt")
	texted, textedErr := fs.Glob(dialogues.Files, "sms/*.txt")
	if err != nil || textedErr != nil || len(names) < 75 || len(texted) < 25 {
		t.Fatalf("%d dialogues and %d texted ones: %v, %v", len(names), len(texted), err, textedErr)
	}
	for _, name := range slices.Concat(names, texted) {
		text, err := fs.ReadFile(dialogues.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s does not say why it matters", name)
		}
		if typedAfterTheEnd.Match(text) {
			t.Errorf("%s: nobody can type after the last screen", name)
		}
	}
}

func TestTheLastScreenOfAMissingDatabaseHoldsTheWholePhoneNumber(t *testing.T) {
	tree, facts := builtInTree(t), testFacts(t)
	entry, _ := facts.Directory.Entry(facts.Directory.Fallback)
	phone := entry.Phones[0]
	for _, lang := range menus.Languages {
		for _, script := range lang.Scripts() {
			for _, limit := range limits {
				f := *facts
				f.Channel = channelOf(limit, menus.UCS2)
				if got := menus.Apology(tree, lang, script, &f).Text; !strings.Contains(got, phone) {
					t.Errorf("%s %s %v: %q", lang, script, limit, got)
				}
			}
		}
	}
}

func TestEveryContactTheTreeNamesIsInTheDirectory(t *testing.T) {
	contacts := builtInDirectory(t)
	for _, p := range builtInTree(t).Strangers(contacts) {
		t.Error(p)
	}
	trees, _ := menus.Read([]menus.File{{Name: "x.yaml", Text: []byte("tree: x\nstart: a\nnodes:\n  a:\n    title: {ky: x, ru: x, uz: x, en: \"{phone:kg-polise}\"}\n    directory: {of: hotlines, only: [kg-police, kg-nobody]}\n")}})
	got := trees[0].Strangers(contacts)
	if len(got) != 2 || !strings.Contains(got[0].Text, "kg-polise") || !strings.Contains(got[1].Text, "kg-nobody") {
		t.Errorf("%v", got)
	}
}
