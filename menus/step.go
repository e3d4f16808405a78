package menus

// The keys that mean the same on every screen.
const (
	keyBack  = "0"
	keyHome  = "00"
	keyMore  = "99"
	keyLeave = "000"
)

// helpAfter is how many wrong keys in a row bring the help text instead of the kind line.
const helpAfter = 3

// turn is one step being taken: what the nodes read and change.
type turn struct {
	tree    *Tree
	state   *State
	facts   *Facts
	words   *Words
	effects []Effect
	lead    string            // the line above the screen
	missed  bool              // the input was not understood
	firm    bool              // the line says what is wrong however often
	vars    map[string]string // values for wording that this screen alone has
	ticked  map[string]bool   // the ticks, once this turn has changed one
	changed *Deadline         // one that this turn has ended, without an event, or given another: it is stored by the next turn only
	end     bool
	last    string // the last screen of the call, when it is not a node's own
}

// Open begins a dialogue. With no node named it is the start of the tree, or the choice of a language for a person who has none yet.
func Open(tree *Tree, lang Language, script Script, node string, facts *Facts) (State, Screen) {
	if node == "" {
		state := State{Language: lang}
		(&turn{tree: tree, state: &state}).home()
		node = state.Here.Node
	}
	return OpenAt(tree, lang, script, Spot{Node: node}, facts)
}

// OpenAt begins a dialogue at a spot, as a texted keyword does.
func OpenAt(tree *Tree, lang Language, script Script, at Spot, facts *Facts) (State, Screen) {
	state := State{Tree: tree.Name, Revision: tree.Revision, Language: lang, Script: script, Number: facts.Number, Here: at}
	return Show(tree, state, facts)
}

// Offer begins a dialogue by asking whether a dropped one shall go on; nothing of its content is shown.
func Offer(tree *Tree, held State, facts *Facts) (State, Screen) {
	state := State{
		Tree: tree.Name, Revision: tree.Revision, Language: held.Language, Script: held.Script,
		Number: facts.Number, Here: Spot{Node: tree.Start}, Held: &held,
	}
	return Show(tree, state, facts)
}

// Show renders where the person is, without an input.
func Show(tree *Tree, state State, facts *Facts) (State, Screen) {
	t := begin(tree, &state, facts)
	if facts.Started {
		t.notice(t.words.Started)
	}
	t.settle()
	screen := t.screen()
	return state, screen
}

// Step takes one input: it returns the state after it, the screen to show and the effects to carry out with the state.
// A wrong input changes nothing but the count of wrong ones, and never ends the call.
func Step(tree *Tree, state State, input string, facts *Facts) (State, Screen, []Effect) {
	t := begin(tree, &state, facts)
	t.take(Clean(input))
	t.settle()
	screen := t.screen()
	return state, screen, t.effects
}

func begin(tree *Tree, state *State, facts *Facts) *turn {
	t := &turn{tree: tree, state: state, facts: facts}
	if _, known := tree.Nodes[state.Here.Node]; !known {
		state.Here, state.Trail = Spot{Node: tree.Start}, nil
	}
	t.speak()
	return t
}

// speak looks up the words of the person's language, again after it has changed.
func (t *turn) speak() { t.words = wordsOf(t.language()).on(&t.facts.Channel) }

// language is what is shown: the person's, or the tree's base while none is known.
func (t *turn) language() Language {
	if t.state.Language.Known() {
		return t.state.Language
	}
	return t.tree.Base
}

func (t *turn) take(input string) {
	before := t.state.Misses
	t.state.Misses = 0
	switch {
	case input == keyLeave:
		t.leave(t.words.Bye)
	case t.state.Held != nil:
		t.takeUp(input, before+1)
	case input == keyBack:
		t.back()
	case input == keyHome:
		t.home()
	case input == keyMore && t.state.Next > 0:
		t.more()
	default:
		t.answer(input)
	}
	if t.missed {
		t.miss(before + 1)
	}
}

func (t *turn) answer(input string) {
	if len(input) > 4*MaxInput || !shown(t.node().common().Facts) {
		t.wrong(t.words.Wrong)
		return
	}
	t.node().answer(t, input)
}

// miss counts a wrong input; from the third in a row on the help text takes the place of the kind line.
func (t *turn) miss(count int) {
	t.state.Misses = count
	if count >= helpAfter && !t.firm {
		t.lead = t.words.Help
	}
}

// wrong says why the input was not understood; the screen is shown again under that line.
func (t *turn) wrong(why string) { t.lead, t.missed = why, true }

// notice says something above the next screen.
func (t *turn) notice(text string) { t.lead = text }

// set gives a value to a name in the wording of this screen.
func (t *turn) set(name, value string) {
	if t.vars == nil {
		t.vars = map[string]string{}
	}
	t.vars[name] = value
}

