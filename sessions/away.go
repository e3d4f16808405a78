package sessions

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	"sapar/menus"
)

// probeEvery is how often a database that is away is asked whether it is back.
const probeEvery = 250 * time.Millisecond

// away knows whether the database answers. While it does not, no caller waits for it: calls are answered from memory at once.
type away struct {
	down atomic.Bool
	ping func(context.Context) error
	stop context.Context
}

// note takes an error of a turn; one that says the database is away starts the asking.
func (a *away) note(err error) {
	if !isAway(err) || !a.down.CompareAndSwap(false, true) {
		return
	}
	slog.Warn("the database is away, calls are answered from memory")
	go a.ask()
}

// ask asks until the database answers. It asks at once: one statement that was too slow does not send everybody else to the memory.
func (a *away) ask() {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		ctx, cancel := context.WithTimeout(a.stop, time.Second)
		err := a.ping(ctx)
		cancel()
		if err == nil {
			slog.Info("the database is back")
			a.down.Store(false)
			return
		}
		select {
		case <-a.stop.Done():
			return
		case <-tick.C:
		}
	}
}

// errAway says that something could not be noted, because the database is away.
var errAway = errors.New("the database is away")

// silent are the errors of a connection that was cut, or that nobody answers on.
var silent = []error{driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, io.EOF, io.ErrUnexpectedEOF, context.DeadlineExceeded, errStuck}

// isAway tells a database that does not answer from an error of the statement's own, or of our own making.
func isAway(err error) bool {
	var answer *pq.Error
	if !errors.As(err, &answer) {
		var network net.Error
		return errors.As(err, &network) || slices.ContainsFunc(silent, func(e error) bool { return errors.Is(err, e) })
	}
	switch answer.Code.Class() {
	case "08", "53", "57", "58": // connection, resources, operator intervention, system
		return true
	}
	return answer.Code == "25006" // read only
}

// isLocked tells that somebody else held a row for too long. The database is there, and others need not do without it: this turn alone is tried
// again, by the carrier that brings its text once more or by whoever presses the next key.
func isLocked(err error) bool {
	var answer *pq.Error
	return errors.As(err, &answer) && answer.Code == "55P03"
}

// fromMemory answers while the database is away: read-only, the place in the tree kept in memory for this call.
func (s *Sessions) fromMemory(ctx context.Context, sess *session, c *Call) Reply {
	s.CountAway()
	if reply, again := s.again(sess, c); again {
		return reply
	}
	switch late := c.late(sess); {
	case late && !sess.ended:
		return s.current(ctx, sess, c, true)
	case late && sess.last.callback != "":
		return sess.last.reply
	case late:
		return s.apology(c)
	}
	next, ok := s.step(ctx, sess, c, true)
	if !ok {
		return s.apology(c)
	}
	for _, e := range next.effects {
		if e.Speak != nil {
			sess.person.Language, sess.person.Script = e.Speak.Language, e.Speak.Script
		}
	}
	if !sess.ahead {
		sess.ahead, sess.first = true, next.saved
	}
	sess.saved, sess.begun, sess.ended = next.saved, true, next.reply.End
	sess.last = lastReply{next.callback, next.reply, s.Now()}
	return next.reply
}

// apology is a true last screen when there is nothing else: whom to call.
func (s *Sessions) apology(c *Call) Reply {
	tree, _ := s.tree(c)
	screen := menus.Apology(tree, "", "", s.facts(context.Background(), c, nil, true))
	return Reply{Text: screen.Text, End: true}
}
