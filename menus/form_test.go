package menus_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sapar/menus"
)

// formTree is a small tree with two forms that ask the same names.
func formTree(t testing.TB) *menus.Tree {
	t.Helper()
	question := func(indent int, rest, label string) string {
		return fmt.Sprintf("%s- {%s, label: %s, title: %s}\n", strings.Repeat(" ", indent), rest, wording(label), wording(label+"?"))
	}
	form := func(name, extra string) string {
		return "  " + name + ":\n    form:\n      file: " + name + "\n      resume: 72h\n      questions:\n" +
			question(8, "name: oblast, type: place, level: oblast", "Oblast") +
			question(8, "name: raion, type: place, in: oblast", "Raion") +
			question(8, "name: children, type: number, min: 1, max: 9", "Children") +
			"        - repeat: children\n          questions:\n" +
			question(12, "name: year, type: year, back: 18", "Child {n}") +
			question(8, "name: leaving, type: date, from: -30d, until: 30d, optional: true", "Leaving") +
			question(8, "name: phone, type: phone", "Phone") + extra +
			question(8, `name: consent, type: yesno, must: "yes"`, "Consent") +
			"      done: " + wording("Filed: {number}") + "\n"
	}
	return mustRead(t, "tree: x\nstart: home\nresume: 10m\nnodes:\n  home:\n    menu:\n      - {to: first, label: "+wording("First")+"}\n      - {to: second, label: "+
		wording("Second")+"}\n"+form("first", "")+form("second", question(8, "name: note, type: text, max: 40", "Note")))
}

// caller goes through a form and remembers what the turns asked for.
type caller struct {
	t       *testing.T
	tree    *menus.Tree
	facts   *menus.Facts
	state   menus.State
	screen  menus.Screen
	effects []menus.Effect
}

// dial opens the tree on a phone that shows everything at once.
func dial(t *testing.T) *caller {
	t.Helper()
	facts := testFacts(t)
	facts.Channel.First, facts.Channel.Later = menus.Limit{Septets: 5000, Units: 5000}, menus.Limit{Septets: 5000, Units: 5000}
	c := &caller{t: t, tree: formTree(t), facts: facts}
	c.state, c.screen = menus.Open(c.tree, menus.English, menus.Latin, "", facts)
	return c
}

// press answers screen after screen, each state going through JSON as it does between two turns.
func (c *caller) press(inputs ...string) *caller {
	c.t.Helper()
	for _, input := range inputs {
		var effects []menus.Effect
		c.state, c.screen, effects = menus.Step(c.tree, copyOf(c.t, c.state), input, c.facts)
		c.effects = append(c.effects, effects...)
	}
	return c
}

func (c *caller) sees(text string) *caller {
	c.t.Helper()
	if !strings.Contains(c.screen.Text, text) {
		c.t.Fatalf("the screen says %q, not %q", c.screen.Text, text)
	}
	return c
}

// filed are the answers of the last filing, as name=value.
func (c *caller) filed() []string {
	c.t.Helper()
	if len(c.effects) == 0 || c.effects[len(c.effects)-1].File == nil {
		c.t.Fatalf("nothing is filed: %+v", c.effects)
	}
	var out []string
	for _, a := range c.effects[len(c.effects)-1].File.Answers {
		out = append(out, a.Name+"="+a.Value)
	}
	return out
}

// upToReview fills the first form for Batken, Kadamjay and two children.
var upToReview = []string{"1", "1", "2", "2", "2019", "2021", "1", "0555123456", "1"}

