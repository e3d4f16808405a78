package menus_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sapar/menus"
	"sapar/menus/dialogues"
)

func TestAnEasyPINIsFoundOut(t *testing.T) {
	for pin, simple := range map[string]bool{
		"0000": true, "1234": true, "4321": true, "8901": true, "1212": true, "123123": true, "2580": true, "159753": true, "777777": true,
		"1987": false, "4826": false, "10203": false, "112233": false,
	} {
		if menus.SimplePIN(pin) != simple {
			t.Errorf("%s: %t", pin, !simple)
		}
	}
	for pin, valid := range map[string]bool{"123": false, "1234": true, "123456": true, "1234567": false, "12a4": false, "": false} {
		if menus.ValidPIN(pin) != valid {
			t.Errorf("%s: %t", pin, !valid)
		}
	}
}

func TestAReferenceIsReadHoweverItIsGrouped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := menus.NewNumber(rapid.Uint64().Draw(t, "random"))
		for _, text := range []string{number, number[:3] + "-" + number[3:6] + "-" + number[6:], number[:3] + " " + number[3:6] + " " + number[6:]} {
			if got, ok := menus.Reference(text); !ok || got != number {
				t.Fatalf("%q is %q, %t", text, got, ok)
			}
		}
		if _, ok := menus.Reference(number[:9]); ok {
			t.Fatal("nine digits are no number")
		}
	})
}

// watchingPhone plays on the bare engine and looks at every state for what must not be in it.
type watchingPhone struct {
	*enginePhone
	t *testing.T
}

func (p watchingPhone) Type(input string) (menus.Screen, error) {
	screen, err := p.enginePhone.Type(input)
	if held, _ := p.tree.Dropped(&p.state); held != nil && (held.PIN != nil || held.As != "" || strings.Contains(held.Here.Pick, "!")) {
		p.t.Errorf("after %q a dropped dialogue holds %+v", input, held)
	}
	for _, c := range p.desk.cases {
		for _, a := range c.filing.Answers {
			if a.Name == "pin" || a.Name == "notify" || a.Value == input && menus.ValidPIN(input) && c.filing.PIN == input {
				p.t.Errorf("%s is filed as an answer", a.Name)
			}
		}
	}
	return screen, err
}

// other is a conversation with other PINs.
var other = strings.NewReplacer("> 4826", "> 84159", "> 5937", "> 730482", "> 7391", "> 6204", "> 4827", "> 9148")

func TestNoScreenTellsAPIN(t *testing.T) {
	tree, contacts, played := builtInTree(t), builtInDirectory(t), 0
	names, err := fs.Glob(dialogues.Files, "*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(dialogues.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "> 4826") {
			continue
		}
		played++
		got, err := dialogues.Play(other.Replace(string(text)), watchingPhone{newEnginePhone(t, tree, contacts), t})
		if err != nil {
			t.Fatal(err)
		}
		if got != other.Replace(string(text)) {
			t.Errorf("%s reads otherwise with other PINs:\n%s", name, got)
		}
	}
	if played < 30 {
		t.Errorf("only %d conversations have a PIN", played)
	}
}

func TestADroppedFormIsNotTakenUpByTextWherePINsAre(t *testing.T) {
	tree, facts := builtInTree(t), privateFacts(t)
	held, _ := menus.OpenAt(tree, menus.English, menus.Latin, menus.Spot{Node: "guardian-form"}, facts)
	facts.Channel = channelOf(twoParts, menus.UCS2)
	state, _ := menus.Offer(tree, held, facts)
	state, screen, _ := menus.Step(tree, state, "1", facts)
	if state.Held == nil || !strings.Contains(screen.Text, "Dial *141#") {
		t.Errorf("%q", screen.Text)
	}
}

