package sessions

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
)

// repeatWithin is how long the same last answer counts as the same callback where a carrier numbers nothing: a person needs longer to
// read a screen and press the same key again. A known weak spot of such carriers (docs/carriers.md).
const repeatWithin = 2 * time.Second

// again answers the latest callback once more, with the same bytes.
func (s *Sessions) again(sess *session, c *Call) (Reply, bool) {
	if sess.last.callback == "" || sess.last.callback != c.callback {
		return Reply{}, false
	}
	if within := c.repeats(); within == 0 || s.Now().Sub(sess.last.at) < within {
		return sess.last.reply, true
	}
	return Reply{}, false
}

// repeats is for how long the same callback is that one sent again; 0 is for ever.
func (c *Call) repeats() time.Duration {
	if c.Window == 0 && !c.numbered() {
		return repeatWithin
	}
	return c.Window
}

// numbered reports whether callbacks of this carrier can be told from each other.
func (c *Call) numbered() bool { return c.Whole || c.Seq != "" || c.Text != nil }

// old answers a callback that is no next step: one that was answered before gets that answer, a late or early one the current screen.
// A text is looked up only when its turn was refused (refused): it is no step behind another one, and the turn refuses what was stored before.
func (s *Sessions) old(ctx context.Context, sess *session, c *Call, refused bool) (Reply, bool, error) {
	if c.Text != nil {
		if !refused {
			return Reply{}, false, nil
		}
		return s.store.readTextReply(ctx, sess.id, c.callback)
	}
	if !sess.stored || c.follows(sess) || !refused && c.anew(sess) {
		return Reply{}, false, nil
	}
	since := time.Time{}
	if within := c.repeats(); within > 0 {
		since = s.Now().Add(-within)
	}
	reply, found, err := s.store.readReply(ctx, sess.id, c.callback, since)
	if err != nil || found {
		return reply, found, err
	}
	if !c.late(sess) {
		return Reply{}, false, nil
	}
	if err := s.store.readSession(ctx, sess); err != nil || !c.late(sess) { // another replica may have moved on, or begun anew
		return Reply{}, false, err
	}
	if sess.ended {
		reply, err = s.store.readLastReply(ctx, sess.id)
		return reply, true, err
	}
	return s.current(ctx, sess, c, false), true, nil
}

// late reports whether a callback is out of order: no next step, and no new beginning either. In a session that has ended any other path
// than the walked one is a beginning.
func (c *Call) late(sess *session) bool {
	if !sess.begun || c.Begin || !c.ordered() || c.follows(sess) {
		return false
	}
	return !sess.ended || !c.Whole || c.Path == "" || strings.HasPrefix(sess.saved.Path+"*", c.Path+"*")
}

// anew reports, of a carrier whose numbers come round, that a callback which is not the latest one again is none of the earlier ones either:
// it begins, or its number is not behind.
func (c *Call) anew(sess *session) bool {
	if c.Window == 0 || sess.last.callback == "" {
		return false
	}
	at, ok := number(c.Seq)
	was, _ := number(sess.saved.Seq)
	return c.Begin || !ok || at >= was
}

// ordered reports whether it can be told that a callback of this carrier comes late.
func (c *Call) ordered() bool {
	_, ok := number(c.Seq)
	return c.Whole || ok && c.Window == 0
}

// follows reports whether a callback can be the next step of a session.
func (c *Call) follows(sess *session) bool {
	switch {
	case c.Whole:
		_, ok := extends(sess.saved.Path, c.Path)
		return ok
	case c.Begin:
		return false
	case c.Seq != "":
		at, ok := number(c.Seq)
		was, _ := number(sess.saved.Seq)
		return ok && at > was
	}
	return sess.last.callback != "" // after a restart the latest answer is looked up
}

// Apology is a true last screen for a callback that cannot be understood, where a phone waits all the same: whom to call.
func (s *Sessions) Apology(c Call) Reply { return s.apology(&c) }

// current shows where the person is, without taking a step; nothing is stored.
func (s *Sessions) current(ctx context.Context, sess *session, c *Call, away bool) Reply {
	tree := s.pinned(ctx, &sess.saved.State)
	if tree == nil {
		return s.apology(c)
	}
	facts := s.facts(ctx, c, sess, away)
	_, screen := menus.Show(tree, sess.saved.State, facts)
	return Reply{Text: screen.Text, End: screen.End}
}

// typed is what a call adds to the path that has been walked.
func (c *Call) typed(walked string) string {
	if !c.Whole {
		return c.Input
	}
	added, _ := extends(walked, c.Path)
	return added
}

// dialled is the path that came with the code. In a session that has ended, and whose carrier goes on without saying that it begins
// anew, what was typed before is no such path.
func (c *Call) dialled(sess *session, inCode string) string {
	switch {
	case sess.begun && !c.Begin:
		return ""
	case c.Whole:
		return joinPath(inCode, c.Path)
	case c.Begin:
		return joinPath(inCode, c.Input)
	}
	return inCode
}

// extends returns what a path has beyond a walked one; ok is false when it does not go on from it.
func extends(walked, path string) (added string, ok bool) {
	if walked == "" {
		return path, path != ""
	}
	return strings.CutPrefix(path, walked+"*")
}

func joinPath(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "*" + b
}

// number reads a carrier's step number; ok is false for what is none.
func number(seq string) (n int, ok bool) {
	n, err := strconv.Atoi(seq)
	return n, err == nil
}

// pack and openReply keep a reply as one text: its first byte says whether it ends the session.
func (r Reply) pack() []byte {
	if r.End {
		return []byte("E" + r.Text)
	}
	return []byte("C" + r.Text)
}

func openReply(keys *database.Keys, id uuid.UUID, sealed []byte) (Reply, error) {
	packed, err := keys.Open(sealed, id[:])
	if err != nil {
		return Reply{}, fmt.Errorf("open reply: %w", err)
	}
	if len(packed) == 0 {
		return Reply{}, nil
	}
	return Reply{Text: string(packed[1:]), End: packed[0] == 'E'}, nil
}
