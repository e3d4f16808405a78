package main

import (
	"context"
	"testing"
	"time"

	"sapar/ussd"
)

// A commit whose answer is lost has happened, and nobody knows it: the phone is not told that anything is kept, and nothing is done twice.
func TestACommitWhoseAnswerIsLostIsNotDoneTwice(t *testing.T) {
	p := startPostgres(t)
	line, address := newSlowLine(t, p.cluster.URL())
	r := startServer(t, Config{DatabaseURL: address}, time.Now)
	commit, everything := "COMMIT", ""
	for i, channel := range []string{"africastalking", "form"} {
		filing, reading := r.phone(channel, newNumber()), r.phone(channel, newNumber())
		review := says(t, filing, request("Name")[1:]...)
		says(t, reading, "4")

		refused := send(review, func(typed string) ussd.Reply {
			if typed == "1" {
				line.lost.Store(&commit)
			}
			return says(t, filing, typed)
		})
		shows(t, refused, "cannot be saved now", "+996")
		line.lost.Store(nil)
		eventually(t, 20*time.Second, "the database is back", func() bool { return !r.sessions.Away() })
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

		line.lost.Store(&everything)
		shows(t, says(t, reading, "5"), "Deadlines")
		shows(t, says(t, reading, "0"), "Sapar")
		line.lost.Store(nil)
		eventually(t, 20*time.Second, "the database is back", func() bool { return !r.sessions.Away() })
		shows(t, says(t, reading, "2"), "Consulate")
	}
	r.checkChains()
}
