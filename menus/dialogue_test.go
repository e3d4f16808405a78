package menus_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sapar/directory"
	"sapar/menus"
	"sapar/menus/dialogues"
)

var update = flag.Bool("update", false, "rewrite the dialogues, the schema and other kept files with what is shown now")

// enginePhone plays a conversation on the bare engine: a few phones, one person and one call at a time on each.
type enginePhone struct {
	*handset
	tree     *menus.Tree
	desk     *desk
	facts    menus.Facts
	now      time.Time
	handsets map[string]*handset
}

// handset is what is known of one phone.
type handset struct {
	name   string
	lang   menus.Language
	script menus.Script
	ticks  map[string]bool
	state  menus.State
	texts  []string // that were sent and not read
	open   bool     // a call that has not ended
	seen   time.Time
}

// The built-in files are read once for all tests: nobody writes to a tree or a directory.
var (
	readTrees     = sync.OnceValues(func() ([]*menus.Tree, []menus.Problem) { return menus.Read(menus.BuiltIn()) })
	readDirectory = sync.OnceValues(directory.BuiltIn)
)

func builtInTree(t testing.TB) *menus.Tree {
	t.Helper()
	trees, problems := readTrees()
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
	contents, err := readDirectory()
	if err != nil {
		t.Fatal(err)
	}
	return contents.Directory()
}

func newEnginePhone(t testing.TB, tree *menus.Tree, contacts *menus.Directory) *enginePhone {
	t.Helper()
	standard := menus.Limit{Septets: 182, Units: 80}
	p := &enginePhone{tree: tree, desk: newDesk(t, contacts), now: dialogues.Day, handsets: map[string]*handset{}, facts: menus.Facts{
		Directory: contacts, Code: "*141#", Texts: true, Channel: menus.Channel{First: standard, Later: standard},
	}}
	if err := p.PickUp("1"); err != nil {
		t.Fatal(err)
	}
	return p
}

// PickUp takes another phone.
func (p *enginePhone) PickUp(name string) error {
	if p.handsets[name] == nil {
		p.handsets[name] = &handset{name: name, ticks: map[string]bool{}}
	}
	p.handset = p.handsets[name]
	return nil
}

func (p *enginePhone) Speak(lang menus.Language, script menus.Script) error {
	p.lang, p.script = lang, script
	return nil
}

// Inbox reads what was asked for by SMS.
func (p *enginePhone) Inbox() ([]string, error) {
	texts := p.texts
	p.texts = nil
	return texts, nil
}

func (p *enginePhone) Later(d time.Duration) { p.now = p.now.Add(d) }

func (p *enginePhone) Dial(code string) (menus.Screen, error) {
	p.know()
	p.facts.First = true
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
	screen := p.step(menus.Clean(input))
	p.open, p.seen = !screen.End, p.now
	return screen, nil
}

// know makes what is known of the phone in hand facts of a turn.
func (p *enginePhone) know() {
	p.facts.Today, p.facts.Ticks, p.facts.Number, p.facts.Refused = p.now, p.ticks, menus.NewNumber(uint64(len(p.desk.cases)+1)), ""
	p.desk.tell(&p.facts, p.name, p.now)
}

// step takes a step, and once more when what it asks for is refused.
func (p *enginePhone) step(input string) menus.Screen {
	p.know()
	for {
		state, screen, effects := menus.Step(p.tree, p.state, input, &p.facts)
		if p.facts.Refused = p.carry(effects); p.facts.Refused == "" {
			p.state = state
			return screen
		}
	}
}

func (p *enginePhone) carry(effects []menus.Effect) menus.Refusal {
	for _, e := range effects {
		switch {
		case e.Speak != nil:
			p.lang, p.script = e.Speak.Language, e.Speak.Script
		case e.Tick != nil:
			p.ticks[e.Tick.Item] = e.Tick.Done
		case e.Forget != nil:
			p.lang, p.script, p.ticks = "", "", map[string]bool{}
		case e.Send != nil:
			p.texts = append(p.texts, e.Send.Text)
		}
		if refusal := p.desk.carry(e, p.name, p.now); refusal != "" {
			return refusal
		}
		if e.Move != nil && !e.Move.Further {
			p.estrange()
		}
	}
	return ""
}

// estrange makes strangers of the other phones that nobody has any more.
func (p *enginePhone) estrange() {
	for name, h := range p.handsets {
		if h != p.handset && len(p.desk.at(name).pins) == 0 {
			h.lang, h.script = "", ""
		}
	}
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
			got, err := dialogues.Play(string(want), newEnginePhone(t, tree, contacts))
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
