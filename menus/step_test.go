package menus_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"sapar/menus"
)

// today is the day all tests happen on.
var today = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// limits are the rooms that carriers give a screen, and the two parts of a text message.
var limits = []menus.Limit{{Septets: 182, Units: 80}, {Septets: 160, Units: 70}, {Septets: 140, Units: 64}, twoParts}

var twoParts = menus.Limit{Septets: 306, Units: 134}

// channelOf is a channel of a limit; the one with the room of two parts texts.
func channelOf(limit menus.Limit, charset menus.Charset) menus.Channel {
	return menus.Channel{First: limit, Later: limit, Charset: charset, SMS: limit == twoParts}
}

// testFacts are facts with the built-in directory, on a channel with the usual limits.
func testFacts(t testing.TB) *menus.Facts {
	t.Helper()
	return &menus.Facts{
		Directory: builtInDirectory(t), Today: today, Code: "*141#", Number: menus.NewNumber(123456789),
		Channel: menus.Channel{First: limits[0], Later: limits[0], Charset: menus.UCS2},
	}
}

// septets is GSM 03.38 as the fixture has it: what each character costs.
func septets(t testing.TB) map[rune]int {
	t.Helper()
	var fixture struct {
		Table []struct {
			CP   string `json:"cp"`
			Cost int    `json:"cost"`
		} `json:"table"`
	}
	readJSON(t, "testdata/gsm0338.json", &fixture)
	costs := map[rune]int{}
	for _, row := range fixture.Table {
		code, err := strconv.ParseInt(strings.TrimPrefix(row.CP, "U+"), 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		costs[rune(code)] = row.Cost
	}
	return costs
}

// shows fails a test when a screen is more than a phone can show, or nothing that it can.
func shows(t testing.TB, costs map[rune]int, limit menus.Limit, text string) {
	t.Helper()
	room, wide := 0, false
	for _, r := range text {
		cost, known := costs[r]
		room += cost
		wide = wide || !known
	}
	switch {
	case wide && len(utf16.Encode([]rune(text))) > limit.Units, !wide && room > limit.Septets:
		t.Fatalf("%q does not fit %v", text, limit)
	case strings.TrimSpace(text) == "", !utf8.ValidString(text):
		t.Fatalf("%q is no screen", text)
	}
}

// randomInput draws what people press: mostly an item, often a key, now and then an answer or nonsense.
func randomInput(r *rand.Rand) string {
	rare := []string{
		"", "000", "21112026", "2111", "+996555123456", "0555123456", "2024", "Айгуль", "ж", "*", "1*2", "99999999999999999999", "\x00", "\xff", "１",
		strings.Repeat("9", 200), strings.Repeat("ж", 800), "1234567894", "123-456-7894", "-1", "+1", "01", "1.1.2026", "31.04.2026", "{phone:x}",
	}
	switch n := r.IntN(20); {
	case n < 12:
		return strconv.Itoa(1 + r.IntN(9))
	case n < 14:
		return "0"
	case n < 17:
		return "99"
	case n < 18:
		return "00"
	}
	return rare[r.IntN(len(rare))]
}

// willingInput draws an answer that the form a person stands in takes, so that some forms are filled to their end.
func willingInput(r *rand.Rand, tree *menus.Tree, state menus.State, facts *menus.Facts) string {
	answers := []string{"1", "2", "2020", "Айгуль", "0555123456", "21112026"}
	if _, inForm := tree.Nodes[state.Here.Node].(*menus.Form); inForm && r.IntN(8) > 0 {
		for _, i := range r.Perm(len(answers)) {
			if next, _, _ := menus.Step(tree, state, answers[i], facts); next.Misses == 0 {
				return answers[i]
			}
		}
	}
	return randomInput(r)
}

// mayEnd reports whether a call may end with this step: by leaving, by filing or by a last text.
func mayEnd(input string, effects []menus.Effect, after menus.State, tree *menus.Tree) bool {
	if input == "000" || strings.HasPrefix(after.Here.Pick, "done:") || len(effects) > 0 && effects[0].File != nil {
		return true
	}
	text, ok := tree.Nodes[after.Here.Node].(*menus.Text)
	return ok && text.End
}

func TestTenThousandRandomKeysNeverLoseAPerson(t *testing.T) {
	tree, costs, facts := builtInTree(t), septets(t), testFacts(t)
	r := rand.New(rand.NewPCG(141, 2026))
	filed, names := 0, slices.Sorted(maps.Keys(tree.Nodes))
	state, _ := menus.Open(tree, "", "", "", facts)
	for n := range 10_000 {
		limit := limits[r.IntN(len(limits))]
		facts.Channel = channelOf(limit, []menus.Charset{menus.UCS2, menus.TransliterateAll, menus.ASCIIOnly}[r.IntN(3)])
		input, kept := willingInput(r, tree, state, facts), copyOf(t, state)
		next, screen, effects := menus.Step(tree, state, input, facts)
		if !reflect.DeepEqual(kept, copyOf(t, state)) {
			t.Fatalf("%q changes the state it was given: %+v, before %+v", input, state, kept)
		}
		shows(t, costs, limit, screen.Text)
		if screen.End && !mayEnd(input, effects, next, tree) {
			t.Fatalf("%q ends the call at %+v with %q", input, next.Here, screen.Text)
		}
		again, same, _ := menus.Step(tree, copyOf(t, state), input, facts)
		if same != screen || !bytes.Equal(stored(t, again), stored(t, next)) {
			t.Fatalf("%q does something else after a state was stored: %q, %q", input, same.Text, screen.Text)
		}
		if len(effects) > 0 && effects[0].File != nil {
			filed++
		}
		if state = copyOf(t, next); screen.End || n%40 == 0 {
			state, _ = menus.Open(tree, menus.Languages[r.IntN(4)], menus.Latin, names[r.IntN(len(names))], facts)
		}
	}
	if filed == 0 {
		t.Error("no form came to its end: the keys are not random enough")
	}
	t.Logf("%d forms filed", filed)
}

// copyOf is a state after it has been stored and read again.
func copyOf(t testing.TB, state menus.State) menus.State {
	t.Helper()
	var out menus.State
	if err := cbor.Unmarshal(stored(t, state), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// stored is a state as a session keeps it.
func stored(t testing.TB, state menus.State) []byte {
	t.Helper()
	text, err := cbor.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func FuzzStep(f *testing.F) {
	tree, costs, facts := builtInTree(f), septets(f), testFacts(f)
	for _, seed := range []string{"1\n2\n3", "99\n99\n0\n00\n000", "2\n1\n1\n99", "3\n1\n2\n1\n1\n2019", "ж\n\x00\n\xff\n😀", "5\n1\n21112026\n31.04.2026"} {
		f.Add(seed, "home")
		f.Add(seed, "guardian-form")
	}
	f.Fuzz(func(t *testing.T, inputs, node string) {
		state, screen := menus.Open(tree, menus.Kyrgyz, menus.Cyrillic, node, facts)
		for i, input := range strings.Split(inputs, "\n") {
			if i > 40 || screen.End {
				return
			}
			var effects []menus.Effect
			state, screen, effects = menus.Step(tree, state, menus.Clean(input), facts)
			shows(t, costs, limits[0], screen.Text)
			if screen.End && !mayEnd(strings.TrimSpace(menus.Clean(input)), effects, state, tree) {
				t.Fatalf("%q ends the call", input)
			}
		}
	})
}

func BenchmarkStep(b *testing.B) {
	tree, facts := builtInTree(b), testFacts(b)
	for _, c := range []struct{ name, node, input string }{
		{"menu", "home", "2"}, {"text", "consulates", "5"}, {"page", "home", "99"}, {"form", "guardian-form", "1"},
	} {
		b.Run(c.name, func(b *testing.B) {
			state, _ := menus.Open(tree, menus.Kyrgyz, menus.Cyrillic, c.node, facts)
			kept := stored(b, state)
			b.ReportAllocs()
			for b.Loop() {
				var state menus.State
				if err := cbor.Unmarshal(kept, &state); err != nil {
					b.Fatal(err)
				}
				state, _, _ = menus.Step(tree, state, c.input, facts)
				if _, err := cbor.Marshal(state); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
