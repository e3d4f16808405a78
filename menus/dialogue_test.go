package menus_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sapar/directory"
	"sapar/menus"
	"sapar/menus/dialogues"
)

var update = flag.Bool("update", false, "rewrite the dialogues, the schema and other kept files with what is shown now")

// enginePhone plays a conversation on the bare engine: one person, one call at a time.
type enginePhone struct {
	tree   *menus.Tree
	facts  menus.Facts
	now    time.Time
	lang   menus.Language
	script menus.Script
	state  menus.State
	open   bool // a call that has not ended
	seen   time.Time
}

func builtInTree(t testing.TB) *menus.Tree {
	t.Helper()
	trees, problems := menus.Read(menus.BuiltIn())
	for _, p := range problems {
		t.Error(p)
	}
	if len(trees) != 1 {
		t.Fatalf("%d built-in trees", len(trees))
	}
	return trees[0]
}

func builtInDirectory(t testing.TB) *menus.Directory {
	t.Helper()
	contents, err := directory.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return contents.Directory()
}

func newEnginePhone(tree *menus.Tree, contacts *menus.Directory) *enginePhone {
	standard := menus.Limit{Septets: 182, Units: 80}
	return &enginePhone{tree: tree, now: dialogues.Day, facts: menus.Facts{
		Directory: contacts, Code: "*141#", Number: menus.NewNumber(1), Ticks: map[string]bool{}, Texts: true,
		Channel: menus.Channel{First: standard, Later: standard},
	}}
}

func (p *enginePhone) Speak(lang menus.Language, script menus.Script) error {
	p.lang, p.script = lang, script
	return nil
}

func (p *enginePhone) Later(d time.Duration) { p.now = p.now.Add(d) }

func (p *enginePhone) Dial(code string) (menus.Screen, error) {
	p.facts.First, p.facts.Today = true, p.now
	path, _ := strings.CutPrefix(strings.TrimSuffix(code, "#"), "*141")
	var screen menus.Screen
	switch held, window := p.dropped(); {
	case path != "":
		p.state, screen = menus.Open(p.tree, p.lang, p.script, p.tree.Start, &p.facts)
		for step := range strings.SplitSeq(path[1:], "*") {
			screen = p.step(step)
		}
	case held != nil && p.now.Sub(p.seen) <= window:
		p.facts.HeldTree = p.tree
		p.state, screen = menus.Offer(p.tree, *held, &p.facts)
	default:
		p.state, screen = menus.Open(p.tree, p.lang, p.script, "", &p.facts)
	}
	p.open, p.seen, p.facts.First = !screen.End, p.now, false
	return screen, nil
}

func (p *enginePhone) dropped() (*menus.State, time.Duration) {
	if !p.open {
		return nil, 0
	}
	return p.tree.Dropped(&p.state)
}

func (p *enginePhone) Type(input string) (menus.Screen, error) {
	p.facts.Today = p.now
	screen := p.step(menus.Clean(input))
	p.open, p.seen = !screen.End, p.now
	return screen, nil
}

func (p *enginePhone) step(input string) menus.Screen {
	state, screen, effects := menus.Step(p.tree, p.state, input, &p.facts)
	p.state = state
	for _, e := range effects {
		switch {
		case e.Speak != nil:
			p.lang, p.script = e.Speak.Language, e.Speak.Script
		case e.Tick != nil:
			p.facts.Ticks[e.Tick.Item] = e.Tick.Done
		}
	}
	return screen
}

func TestDialoguesOnTheBareEngine(t *testing.T) {
	tree, contacts := builtInTree(t), builtInDirectory(t)
	names, err := fs.Glob(dialogues.Files, "*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".txt"), func(t *testing.T) {
			want, err := fs.ReadFile(dialogues.Files, name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := dialogues.Play(string(want), newEnginePhone(tree, contacts))
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(filepath.Join("dialogues", name), []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("the phone shows:\n%s\nthe file says:\n%s", got, want)
			}
		})
	}
}