func TestAPINOfAnAskNodeOpensWhatIsBehindIt(t *testing.T) {
	tree := mustRead(t, "tree: x\nstart: home\nnodes:\n  home:\n    title: "+wording("PIN?")+"\n    ask: {name: p, type: pin, to: in}\n"+
		"  in:\n    text: "+wording("inside")+"\n    facts: "+facts+"\n")
	f := testFacts(t)
	f.Unlock = func(pin string) menus.Unlocked {
		return map[string]menus.Unlocked{"4826": {As: "1"}, "9999": {Locked: true}}[pin]
	}
	state, _ := menus.Open(tree, menus.English, menus.Latin, "", f)
	for _, step := range []struct{ typed, shown string }{{"12", "4-6 digits"}, {"7391", "not known"}, {"9999", "Too many"}, {"0", "PIN?"}, {"4826", "inside"}} {
		var screen menus.Screen
		state, screen, _ = menus.Step(tree, state, step.typed, f)
		if !strings.Contains(screen.Text, step.shown) {
			t.Errorf("%s: %q", step.typed, screen.Text)
		}
	}
	if state.As != "1" || len(state.Answers) > 0 {
		t.Errorf("%+v", state)
	}
}

// Who looks at their own case on a phone that is not theirs leaves nothing open for its owner.
func TestWhoIsProvedByANumberIsForgottenAtTheStartAndAtTheEnd(t *testing.T) {
	tree, facts := builtInTree(t), privateFacts(t)
	node, _ := tree.Status()
	facts.Look = func(number, pin string) menus.Unlocked { return menus.Unlocked{As: "1"} }
	facts.Unlock = func(pin string) menus.Unlocked { return menus.Unlocked{As: "1"} }
	number := menus.NewNumber(7)
	for _, c := range []struct {
		name  string
		typed []string
		as    string
	}{
		{"looks on", []string{number, "4826", "99"}, "1"},
		{"goes home", []string{number, "4826", "00"}, ""},
		{"leaves", []string{number, "4826", "000"}, ""},
		{"goes back to the start", []string{number, "4826", "0", "0", "0"}, ""},
		{"has this phone", []string{"4826", "00"}, "1"},
	} {
		state, _ := menus.Open(tree, menus.English, menus.Latin, "", facts)
		state.Here, state.Trail = menus.Spot{Node: node}, []menus.Spot{{Node: tree.Start}}
		for _, typed := range c.typed {
			state, _, _ = menus.Step(tree, copyOf(t, state), typed, facts)
		}
		if state.As != c.as {
			t.Errorf("%s: %q is proved at %+v", c.name, state.As, state.Here)
		}
	}
}

// fill answers a node of the built-in tree on a phone that shows everything at once.
func fill(t *testing.T, facts *menus.Facts, node string, inputs ...string) (menus.State, menus.Screen, []menus.Effect) {
	t.Helper()
	facts.Channel.First, facts.Channel.Later = menus.Limit{Septets: 5000, Units: 5000}, menus.Limit{Septets: 5000, Units: 5000}
	tree := builtInTree(t)
	state, screen := menus.OpenAt(tree, menus.English, menus.Latin, menus.Spot{Node: node}, facts)
	var effects, all []menus.Effect
	for _, input := range inputs {
		state, screen, effects = menus.Step(tree, copyOf(t, state), input, facts)
		all = append(all, effects...)
	}
	return state, screen, all
}

// abroad are the answers about a child in Moscow, up to the PIN.
var abroad = []string{"1", "1", "Moscow", "2015", "6", "0700123456", "1"}

func TestARegionIsAskedForInRussiaOnly(t *testing.T) {
	_, _, effects := fill(t, testFacts(t), "child-abroad-form", append(slices.Clone(abroad), "1", "1", "1")...)
	if len(effects) != 1 || effects[0].File.Answers[1] != (menus.Answer{Name: "region", Value: "moscow"}) || !effects[0].File.Notify {
		t.Errorf("%+v", effects)
	}
	_, _, effects = fill(t, testFacts(t), "child-abroad-form", "2", "Almaty", "2015", "6", "0700123456", "2", "1", "1", "1")
	if len(effects) != 1 || effects[0].File.Answers[1].Name != "city" || effects[0].File.Notify {
		t.Errorf("%+v", effects)
	}
	changed := append(slices.Clone(abroad), "1", "1", "2", "1", "2", "1")
	_, _, effects = fill(t, testFacts(t), "child-abroad-form", changed...)
	if len(effects) != 1 || effects[0].File.Answers[1].Name != "city" {
		t.Errorf("after another country the region stays: %+v", effects)
	}
}

