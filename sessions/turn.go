package sessions

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Patience is how long a turn may wait for the database before it is answered from memory; carriers hang up from 5 s on, and
// a phone must show a screen within 3 s.
const Patience = 2 * time.Second

// next is a turn that has been stepped and not yet committed.
type next struct {
	saved    saved
	reply    Reply
	effects  []menus.Effect
	callback string
	node     string
	fresh    bool  // a dialogue begins
	err      error // what a text means could not be looked up
}

// Turn answers one call. It always returns a true screen: while the database is away it comes from memory. A carrier that hangs up
// before the answer stops nothing: what the person pressed is stored, and the callback sent again finds its answer.
func (s *Sessions) Turn(ctx context.Context, c Call) (reply Reply) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(c.Patience, Patience))
	defer cancel()
	slot := s.open.find(c.identify(s.Keys), s.Now())
	select {
	case slot.turn <- struct{}{}:
		defer func() { <-slot.turn }()
	case <-ctx.Done():
		return s.apology(&c)
	}
	defer func() {
		if p := recover(); p != nil {
			logPanic()
			reply = s.apology(&c)
		}
	}()
	sess := &slot.session
	sess.phone = c.Phone
	if !s.away.down.Load() {
		reply, err := s.inTime(ctx, sess, &c)
		if err == nil {
			return reply
		}
		slog.Error("turn", "session", sess.id, "channel", c.Channel, "error", err)
		s.away.note(err)
		sess.known = false
	}
	return s.fromMemory(ctx, sess, &c)
}

// maxTries bounds how often a turn is taken again: once when another replica moved the session, once when a number was taken.
const maxTries = 3

// take is a turn with the database: know the session, answer an old callback as it was answered, else step and commit.
func (s *Sessions) take(ctx context.Context, sess *session, c *Call) (Reply, error) {
	if reply, again := s.again(sess, c); again {
		return reply, nil
	}
	if c.Text != nil && !s.answers(ctx, sess, c) {
		sess.known = false // what begins anew must know what was dialled meanwhile
	}
	var err error
	for range maxTries {
		if !sess.known {
			if err := s.store.readSession(ctx, sess); err != nil {
				return Reply{}, err
			}
		}
		if reply, done, err := s.old(ctx, sess, c, errors.Is(err, ErrStale)); done || err != nil {
			return reply, err
		}
		n, ok := s.step(ctx, sess, c, false)
		if !ok {
			return s.apology(c), nil
		}
		if n.err != nil {
			return Reply{}, n.err
		}
		if err := s.admit(ctx, sess, c, &n); err != nil {
			return Reply{}, err
		}
		if err = s.commit(ctx, sess, c, &n); err == nil {
			s.accept(sess, &n)
			return n.reply, nil
		}
		if !s.mend(sess, c, err) {
			return Reply{}, err
		}
	}
	return Reply{}, err
}

// mend prepares a session for another try after a turn that was not stored; it is false for an error that no try mends.
func (s *Sessions) mend(sess *session, c *Call, err error) bool {
	var refused Refused
	switch {
	case errors.As(err, &refused) && c.refused == "":
		c.refused = refused.Why
	case errors.Is(err, ErrAgain):
		sess.saved.State.Number = s.Number()
		if held := sess.saved.State.Held; held != nil { // a dialogue taken up again files under its own number
			again := *held
			again.Number = s.Number()
			sess.saved.State.Held = &again
		}
	case errors.Is(err, ErrStale):
		sess.known = false
	default:
		return false
	}
	return true
}

// step takes the call's input through the engine; ok is false when there is no tree to step in.
func (s *Sessions) step(ctx context.Context, sess *session, c *Call, away bool) (next, bool) {
	n := next{callback: c.callback}
	if c.Text != nil {
		return s.understand(ctx, sess, c, n)
	}
	if !sess.begun || sess.ended || c.Begin && !c.Whole {
		return s.begin(ctx, sess, c, n, away)
	}
	tree := s.pinned(ctx, &sess.saved.State)
	if tree == nil {
		return n, false
	}
	return s.goOn(ctx, sess, c, n, tree, away)
}

// goOn is the next step of an open dialogue, or the next few that one callback brings. A text is one step, stars and all.
func (s *Sessions) goOn(ctx context.Context, sess *session, c *Call, n next, tree *menus.Tree, away bool) (next, bool) {
	facts := s.facts(ctx, c, sess, away)
	if held := sess.saved.State.Held; held != nil {
		facts.HeldTree = s.pinned(ctx, held)
	}
	w := walk{tree: tree, facts: facts, number: s.Number, state: sess.saved.State}
	if c.Text != nil {
		w.take(c.Input)
	} else {
		w.along(c.typed(sess.saved.Path), false)
	}
	return s.finish(c, n, &w, sess.saved), true
}

