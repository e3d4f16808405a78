package sms

// Rank orders the states of one attempt: a message never moves to a lower or an equal one. The table of the outbox knows the same
// order as outbox_rank. Delivered beats every other end, since it is the only one that the phone itself vouches for; cancelled is ours
// and nothing a carrier says undoes it. A message begins again at pending only with the next attempt, which is made when the last one
// surely did not happen, or once for a repeatable message nobody knows about.
func (s Status) Rank() int {
	switch s {
	case Submitting:
		return 1
	case InDoubt:
		return 2
	case Taken:
		return 3
	case Sent:
		return 4
	case Undelivered, Failed, Expired:
		return 5
	case Delivered:
		return 6
	case Cancelled:
		return 7
	}
	return 0
}

// Reportable reports whether a carrier may say this of a message: it took it, passed it on, or came to an end with it.
func (s Status) Reportable() bool { return s.Rank() >= Taken.Rank() && s != Cancelled }

// Final reports whether nothing more is expected.
func (s Status) Final() bool { return s.Rank() >= Failed.Rank() }
