package outbox

import (
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/people"
	"sapar/sms"
)

const (
	mostResults = 500                    // results stored by one statement
	gatherTime  = 100 * time.Millisecond // the longest a result waits for others
	longestHold = 5 * time.Minute        // the longest a carrier may ask us to wait
	longestWait = 10 * time.Minute       // the longest between two attempts
)

// result is what is to be stored of an attempt.
type result struct {
	id      uuid.UUID
	person  people.ID
	attempt int
	status  sms.Status
	ref     string
	code    string
	reason  string
	wait    time.Duration // until the next attempt of a pending message, or the next look at one in doubt
	park    bool          // in doubt for good
	repeat  bool          // pending although nobody knows about this attempt
	verdict sms.Verdict

	elsewhere bool
}

func (m *message) result(status sms.Status, reason string) result {
	return result{id: m.ID, person: m.Person, attempt: m.Attempt, status: status, reason: reason, elsewhere: m.Elsewhere}
}

// outcome brings what a carrier said to what is stored.
func (m *message) outcome(out sms.Outcome, lag time.Duration) result {
	r := m.result(sms.InDoubt, "")
	r.ref, r.code, r.verdict = sms.Tidy(out.Ref), sms.Tidy(out.Code), out.Verdict
	switch out.Result {
	case sms.Accepted:
		r.status = sms.Taken
	case sms.Refused:
		r.status, r.reason = sms.Failed, sms.ReasonRefused
	case sms.NotSent:
		r.status, r.wait = sms.Pending, max(backoff(m.Attempt), min(out.RetryAfter, longestHold))
	default:
		r.wait = lag
	}
	return r
}

// backoff doubles from one second, and is spread by half, so that what failed together does not come back together.
func backoff(attempt int) time.Duration {
	wait := min(time.Second<<min(attempt-1, 20), longestWait)
	return wait/2 + rand.N(wait)
}

// write stores results in batches until there are no more. While the database is away they wait here, and as nothing can be handed on,
// nothing more is sent.
func (o *Outbox) write() {
	for first := range o.results {
		batch := o.gather(first)
		for !o.stored(batch) && pause(o.hard, 250*time.Millisecond, nil) {
		}
	}
}

// gather waits a moment for more results than the first.
func (o *Outbox) gather(first result) []result {
	batch := append(make([]result, 0, mostResults), first)
	timer := time.NewTimer(gatherTime)
	defer timer.Stop()
	for len(batch) < mostResults {
		select {
		case r, ok := <-o.results:
			if !ok {
				return batch
			}
			batch = append(batch, r)
		case <-timer.C:
			return batch
		}
	}
	return batch
}

func (o *Outbox) stored(batch []result) bool {
	err := database.InTx(o.hard, o.DB, func(tx *database.Tx) error {
		for _, r := range batch {
			if err := sms.RecordVerdict(o.hard, tx, r.person, r.verdict, r.elsewhere); err != nil {
				return err
			}
		}
		return storeResults(o.hard, tx, batch)
	})
	complain(o.hard, "store what was sent", err)
	return err == nil
}
