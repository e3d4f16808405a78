package menus_test

import (
	"strings"
	"testing"

	"sapar/menus"
)

// asked is what a question of one node keeps of an input, and whether it takes it.
func asked(t *testing.T, question string, facts *menus.Facts, input string) (value string, ok bool) {
	t.Helper()
	tree := mustRead(t, "tree: x\nstart: home\nnodes:\n  home:\n    title: "+wording("Question?")+"\n    ask: {name: q, to: home, "+question+"}\n")
	state, _ := menus.Open(tree, menus.English, menus.Latin, "", facts)
	state, _, _ = menus.Step(tree, state, input, facts)
	for _, a := range state.Answers {
		value = a.Value
	}
	return value, state.Misses == 0
}

func TestADateIsReadAsPeopleWriteIt(t *testing.T) {
	const anyDay, near = "type: date, from: -400d, until: 400d", "type: date, from: -30d, until: 30d"
	for _, c := range []struct{ question, input, want string }{
		{anyDay, "05.12.2026", "2026-12-05"},
		{anyDay, "05122026", "2026-12-05"},
		{anyDay, "5.12.2026", "2026-12-05"},
		{anyDay, "5/12/2026", "2026-12-05"},
		{anyDay, "5-12-2026", "2026-12-05"},
		{anyDay, "5 12 2026", "2026-12-05"},
		{anyDay, "5,12,2026", "2026-12-05"},
		{anyDay, "5. 12. 2026", "2026-12-05"},
		{anyDay, "0512", "2026-12-05"},
		{anyDay, "5.12", "2026-12-05"},
		{anyDay, "0101", "2027-01-01"}, // 41 days ahead is nearer than 324 behind
		{anyDay, "3006", "2026-06-30"}, // 144 days behind is nearer than 221 ahead
		{"type: date, from: 0d, until: 400d", "3006", "2027-06-30"},
		{"type: date, from: -400d, until: 0d", "0101", "2026-01-01"},
		{anyDay, "2111", "2026-11-21"},
		{near, "21122026", "2026-12-21"},
		{near, "22122026", ""},
		{near, "22102026", "2026-10-22"},
		{near, "21102026", ""},
		{near, "0101", ""},
		{anyDay, "31.04.2026", ""},
		{anyDay, "3104", ""},
		{anyDay, "29.02.2027", ""},
		{"type: date, from: -2000d, until: 2000d", "29.02.2028", "2028-02-29"},
		{"type: date, from: -2000d, until: 2000d", "2902", "2028-02-29"},
		{"type: date, from: -2000d, until: 0d", "2902", "2024-02-29"},
		{anyDay, "2902", ""},
		{anyDay, "00.12.2026", ""},
		{anyDay, "05.13.2026", ""},
		{anyDay, "05.12.26", ""},
		{anyDay, "2026-12-05", ""},
		{anyDay, "5.1.2.2026", ""},
		{anyDay, "5122026", ""},
		{anyDay, "tomorrow", ""},
		{anyDay, "５.12.2026", "2026-12-05"},
		{anyDay, "", ""},
		{anyDay, ".", ""},
	} {
		got, ok := asked(t, c.question, testFacts(t), c.input)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q in %s is %q, not %q", c.input, c.question, got, c.want)
		}
	}
}

func TestTheDayIsThatOfThePersonsPlace(t *testing.T) {
	facts := testFacts(t)
	facts.Today = today.AddDate(0, 0, 1)
	if got, ok := asked(t, "type: date, from: 0d, until: 1d", facts, "21112026"); ok {
		t.Errorf("yesterday is %q", got)
	}
	if got, _ := asked(t, "type: date, from: 0d, until: 1d", facts, "23112026"); got != "2026-11-23" {
		t.Errorf("tomorrow is %q", got)
	}
}

func TestPhonesAreReadAsTheNumberingPlansSay(t *testing.T) {
	var plan struct {
		KG struct {
			Mobile []string `json:"validated_mobile"`
			Fixed  []string `json:"fixed"`
		}
		RU struct {
			Valid []string `json:"valid"`
		}
		KZ struct {
			Valid []string `json:"valid"`
		}
	}
	readJSON(t, "testdata/numbering.json", &plan)
	for _, list := range [][]string{plan.KG.Mobile, plan.KG.Fixed, plan.RU.Valid, plan.KZ.Valid} {
		if len(list) == 0 {
			t.Error("the fixture has no example of a country")
		}
		for _, phone := range list {
			for _, typed := range []string{phone, phone[1:], "00" + phone[1:], phone[:4] + " " + phone[4:7] + "-" + phone[7:]} {
				if got, ok := menus.NormalizePhone(typed); !ok || got != phone {
					t.Errorf("%q is %q", typed, got)
				}
			}
		}
	}
}