func TestAFilingIsOfWhoeverTypedTheirPIN(t *testing.T) {
	known := func(pin string) menus.Unlocked { return map[string]menus.Unlocked{"4826": {As: "7"}}[pin] }
	for _, c := range []struct {
		name   string
		unlock func(string) menus.Unlocked
		inputs []string
		want   menus.Filing
	}{
		{"a known one", known, []string{"4826"}, menus.Filing{As: "7"}},
		{"another person", known, []string{"5937", "2", "5937", "5937"}, menus.Filing{PIN: "5937", Other: true}},
		{"the first one", func(string) menus.Unlocked { return menus.Unlocked{First: true} }, []string{"4826", "4826"}, menus.Filing{PIN: "4826"}},
		{"none", known, []string{"1"}, menus.Filing{}},
		{"none after a wrong one", known, []string{"5937", "3"}, menus.Filing{}},
	} {
		facts := testFacts(t)
		facts.Unlock = c.unlock
		state, _, effects := fill(t, facts, "child-abroad-form", slices.Concat(abroad, c.inputs, []string{"1", "1"})...)
		if len(effects) != 1 || effects[0].File == nil {
			t.Errorf("%s: %+v", c.name, effects)
			continue
		}
		if got := *effects[0].File; got.As != c.want.As || got.PIN != c.want.PIN || got.Other != c.want.Other || state.PIN != nil {
			t.Errorf("%s: %+v, %+v", c.name, got, state.PIN)
		}
	}
}

func TestAFullPhoneSaysSoAndAsksAgain(t *testing.T) {
	facts := testFacts(t)
	facts.Unlock = func(string) menus.Unlocked { return menus.Unlocked{} }
	state, _, _ := fill(t, facts, "child-abroad-form", slices.Concat(abroad, []string{"5937", "2", "5937", "5937", "1"})...)
	facts.Refused = menus.RefusedFull
	state, screen, effects := menus.Step(builtInTree(t), state, "1", facts)
	if len(effects) > 0 || !strings.HasPrefix(screen.Text, "No more people") || !strings.Contains(screen.Text, "1 Without a PIN") || state.PIN != nil {
		t.Errorf("%+v, %q", effects, screen.Text)
	}
}

func TestAPhoneThatHasHadItsTriesIsAskedForNoOtherPIN(t *testing.T) {
	facts := testFacts(t)
	facts.Unlock = func(string) menus.Unlocked { return menus.Unlocked{} }
	facts.HasPIN = true
	forms := slices.Concat(abroad, []string{"5937", "2", "5937", "5937", "1"})
	for node, inputs := range map[string][]string{"child-abroad-form": append(forms, "1"), "one-more-person": {"5937", "5937"}} {
		last := len(inputs) - 1
		facts.Refused = ""
		state, _, _ := fill(t, facts, node, inputs[:last]...)
		facts.Refused = menus.RefusedLocked
		state, screen, effects := menus.Step(builtInTree(t), state, inputs[last], facts)
		if len(effects) > 0 || !strings.Contains(screen.Text, "Too many tries") || strings.Contains(screen.Text, "Choose") || state.PIN != nil {
			t.Errorf("%s: %+v, %q", node, effects, screen.Text)
		}
		if _, screen, _ = menus.Step(builtInTree(t), state, "7391", facts); !strings.Contains(screen.Text, "Too many tries") {
			t.Errorf("%s: another PIN is taken: %q", node, screen.Text)
		}
	}
}

func TestAHouseholdBeginsWithItsHolderAndNobodyGetsASecondPINInTheirName(t *testing.T) {
	facts := testFacts(t)
	state, _, effects := fill(t, facts, "one-more-person", "7391", "7391", "4826", "4826")
	if len(effects) != 2 || effects[0].SetPIN == nil || *effects[0].SetPIN != (menus.SetPIN{PIN: "7391"}) || *effects[1].Join != (menus.Join{PIN: "4826"}) {
		t.Errorf("%+v", effects)
	}
	if state.PIN != nil {
		t.Error("a PIN is kept")
	}
	state, _, _ = fill(t, facts, "one-more-person", "7391")
	facts.HasPIN = true // chosen in another call meanwhile
	for _, input := range []string{"7391", "7391", "7391"} {
		state, _, effects = menus.Step(builtInTree(t), state, input, facts)
		if len(effects) > 0 && effects[0].SetPIN != nil {
			t.Errorf("%+v", effects)
		}
	}
}
