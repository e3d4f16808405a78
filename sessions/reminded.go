package sessions

import (
	"context"
	"time"

	"sapar/menus"
	"sapar/people"
)

// Reminded finds what a "1" texted from a phone ends: what its holder was reminded of last, since a moment, and what that is called.
type Reminded func(ctx context.Context, holder people.ID, since time.Time, lang menus.Language) (end menus.Ending, name string, ok bool, err error)

// talking is how long after an answer of ours a "1" is a key of the dialogue, whatever was sent meanwhile.
const talking = 10 * time.Minute

// settle takes a "1" as the answer to the latest reminder, unless a dialogue went on since; the dialogue stays where it was.
func (s *Sessions) settle(ctx context.Context, sess *session, c *Call, n next, tree *menus.Tree) (next, bool) {
	if s.Reminded == nil || c.Input != "1" || sess.person.New {
		return n, false
	}
	var since time.Time
	if s.openText(sess) && !sess.saved.Settled {
		if since = sess.at; s.Now().Sub(since) < talking {
			return n, false
		}
	}
	end, name, ok, err := s.Reminded(ctx, sess.person.ID, since, sess.person.Language)
	if !ok || err != nil {
		n.err = err
		return n, false
	}
	facts, before := s.facts(ctx, c, sess, false), sess.saved
	w := walk{tree: tree, facts: facts, number: s.Number, state: sess.saved.State}
	if !sess.begun {
		w.state, _ = menus.Open(tree, sess.person.Language, sess.person.Script, "", facts)
		before.Left, _ = s.dropped(ctx, sess, c, false)
	}
	w.screen = menus.Reminded(tree, &w.state, facts, name)
	w.effects = []menus.Effect{{End: &end}}
	n = s.finish(c, n, &w, before)
	n.saved.Settled = true
	return n, true
}
