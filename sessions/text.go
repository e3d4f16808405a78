package sessions

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Texted is what a texted call has beyond a dialled one.
type Texted struct {
	ID    string // the carrier's id of the message: the same message again has the same one
	Raw   []byte // as it came; Call.Input is what is read of it
	Order Order
	Topic string // what an order is about; empty is everything
	// Find is what a keyword opens.
	Find func(tree *menus.Tree, text string) (spot menus.Spot, ok bool)
	// Urgent is what a text opens that is nothing but an urgent keyword, even in the middle of a form.
	Urgent func(tree *menus.Tree, text string) (spot menus.Spot, ok bool)
	// Admit decides whether an answer is given, and what to remember of it.
	Admit func(ctx context.Context, a Answering) (talk Talk, say bool, err error)
	// Send queues the answer in the turn's transaction, where the carrier takes none for its callback; else nil.
	Send func(ctx context.Context, tx *database.Tx, turned Turned, reply string) error
}

// Answering is an answer that is about to be given by itself.
type Answering struct {
	Talk     Talk // of this phone until now
	Phone    people.Phone
	Standing people.Standing
	Heard    string // the text
	Said     string // the answer
	Order    Order
}

// Talk is what must be known of the texts of a phone and our answers to them, to tell a person from a robot. Texts are kept as keyed hashes.
type Talk struct {
	Heard   []byte    `cbor:"heard,omitempty"`
	Said    []byte    `cbor:"said,omitempty"`
	At      time.Time `cbor:"at"`            // of the last answer
	Loops   int       `cbor:"loops"`         // answers in a row to the same text, or to our own
	Silent  time.Time `cbor:"silent"`        // no answer until then
	Day     string    `cbor:"day,omitempty"` // of UTC, as 2026-11-21
	Answers int       `cbor:"answers"`       // on that day
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
	sess.phone = c.Phone
	reply, err := s.inTime(ctx, sess, &c)
	if err != nil {
		slog.Error("text", "session", sess.id, "channel", c.Channel, "error", err)
		s.away.note(err)
		sess.known = false
		return Reply{}, ErrLater
	}
	return reply, nil
}

// answers reports whether a text can only be the next step of an open dialogue, as far as this process knows.
func (s *Sessions) answers(ctx context.Context, sess *session, c *Call) bool {
	if c.Text.Order != NoOrder || !s.openText(sess) {
		return false
	}
	tree := s.pinned(ctx, &sess.saved.State)
	return tree != nil && (tree.Asking(&sess.saved.State) || isKey(c.Input))
}

func (s *Sessions) openText(sess *session) bool {
	return sess.begun && !sess.ended && s.Now().Sub(sess.at) <= conversation
}

// admit asks whether the answer to a text is given. One that is held back is stored as such, and the same text again is not answered either.
func (s *Sessions) admit(ctx context.Context, sess *session, c *Call, n *next) error {
	if c.Text == nil {
		return nil
	}
	a := Answering{Phone: c.Phone, Standing: sess.person.Standing, Heard: c.Input, Said: n.reply.Text, Order: c.Text.Order}
	if sess.saved.Talk != nil {
		a.Talk = *sess.saved.Talk
	}
	talk, say, err := c.Text.Admit(ctx, a)
	if err != nil {
		return err
	}
	n.saved.Talk = &talk
	if !say {
		n.reply.Text = ""
	}
	return nil
}