func TestAFilingHoldsExactlyTheAnswersThatApply(t *testing.T) {
	c := dial(t).press(upToReview...).sees("Please check").sees("Raion: Kadamjay").sees("Child 2: 2021").sees("Leaving: -").sees("Phone: +996555123456")
	c.press("1").sees("Filed: 123-456-7894")
	want := []string{
		"oblast=batken", "raion=kadamjay-raion", "children=2", "children.1.year=2019", "children.2.year=2021",
		"leaving=", "phone=+996555123456", "consent=yes",
	}
	if got := c.filed(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	filing := c.effects[0].File
	if filing.Kind != "first" || filing.Number != "1234567894" || !c.screen.End || len(c.effects) != 1 {
		t.Errorf("%+v, end %t", filing, c.screen.End)
	}
	if len(c.state.Answers) != 0 {
		t.Errorf("answers stay behind: %+v", c.state.Answers)
	}
}

func TestAGroupIsAskedAsOftenAsTheAnswerSays(t *testing.T) {
	for children := 1; children <= 9; children++ {
		c := dial(t).press("1", "1", "1", fmt.Sprint(children))
		for child := 1; child <= children; child++ {
			c.sees(fmt.Sprintf("Child %d?", child)).press(fmt.Sprint(2010 + child))
		}
		c.sees("Leaving?").press("1", "0555123456", "1", "1")
		if got := len(c.filed()); got != 7-1+children {
			t.Errorf("%d children: %d answers", children, got)
		}
	}
	dial(t).press("1", "1", "1", "0").sees("Raion?").press("1", "10").sees("A number from 1 to 9")
}

func TestAnOblastWithoutRaionsAsksForNone(t *testing.T) {
	c := dial(t).press("1")
	at := 0
	for i, place := range menus.Oblasts() {
		if len(menus.Raions(place.ID)) == 0 {
			at = i + 1
		}
	}
	c.press(fmt.Sprint(at)).sees("Children?").press("1", "2020", "1", "0555123456", "1", "1")
	if slices.ContainsFunc(c.filed(), func(a string) bool { return strings.HasPrefix(a, "raion") }) {
		t.Errorf("%q", c.filed())
	}
}

func TestOneAnswerIsChangedAndTheOthersStay(t *testing.T) {
	c := dial(t).press(upToReview...).press("2").sees("Which one").sees("4 Child 1: 2019").press("4").sees("Child 1?").press("2018")
	c.sees("Please check").sees("Child 1: 2018").sees("Child 2: 2021").press("1")
	if got := c.filed(); !slices.Contains(got, "children.1.year=2018") || !slices.Contains(got, "raion=kadamjay-raion") {
		t.Errorf("%q", got)
	}
}

func TestAnotherOblastAsksForItsRaionAgain(t *testing.T) {
	c := dial(t).press(upToReview...).press("2", "1").sees("Oblast?").press("2").sees("Raion?").press("1").sees("Please check").press("1")
	raion := menus.Raions(menus.Oblasts()[1].ID)[0].ID
	if got := c.filed(); got[0] != "oblast="+menus.Oblasts()[1].ID || got[1] != "raion="+raion {
		t.Errorf("%q", got)
	}
}

func TestTheSameOblastKeepsItsRaion(t *testing.T) {
	dial(t).press(upToReview...).press("2", "1", "1").sees("Please check").sees("Raion: Kadamjay")
}

func TestAQuestionLeftByGoingBackIsAskedBeforeFiling(t *testing.T) {
	c := dial(t).press(upToReview...).press("2", "1", "2").sees("Raion?").press("0", "0", "0").sees("Please check").press("1")
	if len(c.effects) != 0 {
		t.Fatalf("filed without a raion: %+v", c.effects[0].File)
	}
	c.sees("Raion?").press("1").sees("Please check").press("1").sees("Filed")
}

func TestMoreChildrenAreAskedForAndFewerLeftOut(t *testing.T) {
	c := dial(t).press(upToReview...).press("2", "3", "3").sees("Child 3?").press("2023").sees("Please check").sees("Child 3: 2023")
	c.press("2", "3", "1").sees("Please check").press("1")
	if got := c.filed(); !slices.Contains(got, "children.1.year=2019") || slices.Contains(got, "children.2.year=2021") {
		t.Errorf("%q", got)
	}
	if len(c.state.Answers) != 0 {
		t.Errorf("answers of children left out stay behind: %+v", c.state.Answers)
	}
}

func TestNoConsentCancelsAndForgets(t *testing.T) {
	c := dial(t).press("1", "1", "2", "1", "2019", "1", "0555123456", "2").sees("Nothing was sent.").sees("1 First")
	if len(c.effects) != 0 || len(c.state.Answers) != 0 || c.screen.End {
		t.Errorf("%+v, %+v", c.effects, c.state.Answers)
	}
}

func TestWithTheDatabaseAwayNothingIsFiledOrCalledSaved(t *testing.T) {
	for n := 1; n <= len(upToReview); n++ {
		c := dial(t).press(upToReview[:n]...)
		c.facts.Away = true
		for _, input := range []string{"1", "2", "2019", "1", "1"} {
			c.press(input).sees("It cannot be saved now")
		}
		if len(c.effects) != 0 {
			t.Fatalf("after %d answers: %+v", n, c.effects)
		}
		c.facts.Away = false
		if c.press("#"); strings.Contains(c.screen.Text, "cannot be saved") {
			t.Errorf("after %d answers: %q", n, c.screen.Text)
		}
	}
}

func TestANumberIsUsedForOneFilingOnly(t *testing.T) {
	c := dial(t)
	c.facts.Number = menus.NewNumber(42)
	c.press(upToReview...).press("1").sees("Filed: 123-456-7894")
	if c.state.Number != menus.NewNumber(42) {
		t.Errorf("the next filing would be %s", c.state.Number)
	}
	c.press("1").sees("Goodbye")
	if len(c.effects) != 1 {
		t.Errorf("filed again: %+v", c.effects)
	}
}

func TestTwoFormsOfOneCallDoNotReadEachOthersAnswers(t *testing.T) {
	c := dial(t).press("1", "1", "2", "3", "2019").press("00", "2").sees("Oblast?").press("2").sees("Raion?").press("1").sees("Children?").press("1").sees("Child 1?")
	c.press("2022", "1", "0555123456", "Note it", "1").sees("Child 1: 2022").press("1")
	if got := c.filed(); len(got) != 8 || got[0] != "oblast="+menus.Oblasts()[1].ID || !slices.Contains(got, "note=Note it") {
		t.Errorf("%q", got)
	}
	for _, a := range c.state.Answers {
		if strings.HasPrefix(a.Name, "second/") {
			t.Errorf("%s stays behind", a.Name)
		}
	}
}

func TestADroppedFormGoesOnWhereItWas(t *testing.T) {
	c := dial(t).press("1", "1", "2", "2", "2019")
	held, window := c.tree.Dropped(&c.state)
	if held == nil || window.Hours() != 72 {
		t.Fatalf("%+v for %s", held, window)
	}
	c.facts.HeldTree = c.tree
	c.state, c.screen = menus.Offer(c.tree, *held, c.facts)
	if strings.Contains(c.screen.Text, "Child") || strings.Contains(c.screen.Text, "2019") {
		t.Errorf("the offer tells what it is about: %q", c.screen.Text)
	}
	c.press("7").sees("1 Continue").press("1").sees("Child 2?").press("2021", "1", "0555123456", "1", "1")
	if got := c.filed(); !slices.Contains(got, "children.1.year=2019") {
		t.Errorf("%q", got)
	}
	if held, _ := c.tree.Dropped(&c.state); held != nil {
		t.Error("what is filed is offered again")
	}
}
