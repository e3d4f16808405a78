package scheduler

import "time"

// mostSkipped is how many missed slots are told of; of a job of every minute that is most of a day, and the rest says nothing more.
const mostSkipped = 1000

// due is what is to be done about a job now.
type due struct {
	run     time.Time   // the slot to run; zero when there is none
	skipped []time.Time // slots that nobody ran in their time, the oldest first
}

// dueSlots looks at the slots after the last one that is known, until now: the latest of them is run when it is not too old, and the ones before
// it are skipped. Next gives the slot after a moment, or the zero time. Of a job that was never known only the latest slot counts: nobody missed what was before.
func dueSlots(next func(time.Time) time.Time, last, now time.Time, validity time.Duration) (d due) {
	from := last
	if from.IsZero() {
		from = now.Add(-validity - time.Nanosecond)
	}
	var missed []time.Time
	for slot := next(from); !slot.IsZero() && !slot.After(now); slot = next(slot) {
		missed = append(missed, slot)
		if len(missed) > 2*mostSkipped {
			missed = append(missed[:0], missed[len(missed)-mostSkipped:]...)
		}
	}
	if len(missed) == 0 {
		return d
	}
	latest := missed[len(missed)-1]
	if now.Sub(latest) <= validity {
		d.run, missed = latest, missed[:len(missed)-1]
	}
	if !last.IsZero() {
		d.skipped = missed[max(0, len(missed)-mostSkipped):]
	}
	return d
}
