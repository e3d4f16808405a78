package menus_test

import (
	"strings"
	"testing"

	"sapar/menus"
)

// two is wording that a text message says otherwise, in YAML.
func two(dialled, texted string) string {
	return strings.TrimSuffix(wording(dialled), "}") + ", sms: " + wording(texted) + "}"
}

// wordy is a tree in which every kind of wording is another one in a text message.
func wordy(t *testing.T) *menus.Tree {
	t.Helper()
	return mustRead(t, `
tree: x
start: home
nodes:
  home:
    title: `+two("Press", "Reply")+`
    menu:
      - {to: read, label: `+two("Keys", "Answers")+`}
      - {to: form, label: `+wording("Form")+`}
  read:
    text: `+two("Dial {code}", "Text CHILD")+`
    facts: `+facts+`
  form:
    form:
      file: x
      questions:
        - name: who
          type: choice
          label: `+two("Who", "You")+`
          title: `+two("Press one", "Reply with one")+`
          options: [{value: a, label: `+two("A", "B")+`}, {value: c, label: `+wording("C")+`}]
      done: `+two("Dialled {number}", "Texted {number}")+`
`)
}

func TestATextMessageIsWordedForTextMessages(t *testing.T) {
	tree := wordy(t)
	for _, c := range []struct {
		node  string
		typed []string
		want  [2]string // dialled, texted
	}{
		{"home", nil, [2]string{"Press\n1 Keys\n2 Form", "Reply\n1 Answers\n2 Form"}},
		{"read", nil, [2]string{"Dial *141#", "Text CHILD"}},
		{"form", nil, [2]string{"Press one\n1 A\n2 C", "Reply with one\n1 B\n2 C"}},
		{"form", []string{"1"}, [2]string{"Who: A", "You: B"}},
		{"form", []string{"1", "1"}, [2]string{"Dialled ", "Texted "}},
	} {
		for i, want := range c.want {
			facts := testFacts(t)
			facts.Channel.SMS = i == 1
			state, screen := menus.Open(tree, menus.English, menus.Latin, c.node, facts)
			for _, typed := range c.typed {
				state, screen, _ = menus.Step(tree, state, typed, facts)
			}
			if !strings.Contains(screen.Text, want) {
				t.Errorf("%s %v: %q is not in %q", c.node, c.typed, want, screen.Text)
			}
		}
	}
}

func TestTheEnginesOwnWordsDoNotAskATextToPressKeys(t *testing.T) {
	tree, facts := builtInTree(t), testFacts(t)
	facts.Channel = channelOf(twoParts, menus.UCS2)
	state, screen := menus.Open(tree, menus.English, menus.Latin, "home", facts)
	for range 3 {
		state, screen, _ = menus.Step(tree, state, "nothing", facts)
	}
	if !strings.HasPrefix(screen.Text, "Reply with a number") {
		t.Errorf("after three wrong texts: %q", screen.Text)
	}
	_, screen = menus.Offer(tree, state, facts)
	if !strings.HasPrefix(screen.Text, "Last time you did not finish.") {
		t.Errorf("a dropped dialogue: %q", screen.Text)
	}
}

func TestAPictureShowsTheDialledWording(t *testing.T) {
	if picture := wordy(t).Mermaid(menus.English); !strings.Contains(picture, "Press") || strings.Contains(picture, "Reply") {
		t.Error(picture)
	}
}

func TestUrgentNodesAreThoseOfDanger(t *testing.T) {
	tree := builtInTree(t)
	for name := range tree.Nodes {
		want := name == "sos" || name == "trafficking" || name == "raid" || name == "detained"
		if got := tree.Urgent(name); got != want {
			t.Errorf("%s: urgent is %v", name, got)
		}
	}
	if tree.Urgent("nowhere") {
		t.Error("a node that is not there is urgent")
	}
	for _, word := range []string{"sos", "кул", "рейд", "полиция", "права", "rabstvo", "shikoyat"} {
		if !tree.Urgent(tree.Keywords[word]) {
			t.Errorf("%q opens %q, which is not urgent", word, tree.Keywords[word])
		}
	}
}