// begin opens a dialogue: the offer of a dropped one, the path that was dialled with the code, or the start.
func (s *Sessions) begin(ctx context.Context, sess *session, c *Call, n next, away bool) (next, bool) {
	tree, path := s.tree(c)
	if tree == nil {
		return n, false
	}
	facts := s.facts(ctx, c, sess, away)
	facts.First = true
	w := walk{tree: tree, facts: facts, number: s.Number}
	path = c.dialled(sess, path)
	left, leftTree := s.dropped(ctx, sess, c, away)
	facts.Started = c.Text != nil && c.Text.Order == Start && (sess.person.Standing.Stopped || c.Text.Topic != "")
	n.fresh = true
	switch {
	case path != "":
		w.state, w.screen = menus.Open(tree, sess.person.Language, sess.person.Script, tree.Start, facts)
		w.along(path, true)
	case left != nil:
		facts.HeldTree = leftTree
		w.state, w.screen = menus.Offer(tree, left.State, facts)
		left = nil
	default:
		w.state, w.screen = menus.Open(tree, sess.person.Language, sess.person.Script, "", facts)
	}
	return s.finish(c, n, &w, saved{Code: c.Code, Left: left}), true
}

// finish makes the stepped turn what is to be committed; of what was saved before, the code and what is left over go on.
func (s *Sessions) finish(c *Call, n next, w *walk, before saved) next {
	n.saved = saved{State: w.state, Path: c.Path, Seq: c.Seq, Code: before.Code, Left: before.Left}
	n.reply = Reply{Text: w.screen.Text, End: w.screen.End}
	n.effects = w.effects
	if !w.tree.Sensitive(&w.state) {
		n.node = w.state.Here.Node
	}
	return n
}

// commit stores a turn: it shares a commit with others, but one with effects has a transaction of its own.
func (s *Sessions) commit(ctx context.Context, sess *session, c *Call, n *next) error {
	row, err := s.row(sess, c, n)
	if err != nil {
		return err
	}
	turned := Turned{
		Person: sess.person.ID, Channel: c.Channel, Tree: n.saved.State.Tree, Revision: n.saved.State.Revision,
		Language: n.saved.State.Language, At: row.at, Session: sess.id, Turn: row.turn, Phone: sess.phone,
	}
	if c.Text != nil && c.Text.Send != nil && n.reply.Text != "" {
		row.within = func(ctx context.Context, tx *database.Tx) error { return c.Text.Send(ctx, tx, turned, n.reply.Text) }
	}
	if agreed := sess.person.New || sess.person.Standing.Agreed; agreed && len(n.effects) == 0 {
		return s.commits.write(ctx, row)
	}
	return s.commitAlone(ctx, row, turned, n.effects)
}

// commitAlone stores a turn and carries out its effects in one transaction. A phone that only somebody else had typed agrees by its first turn.
func (s *Sessions) commitAlone(ctx context.Context, row *turnRow, turned Turned, effects []menus.Effect) error {
	reply := row.within
	row.within = func(ctx context.Context, tx *database.Tx) error {
		if err := people.Agreed(ctx, tx, turned.Person, s.store.phoneHash(turned.Phone), turned.At); err != nil {
			return err
		}
		for _, e := range effects {
			if err := s.Effects(ctx, tx, turned, e); err != nil {
				return err
			}
		}
		if reply == nil {
			return nil
		}
		return reply(ctx, tx) // the last: what was forgotten is not forgotten again
	}
	moved, err := s.store.writeTogether(ctx, []*turnRow{row})
	if err == nil && !moved[row.id] {
		return ErrStale
	}
	return err
}

func (s *Sessions) row(sess *session, c *Call, n *next) (*turnRow, error) {
	state, err := seal(s.Keys, sess.id, &n.saved)
	if err != nil {
		return nil, err
	}
	row := &turnRow{
		id: sess.id, turn: sess.turns + 1, person: sess.person.ID, owner: sess.owner, channel: c.Channel,
		tree: n.saved.State.Tree, revision: n.saved.State.Revision, state: state, ended: n.reply.End, fresh: n.fresh, carries: n.saved.Left != nil, node: n.node,
		callback: []byte(n.callback), reply: s.Keys.Seal(n.reply.pack(), sess.id[:]), at: s.Now(),
	}
	if c.Text != nil {
		row.phoneHash = s.store.phoneHash(sess.phone)
		row.raw, row.text = s.Keys.Seal(c.Text.Raw, sess.person.ID[:]), s.Keys.Seal([]byte(c.Input), sess.person.ID[:])
	}
	if sess.person.New {
		row.phoneHash = s.store.phoneHash(sess.phone)
		row.phone = s.Keys.Seal([]byte(sess.phone.E164()), sess.person.ID[:])
	}
	return row, nil
}

// accept makes a committed turn the session's present.
func (s *Sessions) accept(sess *session, n *next) {
	sess.turns++
	sess.stored, sess.begun, sess.ahead, sess.ended, sess.person.New = true, true, false, n.reply.End, false
	sess.person.Standing.Agreed, sess.owner = true, sess.person.ID
	sess.saved, sess.held = n.saved, nil
	sess.last, sess.at = lastReply{n.callback, n.reply, s.Now()}, s.Now()
	for _, e := range n.effects {
		sess.learn(e)
	}
}
