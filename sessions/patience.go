package sessions

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"time"
)

// grace is how much longer a turn is waited for that does not heed its deadline: a transaction on a slow line ends only when it is rolled back.
const grace = 250 * time.Millisecond

// taken is what came of a turn with the database.
type taken struct {
	session session
	reply   Reply
	err     error
}

// inTime takes a turn on a copy of the session, so that one that is stuck in the database can be left behind, whatever becomes of it.
func (s *Sessions) inTime(ctx context.Context, sess *session, c *Call) (Reply, error) {
	done := make(chan taken, 1)
	call := *c // what is left behind must not share it
	go func(was session) {
		defer func() {
			if p := recover(); p != nil {
				logPanic()
				done <- taken{was, Reply{}, errPanic}
			}
		}()
		try := was
		reply, err := s.take(ctx, &try, &call)
		done <- taken{try, reply, err}
	}(*sess)
	deadline, _ := ctx.Deadline()
	late := time.NewTimer(time.Until(deadline) + grace)
	defer late.Stop()
	select {
	case t := <-done:
		*sess = t.session
		return t.reply, t.err
	case <-late.C:
		return Reply{}, errStuck
	}
}

var (
	errStuck = errors.New("the database answers too late")
	errPanic = errors.New("a turn panicked")
)

// logPanic logs where a panic came from, but not its value: that may be somebody's text.
func logPanic() { slog.Error("a turn panicked", "stack", string(debug.Stack())) }
