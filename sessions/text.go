package sessions

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sapar/menus"
)

// Texted is what a texted call has beyond a dialled one.
type Texted struct {
	ID     string // the carrier's id of the message: the same message again has the same one
	Order  Order
	Topic  string                                                         // what an order is about; empty is everything
	Find   func(tree *menus.Tree, text string) (spot menus.Spot, ok bool) // what a keyword opens
	Within Within                                                         // carried out in the turn's transaction, once the turn is written
}

// Order is a word that is obeyed before anything else is looked at.
type Order string

// The orders a text may be.
const (
	NoOrder Order = ""
	Stop    Order = "stop"
	Start   Order = "start"
	Help    Order = "help"
)

// conversation is how long a texted dialogue stays open: a form may be answered over three days.
const conversation = 72 * time.Hour

// ErrLater says that a text could not be taken now; nothing was stored, and the carrier sends it again.
var ErrLater = errors.New("the text cannot be taken now")

// Text answers one text. Unlike a dialled call it fails while the database is away: nobody waits with a phone at the ear, and the carrier
// brings the text again.
func (s *Sessions) Text(ctx context.Context, c Call) (Reply, error) {
	if s.Away() {
		return Reply{}, ErrLater
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Patience)
	defer cancel()
	slot := s.open.find(c.identify(s.Keys), s.Now())
	select {
	case slot.turn <- struct{}{}:
		defer func() { <-slot.turn }()
	case <-ctx.Done():
		return Reply{}, ErrLater
	}
	sess := &slot.session
	sess.phone, sess.known = c.Phone, false // the conversation may have gone on by dialling
	reply, err := s.inTime(ctx, sess, &c)
	if err != nil {
		slog.Error("text", "session", sess.id, "channel", c.Channel, "error", err)
		s.away.note(err)
		sess.known = false
		return Reply{}, ErrLater
	}
	return reply, nil
}

// understand takes a text in the order in which texts are understood: an order, the answer to an open question, a keyword, the number of an
// item that was last shown, and else the beginning.
func (s *Sessions) understand(ctx context.Context, sess *session, c *Call, n next) (next, bool) {
	open := sess.begun && !sess.ended && s.Now().Sub(sess.at) <= conversation
	tree, _ := s.tree(c)
	if open {
		if pinned := s.pinned(ctx, &sess.saved.State); pinned != nil {
			tree = pinned
		}
	}
	if tree == nil {
		return n, false
	}
	if c.Text.Order != NoOrder {
		return s.obey(ctx, sess, c, n, tree)
	}
	if open && tree.Asking(&sess.saved.State) {
		return s.goOn(ctx, sess, c, n, tree, false)
	}
	if spot, ok := c.Text.Find(tree, c.Input); ok {
		return s.openAt(ctx, sess, c, n, tree, spot)
	}
	if open && isKey(c.Input) {
		return s.goOn(ctx, sess, c, n, tree, false)
	}
	return s.begin(ctx, sess, c, n, false)
}

// obey carries out an order: the dialogue stays where it was, so that a person who stops the messages does not lose a half-filled form.
func (s *Sessions) obey(ctx context.Context, sess *session, c *Call, n next, tree *menus.Tree) (next, bool) {
	facts := s.facts(c, sess)
	switch c.Text.Order {
	case Help:
		return s.openAt(ctx, sess, c, n, tree, menus.Spot{Node: tree.Help()})
	case Start:
		n, ok := s.begin(ctx, sess, c, n, false)
		n.effects = append(n.effects, menus.Effect{Wish: &menus.Wish{Topic: c.Text.Topic, Send: true}})
		return n, ok
	}
	w := walk{tree: tree, facts: facts, number: s.Number, state: sess.saved.State}
	before := sess.saved
	if !sess.begun {
		w.state, _ = menus.Open(tree, sess.person.Language, sess.person.Script, "", facts)
		before.Left, _ = s.dropped(ctx, sess, false)
	}
	w.screen = menus.Stopped(tree, &w.state, facts)
	w.effects = []menus.Effect{{Wish: &menus.Wish{Topic: c.Text.Topic}}}
	return s.finish(c, n, &w, before), true
}

// openAt begins a dialogue at a spot. A person of no known language reads what the letters of the text tell, or is asked at the start.
func (s *Sessions) openAt(ctx context.Context, sess *session, c *Call, n next, tree *menus.Tree, spot menus.Spot) (next, bool) {
	w := walk{tree: tree, facts: s.facts(c, sess), number: s.Number}
	lang := sess.person.Language
	if !lang.Known() {
		lang = menus.GuessLanguage(c.Input)
	}
	if spot.Node == tree.Start && spot.Pick == "" {
		w.state, w.screen = menus.Open(tree, lang, sess.person.Script, "", w.facts)
	} else {
		w.state, w.screen = menus.OpenAt(tree, lang, sess.person.Script, spot, w.facts)
	}
	n.fresh = true
	return s.finish(c, n, &w, saved{Left: s.aside(ctx, sess)}), true
}

// aside is what a keyword puts aside: the dialogue it interrupts, or one dropped before.
func (s *Sessions) aside(ctx context.Context, sess *session) *leftOver {
	if sess.begun && !sess.ended {
		if left, _ := s.within(ctx, &leftOver{sess.saved.State, sess.at}); left != nil {
			return left
		}
	}
	left, _ := s.dropped(ctx, sess, false)
	return left
}

// isKey reports whether a text is nothing but digits, as the number of an item is.
func isKey(text string) bool {
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	return text != ""
}
