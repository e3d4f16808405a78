package menus_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sapar/applications/kinds"
	"sapar/menus"
)

// privateFacts are facts of a phone whose people have PINs and have filed something of every status.
func privateFacts(t testing.TB) *menus.Facts {
	t.Helper()
	all, err := kinds.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	facts := testFacts(t)
	facts.HasPIN, facts.HeldTree = true, builtInTree(t)
	facts.Filed = func(_ string, lang menus.Language) ([]menus.Filed, bool) {
		var out []menus.Filed
		seen := map[kinds.Status]bool{}
		for _, name := range all.Names() {
			kind := all.Kind(name)
			for _, status := range slices.Sorted(maps.Keys(kind.Statuses)) {
				if seen[status] {
					continue
				}
				seen[status] = true
				out = append(out, menus.Filed{
					Number: menus.NewNumber(uint64(len(out))), Name: kind.Called[lang], Status: string(status), FiledAt: "2026-11-20",
					Text: kind.Statuses[status].Fill(lang, "2026-12-24", "Kadamjay"), Question: strings.Repeat("2019? ", len(out)%30),
				})
			}
		}
		return out, true
	}
	facts.Neutral = func(number string, lang menus.Language) (string, bool) {
		return all.Neutral(kinds.Received, lang, number), number == menus.NewNumber(1)
	}
	return facts
}

// privateSpots are all screens that only show themselves to somebody who types a PIN or a number.
func privateSpots(tree *menus.Tree, facts *menus.Facts) []menus.Spot {
	var out []menus.Spot
	filed, _ := facts.Filed("1", menus.Kyrgyz)
	for name, n := range tree.Nodes {
		var picks []string
		switch n := n.(type) {
		case *menus.Status:
			picks = []string{"", "!locked", "number", menus.NewNumber(999999), "reply:" + filed[1].Number}
			for _, f := range filed[:min(len(filed), 97)] {
				picks = append(picks, f.Number)
			}
		case *menus.Account:
			picks = []string{"", "!locked", "fresh", "fresh!again", "fresh!new", "!again", "!new", "sure", "sure:yes", "told", menus.NewNumber(1), menus.NewNumber(1) + "!locked"}
		case *menus.Form:
			for i := range n.Questions {
				if q := &n.Questions[i]; q.Type == menus.TypePIN {
					for _, stage := range []string{"", "!unknown", "!new", "!again", "!locked"} {
						picks = append(picks, name+"/"+q.Name+stage)
					}
				}
			}
		}
		for _, pick := range picks {
			out = append(out, menus.Spot{Node: name, Pick: pick})
		}
	}
	return out
}

func TestEveryScreenBehindAPINIsPagedWhole(t *testing.T) {
	tree, costs, usual := builtInTree(t), septets(t), privateFacts(t)
	spots := privateSpots(tree, usual)
	for _, set := range settings() {
		for _, limit := range limits {
			facts := *usual
			facts.Channel = channelOf(limit, set.charset)
			w := &walker{t, tree, &facts, costs, limit, map[string]bool{}}
			for _, as := range []string{"", "1"} {
				for _, spot := range spots {
					state, _ := menus.OpenAt(tree, set.lang, set.script, spot, &facts)
					state.As, state.Trail = as, []menus.Spot{{Node: tree.Start}}
					state, screen := menus.Show(tree, state, &facts)
					if got, want := w.pages(state, screen), w.whole(state); got != want {
						t.Fatalf("%v %+v: the pages say %q, not %q", set, spot, got, want)
					}
				}
			}
		}
	}
}

func TestEveryStatusHasAWordForTheList(t *testing.T) {
	tree, facts := builtInTree(t), privateFacts(t)
	facts.Channel.Later = menus.Limit{Septets: 1 << 16, Units: 1 << 16}
	node, _ := tree.Status()
	for _, lang := range menus.Languages {
		state, _ := menus.OpenAt(tree, lang, lang.Scripts()[0], menus.Spot{Node: node}, facts)
		state.As = "1"
		_, screen := menus.Show(tree, state, facts)
		for line := range strings.SplitSeq(screen.Text, "\n") {
			if fields := strings.Fields(line); len(fields) == 2 && strings.Count(line, "-") == 2 {
				t.Errorf("%s: a status without a word: %q", lang, line)
			}
		}
	}
}

func TestFormsAskWhatTheirKindsWantToKnow(t *testing.T) {
	all, err := kinds.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	filed := map[string]bool{}
	for name, n := range builtInTree(t).Nodes {
		form, ok := n.(*menus.Form)
		if !ok {
			continue
		}
		filed[form.File] = true
		asked := map[string]menus.AnswerType{}
		for _, q := range form.Questions {
			asked[q.Name] = q.Type
			if q.Repeat != nil {
				for _, inner := range q.Repeat.Questions {
					asked[inner.Name] = inner.Type
				}
			}
		}
		if asked["notify"] != menus.TypeYesNo {
			t.Errorf("%s does not ask whether to text", name)
		}
		for _, f := range all.Kind(form.File).Fields {
			if asked[f.Name] != f.Type {
				t.Errorf("%s asks %s as %q, the kind %s as %q", name, f.Name, asked[f.Name], form.File, f.Type)
			}
			delete(asked, f.Name)
		}
		delete(asked, "")
		delete(asked, "notify")
		delete(asked, "pin")
		for extra := range asked {
			t.Errorf("%s asks %s, which the kind %s does not know", name, extra, form.File)
		}
	}
	for _, kind := range all.Names() {
		if kind != "other" && !filed[kind] {
			t.Errorf("no form files %s", kind)
		}
	}
}