// understand takes a text in the order in which texts are understood: an order, an urgent word, the answer to an open question, a keyword,
// the number of an item that was last shown, and else the beginning.
func (s *Sessions) understand(ctx context.Context, sess *session, c *Call, n next) (next, bool) {
	open := s.openText(sess)
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
	if spot, ok := c.Text.Urgent(tree, c.Input); ok && !(open && tree.Telling(&sess.saved.State)) {
		return s.openAt(ctx, sess, c, n, tree, spot)
	}
	if n, ok := s.settle(ctx, sess, c, n, tree); ok || n.err != nil {
		return n, true
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
	if n, ok := s.reply(ctx, sess, c, n, tree); ok || n.err != nil {
		return n, true
	}
	return s.begin(ctx, sess, c, n, false)
}

// reply takes a text that is nothing else as the answer to what an office has asked; the dialogue stays where it was.
func (s *Sessions) reply(ctx context.Context, sess *session, c *Call, n next, tree *menus.Tree) (next, bool) {
	if s.Asked == nil || sess.person.New || c.Input == "" || c.refused == menus.RefusedReply {
		return n, false
	}
	number, ok, err := s.Asked(ctx, sess.person.ID)
	if !ok || err != nil {
		n.err = err
		return n, false
	}
	number, text := answering(c.Input, number)
	facts, before := s.facts(ctx, c, sess, false), sess.saved
	w := walk{tree: tree, facts: facts, number: s.Number, state: sess.saved.State}
	if !sess.begun {
		w.state, _ = menus.Open(tree, sess.person.Language, sess.person.Script, "", facts)
		before.Left, _ = s.dropped(ctx, sess, c, false)
	}
	w.screen = menus.Replied(tree, &w.state, facts, number)
	w.effects = []menus.Effect{{Answer: &menus.Reply{Number: number, Text: text}}}
	return s.finish(c, n, &w, before), true
}

// answering tells which application an answer is about: the one whose number it begins with, as offices ask for, else the latest that was asked.
func answering(input, latest string) (number, text string) {
	words := strings.Fields(input)
	for n := min(3, len(words)-1); n > 0; n-- {
		if named, ok := menus.Reference(strings.Join(words[:n], " ")); ok {
			return named, strings.Join(words[n:], " ")
		}
	}
	return latest, input
}

// obey carries out an order: the dialogue stays where it was, so that a person who stops the messages does not lose a half-filled form.
func (s *Sessions) obey(ctx context.Context, sess *session, c *Call, n next, tree *menus.Tree) (next, bool) {
	facts := s.facts(ctx, c, sess, false)
	switch c.Text.Order {
	case Help:
		return s.openAt(ctx, sess, c, n, tree, menus.Spot{Node: tree.Help()})
	case Start:
		form := s.aside(ctx, sess, c)
		n, ok := s.begin(ctx, sess, c, n, false)
		if n.saved.Left == nil {
			n.saved.Left = form
		}
		n.effects = append(n.effects, menus.Effect{Wish: &menus.Wish{Topic: c.Text.Topic, Send: true}})
		return n, ok
	}
	w := walk{tree: tree, facts: facts, number: s.Number, state: sess.saved.State}
	before := sess.saved
	if !sess.begun {
		w.state, _ = menus.Open(tree, sess.person.Language, sess.person.Script, "", facts)
		before.Left, _ = s.dropped(ctx, sess, c, false)
	}
	facts.About = c.Text.Topic
	w.screen = menus.Stopped(tree, &w.state, facts)
	w.effects = []menus.Effect{{Wish: &menus.Wish{Topic: c.Text.Topic}}}
	return s.finish(c, n, &w, before), true
}

// openAt begins a dialogue at a spot. A person of no known language reads what the letters of the text tell, or is asked at the start.
func (s *Sessions) openAt(ctx context.Context, sess *session, c *Call, n next, tree *menus.Tree, spot menus.Spot) (next, bool) {
	w := walk{tree: tree, facts: s.facts(ctx, c, sess, false), number: s.Number}
	lang, script := sess.person.Language, sess.person.Script
	if !lang.Known() {
		lang, script = guess(sess, c.Input)
	}
	if spot.Node == tree.Start && spot.Pick == "" {
		w.state, w.screen = menus.Open(tree, lang, script, "", w.facts)
	} else {
		w.state, w.screen = menus.OpenAt(tree, lang, script, spot, w.facts)
	}
	n.fresh = true
	return s.finish(c, n, &w, saved{Left: s.aside(ctx, sess, c)}), true
}

// guess tells what somebody reads whose language is not known: by Cyrillic letters that one language has, else as the text before was answered.
func guess(sess *session, text string) (menus.Language, menus.Script) {
	if lang := menus.GuessLanguage(text); lang.Known() {
		return lang, menus.Cyrillic
	}
	return sess.saved.State.Language, sess.saved.State.Script
}

// aside is what a keyword puts aside: the form it interrupts, or one left before; else the place that was read.
func (s *Sessions) aside(ctx context.Context, sess *session, c *Call) *leftOver {
	var place *leftOver
	if sess.begun && !sess.ended {
		left, tree := s.within(ctx, &leftOver{sess.saved.State, sess.at})
		if left != nil && tree.Filling(&left.State) {
			return left
		}
		place = left
	}
	if form, _ := s.dropped(ctx, sess, c, false); form != nil {
		return form
	}
	return place
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