// texted is the first page of a node in a text message.
func texted(t *testing.T, tree *menus.Tree, spot menus.Spot, lang menus.Language) (page string, whole bool) {
	t.Helper()
	facts := testFacts(t)
	facts.Channel = channelOf(twoParts, menus.UCS2)
	state, screen := menus.OpenAt(tree, lang, lang.Scripts()[0], spot, facts)
	return screen.Text, state.Next == 0
}

func TestTheLastMessageOfAFormNeedsNoOtherPage(t *testing.T) {
	tree := builtInTree(t)
	for name, n := range tree.Nodes {
		if _, ok := n.(*menus.Form); !ok {
			continue
		}
		for _, lang := range menus.Languages {
			if page, whole := texted(t, tree, menus.Spot{Node: name, Pick: "done:1234567890"}, lang); !whole {
				t.Errorf("%s in %s goes on after:\n%s", name, lang, page)
			}
		}
	}
}

func TestAnUrgentMessageHoldsEveryNumberOfItsText(t *testing.T) {
	tree, contacts := builtInTree(t), builtInDirectory(t)
	phone := func(id string) string {
		entry, _ := contacts.Entry(id)
		return strings.Join(entry.Phones, ", ")
	}
	for name, n := range tree.Nodes {
		if !tree.Urgent(name) {
			continue
		}
		for _, lang := range menus.Languages {
			page, _ := texted(t, tree, menus.Spot{Node: name}, lang)
			for _, place := range strings.Split(n.(*menus.Text).Text.Wording[lang], "{phone:")[1:] {
				id, _, _ := strings.Cut(place, "}")
				if !strings.Contains(page, phone(id)) {
					t.Errorf("%s in %s does not show %s at once:\n%s", name, lang, id, page)
				}
			}
		}
	}
}

func TestAStopOfOneThingAndAStartSayWhatTheyDid(t *testing.T) {
	tree, facts := builtInTree(t), testFacts(t)
	facts.Channel = channelOf(twoParts, menus.UCS2)
	state := menus.State{Language: menus.English, Here: menus.Spot{Node: tree.Start}}
	all := menus.Stopped(tree, &state, facts).Text
	facts.About = "elections"
	if one := menus.Stopped(tree, &state, facts).Text; one == all || !strings.Contains(one, "about this") {
		t.Errorf("a stop of one thing says %q, of everything %q", one, all)
	}
	facts.Started = true
	if _, screen := menus.Open(tree, menus.English, menus.Latin, "", facts); !strings.HasPrefix(screen.Text, "We may text you again.\nSapar") {
		t.Errorf("a start says %q", screen.Text)
	}
}

func TestAWordOfDangerIsTheAnswerToWhatHappened(t *testing.T) {
	tree, facts := builtInTree(t), testFacts(t)
	for _, c := range []struct {
		node  string
		typed []string
		want  bool
	}{
		{"complaint-form", nil, false},
		{"complaint-form", []string{"1"}, true},
		{"complaint-form", []string{"1", "x"}, false},
		{"sos", nil, false},
		{"guardian-form", []string{"1", "8"}, false},
		{"guardian-form", []string{"1", "1", "1"}, false},
	} {
		state, _ := menus.Open(tree, menus.English, menus.Latin, c.node, facts)
		for _, input := range c.typed {
			state, _, _ = menus.Step(tree, state, input, facts)
		}
		if got := tree.Telling(&state); got != c.want {
			t.Errorf("%s %v: %v", c.node, c.typed, got)
		}
	}
}

func TestAFormIsMoreThanAPlaceThatWasRead(t *testing.T) {
	tree, facts := builtInTree(t), testFacts(t)
	in := func(node string, typed ...string) *menus.State {
		state, _ := menus.Open(tree, menus.English, menus.Latin, node, facts)
		for _, input := range typed {
			state, _, _ = menus.Step(tree, state, input, facts)
		}
		return &state
	}
	for state, want := range map[*menus.State]bool{
		in("guardian-form"): true, in("guardian-form", "1"): true, in("guardian-form", "1", "00"): true, in("home"): false, in("consulates"): false,
		in("consulates", "1"): false, in("report-form", "1"): false, in("sos"): false,
	} {
		if got := tree.Filling(state); got != want {
			t.Errorf("%+v: %v", state.Here, got)
		}
	}
}