func TestATextedNumberSaysNoMoreThanThatSomethingGoesOn(t *testing.T) {
	tree, facts := builtInTree(t), privateFacts(t)
	facts.Channel = channelOf(twoParts, menus.UCS2)
	node, ok := tree.Status()
	if !ok {
		t.Fatal("no node shows what was filed")
	}
	own, foreign := menus.NewNumber(1), menus.NewNumber(2)
	_, known := menus.OpenAt(tree, menus.English, menus.Latin, menus.Spot{Node: node, Pick: own}, facts)
	if !strings.HasPrefix(known.Text, own[:3]+"-"+own[3:6]+"-"+own[6:]) {
		t.Errorf("%q", known.Text)
	}
	_, unknown := menus.OpenAt(tree, menus.English, menus.Latin, menus.Spot{Node: node, Pick: foreign}, facts)
	if !strings.HasPrefix(unknown.Text, "Nothing can be seen") {
		t.Errorf("%q", unknown.Text)
	}
	if spot, ok := menus.Find(tree, node, "123-456-7894", facts.Directory); !ok || spot.Pick != "1234567894" {
		t.Errorf("behind its keyword a number opens %+v, %t", spot, ok)
	}
	if _, ok := menus.Find(tree, node, "moscow", facts.Directory); ok {
		t.Error("a city is no number")
	}
}

func TestAPINIsNeverAskedForByText(t *testing.T) {
	tree, facts := builtInTree(t), privateFacts(t)
	facts.Channel = channelOf(twoParts, menus.UCS2)
	facts.Unlock = func(string) menus.Unlocked { t.Error("a PIN was looked at"); return menus.Unlocked{As: "1"} }
	facts.Look = func(string, string) menus.Unlocked { t.Error("a PIN was looked at"); return menus.Unlocked{As: "1"} }
	for _, spot := range privateSpots(tree, facts) {
		if strings.Contains(spot.Pick, "!") {
			continue // nobody comes there by text
		}
		state, _ := menus.OpenAt(tree, menus.English, menus.Latin, spot, facts)
		for _, input := range []string{"4826", "1", "4826"} {
			state, _, _ = menus.Step(tree, state, input, facts)
		}
	}
}

func TestTheQuestionOfAnOfficeIsRepliedToInTheList(t *testing.T) {
	tree, facts := builtInTree(t), privateFacts(t)
	facts.Channel.Later = menus.Limit{Septets: 5000, Units: 5000}
	node, _ := tree.Status()
	filed, _ := facts.Filed("1", menus.English)
	state, _ := menus.OpenAt(tree, menus.English, menus.Latin, menus.Spot{Node: node, Pick: filed[1].Number}, facts)
	state.As = "1"
	var screen menus.Screen
	var effects []menus.Effect
	for _, input := range []string{"1", strings.Repeat("x", 161), "Yes, 2019 * 2021"} {
		state, screen, effects = menus.Step(tree, state, input, facts)
	}
	want := menus.Reply{Number: filed[1].Number, As: "1", Text: "Yes, 2019 * 2021"}
	if len(effects) != 1 || effects[0].Answer == nil || *effects[0].Answer != want || !strings.HasPrefix(screen.Text, "Your reply was passed on.") {
		t.Errorf("%+v, %q", effects, screen.Text)
	}
}

func TestWhoIsForgottenByTextSendsACodeThatOnlyTheyCanRead(t *testing.T) {
	tree, facts := builtInTree(t), testFacts(t)
	facts.Channel = channelOf(twoParts, menus.UCS2)
	state, _ := menus.OpenAt(tree, menus.English, menus.Latin, menus.Spot{Node: "forget-me"}, facts)
	state, screen, _ := menus.Step(tree, state, "1", facts)
	code := state.Number[:6]
	if !strings.Contains(screen.Text, code) {
		t.Fatalf("%q", screen.Text)
	}
	if _, _, effects := menus.Step(tree, state, "1", facts); len(effects) > 0 {
		t.Error("deleted without the code")
	}
	if _, screen, effects := menus.Step(tree, state, code, facts); len(effects) != 1 || effects[0].Forget == nil || !screen.End {
		t.Errorf("%+v, %q", effects, screen.Text)
	}
}

func TestWithTheDatabaseAwayNoPINIsLookedAt(t *testing.T) {
	tree, facts := builtInTree(t), privateFacts(t)
	facts.Away = true
	facts.Unlock = func(string) menus.Unlocked { t.Error("a PIN was looked at"); return menus.Unlocked{} }
	for _, node := range []string{"status", "my-pin", "my-number", "forget-me", "my-export", "one-more-person"} {
		state, screen := menus.OpenAt(tree, menus.English, menus.Latin, menus.Spot{Node: node}, facts)
		if !strings.Contains(screen.Text, "cannot be") {
			t.Errorf("%s: %q", node, screen.Text)
		}
		if _, _, effects := menus.Step(tree, state, "4826", facts); len(effects) > 0 {
			t.Errorf("%s: %+v", node, effects)
		}
	}
}

func TestWhereSomebodyIsStaysKnown(t *testing.T) {
	_, _, effects := fill(t, testFacts(t), "place-country", "2", "Tyumen")
	want := []menus.Keep{{Field: "country", Value: "ru"}, {Field: "city", Value: "Tyumen"}}
	if len(effects) != 2 || *effects[0].Keep != want[0] || *effects[1].Keep != want[1] {
		t.Errorf("%+v", effects)
	}
	facts := testFacts(t)
	facts.Away = true
	if _, screen, effects := fill(t, facts, "place-country", "2"); len(effects) > 0 || !strings.Contains(screen.Text, "cannot be saved") {
		t.Errorf("%+v, %q", effects, screen.Text)
	}
}
