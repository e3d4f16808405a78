package sessions_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"sapar/database"
	"sapar/menus"
	"sapar/sessions"
)

// model is what a call through a carrier that sends the whole path must show, made of nothing but the engine.
type model struct {
	tree   *menus.Tree
	state  menus.State
	ended  bool
	walked int // answers that have been taken
	lang   menus.Language
	script menus.Script
	ticks  map[string]bool
	said   map[int]sessions.Reply // by how many answers the callback held
}

func (m *model) facts(first bool) *menus.Facts {
	return &menus.Facts{Channel: screen, Today: noon, Code: "*141#", Number: menus.NewNumber(1), First: first, Ticks: m.ticks}
}

// hear answers the callback that holds the first n of the inputs.
func (m *model) hear(n int, inputs []string) sessions.Reply {
	reply, known := m.said[n]
	switch {
	case known:
		return reply
	case len(m.said) == 0 && n > 0: // the first callback came with a path
		var shown menus.Screen
		m.state, shown = menus.Open(m.tree, m.lang, m.script, m.tree.Start, m.facts(true))
		reply = m.walk(inputs[:n], m.facts(true), shown)
	case len(m.said) == 0, m.ended && n > m.walked:
		var shown menus.Screen
		m.state, shown = menus.Open(m.tree, m.lang, m.script, "", m.facts(true))
		reply = sessions.Reply{Text: shown.Text, End: shown.End}
	case m.ended: // late, and never answered
		return m.said[m.walked]
	case n > m.walked:
		reply = m.walk(inputs[m.walked:n], m.facts(false), menus.Screen{})
	default:
		_, shown := menus.Show(m.tree, m.state, m.facts(false))
		return sessions.Reply{Text: shown.Text, End: shown.End}
	}
	m.walked, m.ended, m.said[n] = n, reply.End, reply
	return reply
}

func (m *model) walk(inputs []string, facts *menus.Facts, shown menus.Screen) sessions.Reply {
	for _, input := range inputs {
		var effects []menus.Effect
		m.state, shown, effects = menus.Step(m.tree, m.state, input, facts)
		for _, e := range effects {
			switch {
			case e.Speak != nil:
				m.lang, m.script = e.Speak.Language, e.Speak.Script
			case e.Tick != nil:
				m.ticks[e.Tick.Item] = e.Tick.Done
			}
		}
		if shown.End {
			break
		}
	}
	return sessions.Reply{Text: shown.Text, End: shown.End}
}

// Whatever callbacks are repeated, lost, or come in another order, every reply is what the bare engine shows.
func TestAnyOrderOfCallbacksAgreesWithTheBareEngine(t *testing.T) {
	closed := strings.ReplaceAll(testTree, "type: text, max: 40", "type: digits, min: 4, max: 4") // a star in a text is no separator
	w := newWorld(t, closed)
	w.number = func() string { return menus.NewNumber(1) }
	w.effects = noFiling(w.carryOut)
	replicas := []*sessions.Sessions{w.process(), w.process()}
	trees, _ := menus.Read(treeFiles(closed))
	trees[0].Revision = 1
	var phone atomic.Int64
	keys := rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "6", "0", "00", "99", "000", "7", "", "x", "1234", "#"})
	rapid.Check(t, func(t *rapid.T) {
		inputs := rapid.SliceOfN(keys, 1, 14).Draw(t, "inputs")
		m := &model{tree: trees[0], ticks: map[string]bool{}, said: map[int]sessions.Reply{}}
		c := newCall(w.t, fmt.Sprintf("+99655%07d", phone.Add(1)))
		at := 0
		for range rapid.IntRange(1, 25).Draw(t, "callbacks") {
			n := min(len(inputs), at+rapid.SampledFrom([]int{1, 1, 1, 1, 0, 0, 2, -1, -2, -5}).Draw(t, "move"))
			if n < 0 || n == 0 && at > 0 && m.said[0] == (sessions.Reply{}) {
				n = at
			}
			at = max(at, n)
			call := c.call
			call.Path = strings.Join(inputs[:n], "*")
			if n > 0 && call.Path == "" {
				continue // one empty answer cannot be told from none
			}
			got := replicas[rapid.IntRange(0, 1).Draw(t, "replica")].Turn(context.Background(), call)
			if want := m.hear(n, inputs); got != want {
				t.Fatalf("path %q shows (end %v)\n%s\nand not (end %v)\n%s", call.Path, got.End, got.Text, want.End, want.Text)
			}
		}
	})
}

// noFiling lets everything happen but the filing: the model's numbers are all the same.
func noFiling(effects sessions.Effects) sessions.Effects {
	return func(ctx context.Context, tx *database.Tx, turned sessions.Turned, e menus.Effect) error {
		if e.File != nil {
			return nil
		}
		return effects(ctx, tx, turned, e)
	}
}
