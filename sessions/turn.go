package sessions

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Patience is how long a turn may wait for the database before it is answered from memory; carriers hang up from 5 s on, and
// a phone must show a screen within 3 s.
const Patience = 2 * time.Second

// ErrAgain is what an effect returns when the turn must be taken once more with another reference number.
var ErrAgain = errors.New("take the turn again")

// Turned is what effects are told of the turn that asks for them.
type Turned struct {
	Person   people.ID
	Channel  string
	Tree     string
	Revision int
	Language menus.Language
	At       time.Time
	Session  uuid.UUID
	Turn     int
	Phone    people.Phone
}

// next is a turn that has been stepped and not yet committed.
type next struct {
	saved    saved
	reply    Reply
	effects  []menus.Effect
	callback string
	node     string
	fresh    bool // a dialogue begins
}

// Turn answers one call. It always returns a true screen: while the database is away it comes from memory. A carrier that hangs up
// before the answer stops nothing: what the person pressed is stored, and the callback sent again finds its answer.
func (s *Sessions) Turn(ctx context.Context, c Call) (reply Reply) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Patience)
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
	err := errStale
	for range maxTries {
		if !sess.known {
			if err := s.store.readSession(ctx, sess); err != nil {
				return Reply{}, err
			}
		}
		if reply, done, err := s.old(ctx, sess, c); done || err != nil {
			return reply, err
		}
		n, ok := s.step(ctx, sess, c, false)
		if !ok {
			return s.apology(c), nil
		}
		if err = s.commit(ctx, sess, c, &n); err == nil {
			s.accept(sess, &n)
			return n.reply, nil
		}
		if !s.mend(sess, err) {
			return Reply{}, err
		}
	}
	return Reply{}, err
}

// mend prepares a session for another try after a turn that was not stored; it is false for an error that no try mends.
func (s *Sessions) mend(sess *session, err error) bool {
	switch {
	case errors.Is(err, ErrAgain):
		sess.saved.State.Number = s.Number()
		if held := sess.saved.State.Held; held != nil { // a dialogue taken up again files under its own number
			again := *held
			again.Number = s.Number()
			sess.saved.State.Held = &again
		}
	case errors.Is(err, errStale):
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
	facts := s.facts(c, sess)
	facts.Away = away
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
	facts := s.facts(c, sess)
	facts.First, facts.Away = true, away
	w := walk{tree: tree, facts: facts, number: s.Number}
	path = c.dialled(sess, path)
	left, leftTree := s.dropped(ctx, sess, away)
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

// commit stores a turn: one that only navigates shares a commit with others, one with effects has a transaction of its own.
func (s *Sessions) commit(ctx context.Context, sess *session, c *Call, n *next) error {
	row, err := s.row(sess, c, n)
	if err != nil {
		return err
	}
	if len(n.effects) == 0 && c.Text == nil {
		return s.commits.write(ctx, row)
	}
	turned := Turned{
		Person: sess.person.ID, Channel: c.Channel, Tree: n.saved.State.Tree, Revision: n.saved.State.Revision,
		Language: n.saved.State.Language, At: row.at, Session: sess.id, Turn: row.turn, Phone: sess.phone,
	}
	within := func(tx *database.Tx) error {
		if c.Text == nil {
			return nil
		}
		reply, err := c.Text.Within(ctx, tx, turned, n.reply)
		if err != nil || reply == n.reply {
			return err
		}
		n.reply = reply
		return s.store.replaceReply(ctx, tx, row, reply)
	}
	return s.store.writeWithEffects(ctx, row, turned, within, n.effects, s.Effects)
}

func (s *Sessions) row(sess *session, c *Call, n *next) (*turnRow, error) {
	state, err := seal(s.Keys, sess.id, &n.saved)
	if err != nil {
		return nil, err
	}
	row := &turnRow{
		id: sess.id, turn: sess.turns + 1, person: sess.person.ID, channel: c.Channel,
		tree: n.saved.State.Tree, revision: n.saved.State.Revision, state: state, ended: n.reply.End, fresh: n.fresh, carries: n.saved.Left != nil, node: n.node,
		callback: []byte(n.callback), reply: s.Keys.Seal(n.reply.pack(), sess.id[:]), at: s.Now(),
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
	sess.saved, sess.held = n.saved, nil
	sess.last, sess.at = lastReply{n.callback, n.reply, s.Now()}, s.Now()
	for _, e := range n.effects {
		switch {
		case e.Speak != nil:
			sess.person.Language, sess.person.Script = e.Speak.Language, e.Speak.Script
		case e.Tick != nil:
			sess.person.SetTick(e.Tick.Item, e.Tick.Done)
		}
	}
}
