package sessions

import (
	"context"
	"strconv"
	"strings"
	"time"

	"sapar/menus"
)

// repeatWithin is how long the same last answer counts as the same callback where a carrier numbers nothing: a person needs longer to
// read a screen and press the same key again. A known weak spot of such carriers (docs/carriers.md).
const repeatWithin = 2 * time.Second

// again answers the latest callback once more, with the same bytes.
func (s *Sessions) again(sess *session, c *Call) (Reply, bool) {
	if sess.last.callback == "" || sess.last.callback != c.callback(s.Keys, sess.id) {
		return Reply{}, false
	}
	if c.numbered() || s.Now().Sub(sess.last.at) < repeatWithin {
		return sess.last.reply, true
	}
	return Reply{}, false
}

// numbered reports whether callbacks of this carrier can be told from each other.
func (c *Call) numbered() bool { return c.Whole || c.Seq != "" }

// old answers a callback that is no next step: one that was answered before gets that answer, a late or early one the current screen.
func (s *Sessions) old(ctx context.Context, sess *session, c *Call) (Reply, bool, error) {
	if !sess.stored || c.follows(sess) {
		return Reply{}, false, nil
	}
	since := time.Time{}
	if !c.numbered() {
		since = s.Now().Add(-repeatWithin)
	}
	reply, found, err := s.store.readReply(ctx, sess.id, c.callback(s.Keys, sess.id), since)
	if err != nil || found {
		return reply, found, err
	}
	if sess.ended || c.Begin || !c.numbered() {
		return Reply{}, false, nil
	}
	return s.current(ctx, sess, c), true, nil
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
		return number(c.Seq) > number(sess.saved.Seq)
	}
	return sess.last.callback != "" // after a restart the latest answer is looked up
}

// current shows where the person is, without taking a step; nothing is stored.
func (s *Sessions) current(ctx context.Context, sess *session, c *Call) Reply {
	tree := s.pinned(ctx, &sess.saved.State)
	if tree == nil {
		return s.apology(c)
	}
	_, screen := menus.Show(tree, sess.saved.State, s.facts(c, sess))
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

// number reads a carrier's step number; what is none counts as 0.
func number(seq string) int {
	n, err := strconv.Atoi(seq)
	if err != nil {
		return 0
	}
	return n
}

// pack and unpackReply keep a reply as one text: its first byte says whether it ends the session.
func (r Reply) pack() []byte {
	if r.End {
		return []byte("E" + r.Text)
	}
	return []byte("C" + r.Text)
}

func unpackReply(packed []byte) Reply {
	if len(packed) == 0 {
		return Reply{}
	}
	return Reply{Text: string(packed[1:]), End: packed[0] == 'E'}
}
