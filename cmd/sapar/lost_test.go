package main

import (
	"context"
	"testing"
	"time"
)

// A commit whose answer is lost has happened, and nobody knows it: the phone is not told that anything is kept, and nothing is done twice.
func TestACommitWhoseAnswerIsLostIsNotDoneTwice(t *testing.T) {
	p := startPostgres(t)
	line, address := newSlowLine(t, p.cluster.URL())
	r := startServer(t, Config{DatabaseURL: address}, time.Now)
	commit, any := "COMMIT", ""
	for i, channel := range []string{"africastalking", "form"} {
		filing, reading := r.phone(channel, newNumber()), r.phone(channel, newNumber())
		says(t, filing, "4", "3", "1", "2", "1", "1", "1", "Village", "1", "2018", "Name", "1", "0700123456", "1", "1", "1")
		says(t, reading, "4")

		line.lost.Store(&commit)
		refused := says(t, filing, "1")
		shows(t, refused, "cannot be saved now", "+996")
		line.lost.Store(nil)
		eventually(t, 5*time.Second, "the database is back", func() bool { return !r.sessions.Away() })
		if n := r.count("SELECT count(*) FROM applications"); n != i+1 {
			t.Fatalf("%d applications are filed, not %d", n, i+1)
		}
		filing.seq-- // the carrier sends the callback again
		if again, err := filing.send(context.Background()); err != nil || again.Text != refused.Text {
			t.Errorf("the same callback again: %v\n%s", err, again.Text)
		}
		says(t, filing, "1", "1", "1")
		if n := r.count("SELECT count(*) FROM applications"); n != i+1 {
			t.Errorf("%d applications are filed, not %d", n, i+1)
		}

		line.lost.Store(&any)
		shows(t, says(t, reading, "5"), "Deadlines")
		shows(t, says(t, reading, "0"), "Sapar")
		line.lost.Store(nil)
		eventually(t, 5*time.Second, "the database is back", func() bool { return !r.sessions.Away() })
		shows(t, says(t, reading, "2"), "Consulate")
	}
	r.checkChains()
}
