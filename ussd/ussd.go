// Package ussd is the dialled door: it reads what carriers post, asks sessions for the turn, and answers in each carrier's form.
package ussd

import (
	"net/http"
	"time"

	"sapar/menus"
)

// Dial is one callback of a carrier: a person has dialled a code, or has answered a screen.
type Dial struct {
	Key    string        // the carrier's key of the session
	Phone  string        // as the carrier wrote it
	Code   string        // the code that was dialled, as *141#
	Path   string        // everything typed since the code, joined by stars; only when Whole, or what was dialled past the code on Begin
	Input  string        // the last answer; only when not Whole
	Whole  bool          // the carrier sends everything typed since the code, every time
	Seq    string        // the carrier's number of the step, where it has one
	Begin  bool          // the carrier says that this is the first callback of the session
	Abort  bool          // the carrier says that the session is over; the answer is not shown to anybody
	Window time.Duration // for so long the same callback is that one sent again, where Seq may come round; 0: for ever where it can be told
	Echo   string        // what Write needs of this callback besides its key, in the kind's own form; most kinds need nothing
}

// Reply is a screen on its way to the carrier.
type Reply struct {
	Text string
	End  bool   // the session ends with this screen
	Key  string // the key of the session, for carriers that want it repeated in the answer; others do not look at it
	Echo string // the Echo of the callback; in what Hear returns, what the carrier brings back with its next one
	Over bool   // the callback was an Abort: nobody sees a screen, and Text is empty
}

// Carrier is one way carriers speak. Read and Write are our side of a callback; Call and Hear are the carrier's own side, so that a dialogue
// can be played against a running server exactly as the carrier would.
type Carrier interface {
	// Read understands a callback. What is no callback gives a callbacks.BadCallback whose sentence names the field.
	Read(r *http.Request) (Dial, error)
	// Write answers a callback.
	Write(w http.ResponseWriter, reply Reply) error
	// Call makes the callback the carrier would send.
	Call(url string, dial Dial) (*http.Request, error)
	// Hear understands the answer as the carrier would; what the carrier would refuse is an error.
	Hear(r *http.Response) (Reply, error)
}

// Wide reports whether a screen has a letter outside GSM 03.38, so that all of it goes out as UCS-2.
func Wide(text string) bool { return menus.Measure(text).Wide }
