// Package applications keeps what people ask an office for, from the filing to the decision and until it is forgotten.
//
// A case belongs to one office, and Postgres shows its rows to a transaction of that office only; the person who filed it sees where it
// stands. Each change is one event and at most one text message. Time is told by the caller.
package applications

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"sapar/applications/kinds"
	"sapar/menus"
	"sapar/people"
)

// Application is one filing. Its number is what the person was shown and can read aloud.
type Application struct {
	Number   string
	Kind     string
	PersonID people.ID
	Tree     string
	Revision int // of the tree the questions were asked from
	Language menus.Language
	Answers  []menus.Answer
	FiledAt  time.Time
	Notify   bool   // the person wants a text of each change
	Listed   bool   // the person proved or chose a PIN: it may be shown to whoever proves it again
	Channel  string // it was filed by
}

// Receipt is what became of a filing.
type Receipt struct {
	Office string    // that has it
	Due    time.Time // by when the office should take it up
	Like   []string  // numbers of this person's open applications that say the same
	Notice Notice    // confirms it, if the person wants texts; the caller queues it
}

// Notice is a text message to be sent about a change, in words that tell nothing of what the case is about. The zero value is none.
type Notice struct {
	Key      string // unique to the change
	Person   people.ID
	Number   string
	Language menus.Language
	Text     string
}

// Filed is an application as the person who filed it sees it. One that was filed without a PIN tells only its neutral words, for ever: on a
// shared phone the PIN of later may be somebody else's.
type Filed struct {
	Number   string
	Name     string // of its kind; "" without a PIN
	Status   kinds.Status
	Text     string // where it stands, in full: behind the PIN only; "" without one
	Neutral  string // where it stands, for a text message
	Question string // that the office asks and has no answer to yet; "" for none, and without a PIN
	Date     string // the status speaks of, yyyy-mm-dd; "" for none
	FiledAt  time.Time
}

var (
	// ErrNumberTaken says that another application has the number already; the caller draws another and tries again.
	ErrNumberTaken = errors.New("the reference number is taken")
	// ErrForgotten says that whoever files was forgotten meanwhile: there is nobody to keep it for.
	ErrForgotten = errors.New("the person who files is forgotten")
	// ErrNotFound says that the office has no such case: there is none, or it is another office's. Nobody can tell which.
	ErrNotFound = errors.New("no such case")
	// ErrChanged says that the case is no longer as the case worker read it.
	ErrChanged = errors.New("somebody else changed the case meanwhile: read it again")
	// ErrEmptied says that the content of the case is gone: its time was over, or the person asked for it.
	ErrEmptied = errors.New("the content of the case is gone")
	// ErrDate says that the status needs a date, or has none.
	ErrDate = errors.New("a date as 2027-01-31 belongs to this status, and to no other")
	// ErrOffice says that a case cannot be handed to that office: it is closed, its own, or of those complained about.
	ErrOffice = errors.New("the case cannot be handed to that office")
	// ErrMerge says that two cases cannot become one.
	ErrMerge = errors.New("only two cases of the same kind and office can become one, and the one that stays must be open")
	// ErrPurpose says that nobody reads a case without saying what for.
	ErrPurpose = errors.New("say what the case is read for")
	// ErrText says that a note, a question or a reason is empty or too long.
	ErrText = errors.New("the text is empty or too long")
	// ErrTopic says that a question would tell whoever holds the phone what the case is about.
	ErrTopic = errors.New("a text message must not say what the case is about")
)

// WrongStep says that a case cannot go from one status to another, and where it can.
type WrongStep struct {
	From, To kinds.Status
	Allowed  []kinds.Status
}

// Error names the allowed statuses.
func (w *WrongStep) Error() string {
	allowed := make([]string, len(w.Allowed))
	for i, status := range w.Allowed {
		allowed[i] = string(status)
	}
	if len(allowed) == 0 {
		return fmt.Sprintf("a case that is %s goes nowhere from there", w.From)
	}
	return fmt.Sprintf("a case that is %s cannot become %s; allowed: %s", w.From, w.To, strings.Join(allowed, ", "))
}