func TestAPhoneIsReadAsPeopleTypeIt(t *testing.T) {
	for typed, want := range map[string]string{
		"0555123456": "+996555123456", "555123456": "+996555123456", "996555123456": "+996555123456", "00996555123456": "+996555123456",
		"0555 12-34-56": "+996555123456", "(0555) 123 456": "+996555123456", " +996 555 123 456 ": "+996555123456",
		"8 916 123-45-67": "+79161234567", "89161234567": "+79161234567", "79161234567": "+79161234567",
		"112": "", "": "", "Айгуль": "", "12345": "", "0000000000": "", "+999555123456": "", strings.Repeat("5", 40): "", "+": "",
	} {
		got, ok := menus.NormalizePhone(typed)
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q, not %q", typed, got, want)
		}
		if kept, taken := asked(t, "type: phone", testFacts(t), typed); kept != want || taken != (want != "") {
			t.Errorf("the question reads %q as %q, not %q", typed, kept, want)
		}
	}
}

func TestEveryTypeOfAnswerTakesWhatItShouldAndNothingElse(t *testing.T) {
	choice := "type: choice, options: [{value: a, label: " + wording("A") + "}, {value: b, label: " + wording("B") + "}]"
	for _, c := range []struct{ question, input, want string }{
		{"type: digits, min: 4, max: 6", "0123", "0123"},
		{"type: digits, min: 4, max: 6", "123", ""},
		{"type: digits, min: 4, max: 6", "1234567", ""},
		{"type: digits, min: 4, max: 6", "12a4", ""},
		{"type: number, min: 1, max: 9", "9", "9"},
		{"type: number, min: 1, max: 9", "09", "9"},
		{"type: number, min: 1, max: 9", "10", ""},
		{"type: number, min: 1, max: 9", "-1", ""},
		{"type: number, min: 1, max: 9", "1.5", ""},
		{"type: number, min: 1, max: 9", "99999999999999999999", ""},
		{"type: year, back: 18", "2008", "2008"},
		{"type: year, back: 18", "2026", "2026"},
		{"type: year, back: 18", "2007", ""},
		{"type: year, back: 18", "2027", ""},
		{"type: year, back: 0, ahead: 2", "2028", "2028"},
		{choice, "2", "b"},
		{choice, "3", ""},
		{choice, "02", "b"},
		{choice, "b", ""},
		{"type: yesno", "1", "yes"},
		{"type: yesno", "2", "no"},
		{"type: yesno", "yes", ""},
		{"type: place, level: oblast", "1", "batken"},
		{"type: place, level: oblast", "98", ""},
		{"type: text, max: 6", "Айгүль", "Айгүль"},
		{"type: text, max: 6", "Айгүль!", ""},
		{"type: text, max: 6", "1*2#", "1*2#"},
		{"type: text, max: 6", "{code}", "{code}"},
	} {
		got, ok := asked(t, c.question, testFacts(t), c.input)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q in %s is %q, not %q", c.input, c.question, got, c.want)
		}
	}
}

func TestWhatIsNotKnownMayBeLeftOut(t *testing.T) {
	for _, kind := range []string{"phone", "date, from: -9d, until: 9d", "text, max: 9"} {
		if got, ok := asked(t, "optional: true, type: "+kind, testFacts(t), "1"); !ok || got != "" {
			t.Errorf("%s: %q, %t", kind, got, ok)
		}
		if got, ok := asked(t, "type: "+kind, testFacts(t), "1"); ok && got == "" {
			t.Errorf("%s is left out though it must not be", kind)
		}
	}
}

func TestAnAnswerStandsInLaterWordingAndIsNotReadAsWordingItself(t *testing.T) {
	tree := mustRead(t, "tree: x\nstart: ask\nnodes:\n  ask:\n    title: "+wording("Name?")+"\n    ask: {name: name, type: text, max: 40, to: hello}\n  hello:\n    text: "+
		wording("Dear {name}, dial {code}.")+"\n    facts: "+facts+"\n")
	for input, want := range map[string]string{"Aida": "Dear Aida, dial *141#.", "{phone:kg-mfa-consular}": "Dear {phone:kg-mfa-consular}, dial *141#."} {
		state, _ := menus.Open(tree, menus.English, menus.Latin, "", testFacts(t))
		_, screen, _ := menus.Step(tree, state, input, testFacts(t))
		if !strings.HasPrefix(screen.Text, want) {
			t.Errorf("%q", screen.Text)
		}
	}
}