// move goes to a spot and remembers the way back.
func (t *turn) move(to Spot) {
	trail := t.state.Trail
	if len(trail) >= maxTrail {
		trail = trail[1:]
	}
	t.state.Trail = append(trail[:len(trail):len(trail)], t.state.Here)
	t.state.Here = to
}

// more turns to the next page.
func (t *turn) more() {
	t.move(Spot{Node: t.state.Here.Node, Pick: t.state.Here.Pick, At: t.state.Next})
}

func (t *turn) to(node string) { t.move(Spot{Node: node}) }

func (t *turn) pick(pick string) { t.move(Spot{Node: t.state.Here.Node, Pick: pick}) }

// rejoin goes to a spot, and when the way back already leads over it, to that place on the way.
func (t *turn) rejoin(to Spot) {
	for i, spot := range t.state.Trail {
		if spot.Node == to.Node && spot.Pick == to.Pick {
			t.state.Here, t.state.Trail = to, t.state.Trail[:i:i]
			return
		}
	}
	t.move(to)
}

func (t *turn) back() {
	n := len(t.state.Trail)
	if n == 0 {
		t.home()
		return
	}
	t.state.Here = t.state.Trail[n-1]
	t.state.Trail = t.state.Trail[: n-1 : n-1]
	if t.state.Here.Node == t.tree.Start {
		t.giveBack()
	}
}

// home goes to the start; whoever has not chosen a language yet is asked for it first.
func (t *turn) home() {
	node := t.tree.Start
	if !t.state.Language.Known() && t.tree.Language != "" {
		node = t.tree.Language
	}
	t.state.Here, t.state.Trail = Spot{Node: node}, nil
	t.giveBack()
}

// giveBack forgets who has proved themselves on a phone that may be somebody else's: its owner may be the next to press a key.
func (t *turn) giveBack() {
	if t.state.Lent {
		t.state.As, t.state.Lent = "", false
	}
}

// leave ends the call with a last screen that says nothing of what was read.
func (t *turn) leave(last string) {
	t.state.Held = nil
	t.giveBack()
	t.end, t.last = true, last
}

func (t *turn) do(e Effect) { t.effects = append(t.effects, e) }

func (t *turn) node() Node { return t.tree.Nodes[t.state.Here.Node] }

// settle follows goto nodes to a node that has a screen, and passes questions that have nothing to answer; a check has made sure that they lead
// to one.
func (t *turn) settle() {
	for range len(t.tree.Nodes) {
		switch n := t.node().(type) {
		case *Goto:
			t.state.Here = Spot{Node: n.To}
		case *Contacts:
			if !n.none(t) {
				return
			}
			t.state.Here = Spot{Node: n.None}
		case *Ask:
			if n.Question.asked(t) || n.Question.Type == TypePIN {
				return
			}
			t.state.Here = Spot{Node: n.To}
		default:
			return
		}
	}
}

// Sensitive reports whether a state stands in a branch that must leave no trace: it is never offered again after a drop.
func (tree *Tree) Sensitive(s *State) bool {
	if n, ok := tree.Nodes[s.Here.Node]; ok && n.common().Sensitive {
		return true
	}
	for _, spot := range s.Trail {
		if n, ok := tree.Nodes[spot.Node]; ok && n.common().Sensitive {
			return true
		}
	}
	return false
}

// Urgent reports whether a node is for danger: its keywords open it before anything else is looked at.
func (tree *Tree) Urgent(node string) bool {
	n, ok := tree.Nodes[node]
	return ok && n.common().Urgent
}

// Apology is a true last screen for when a call cannot be answered as it should: nothing was stored, and whom to call.
func Apology(tree *Tree, lang Language, script Script, facts *Facts) Screen {
	state := State{Language: lang, Script: script, Here: Spot{Node: tree.Start}}
	t := begin(tree, &state, facts)
	return t.only(t.notSaved())
}

// Stopped is the one confirmation of a STOP; the dialogue stays where it was.
func Stopped(tree *Tree, state *State, facts *Facts) Screen {
	t := begin(tree, state, facts)
	if facts.About != "" {
		return Screen{Text: t.fit(t.words.StoppedTopic)}
	}
	return Screen{Text: t.fit(t.words.Stopped)}
}

// Replied says that the answer to an office's question was passed on; the dialogue stays where it was.
func Replied(tree *Tree, state *State, facts *Facts, number string) Screen {
	t := begin(tree, state, facts)
	return Screen{Text: t.fit(grouped(number) + ": " + t.words.Replied)}
}

// Help is the node that explains the keys: the one of that name, else the start.
func (tree *Tree) Help() string {
	if _, ok := tree.Nodes["help"]; ok {
		return "help"
	}
	return tree.Start
}
