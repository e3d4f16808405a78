// Package sessions is a person's way through a tree on any channel: the turn, resume, shared commits, and the database away.
package sessions

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Call is one callback as a door hands it over.
type Call struct {
	Channel string
	Key     string // the carrier's key of the session
	Phone   people.Phone
	Code    string // the code that was dialled
	Path    string // everything typed since the code, joined by stars; only when Whole
	Input   string // the last answer; only when not Whole
	Whole   bool
	Seq     string        // the carrier's number of the step, where it has one
	Begin   bool          // the carrier says that this is the first callback of the session
	Abort   bool          // the carrier says that the session is over
	Window  time.Duration // for so long the same callback is that one sent again, where Seq may come round; 0: for ever where it can be told
	Screen  menus.Channel

	Patience time.Duration // shorter than the usual, for a carrier that hangs up earlier; 0: the usual

	Tree string // opened whatever the code; empty when the code chooses
	Text *Texted

	callback string                    // set by identify; stands for what the carrier sent: the same callback again has the same one
	refused  menus.Refusal             // why what this turn asked for before was not carried out
	proofs   map[string]menus.Unlocked // what the PINs of this callback have proved
}

// Reply is the screen that answers a call.
type Reply struct {
	Text string
	End  bool
}

// id names the session of a call. It is made of the carrier's key and the phone, so a repeated first callback meets the same session,
// and the same key of another phone or channel does not.
// All texts of a phone are one session, whichever of our numbers it texts.
func (c *Call) id(keys *database.Keys) uuid.UUID {
	if c.Text != nil {
		return uuid.UUID(keys.Hash("session", "sms", "texts", c.Phone.E164()))
	}
	return uuid.UUID(keys.Hash("session", c.Channel, c.Key, c.Phone.E164()))
}

// identify returns the session of a call, and notes in the call, once for the whole turn, which callback it is.
func (c *Call) identify(keys *database.Keys) uuid.UUID {
	id := c.id(keys)
	whole := "last"
	if c.Whole {
		whole = "whole"
	}
	parts := []string{"callback", string(id[:]), whole, c.Seq, c.Path, c.Input}
	if c.Text != nil {
		parts = []string{"text", string(id[:]), c.Channel, c.Text.ID}
	}
	c.callback = string(keys.Hash(parts...))
	return id
}

// saved is what is kept of a session between two turns, sealed. It is written as CBOR (RFC 8949): half the time of JSON on every turn.
type saved struct {
	State menus.State `cbor:"state"`
	Path  string      `cbor:"path,omitempty"` // what of a whole path has been walked
	Seq   string      `cbor:"seq,omitempty"`  // the carrier's number of the latest step
	Code  string      `cbor:"code,omitempty"`
	Left  *leftOver   `cbor:"left,omitempty"` // a dropped dialogue that this session has neither offered nor replaced
	Talk  *Talk       `cbor:"talk,omitempty"` // of a session of texts

	Settled bool `cbor:"settled,omitempty"` // the turn answered a reminder: the next "1" may answer another
}

// leftOver is a dropped dialogue and when its owner was last seen in it.
type leftOver struct {
	State menus.State `cbor:"state"`
	At    time.Time   `cbor:"at"`
}

// session is what is known of an open session. The memory is a cache, never the truth: the turn number says whether it still holds.
type session struct {
	id     uuid.UUID
	person people.Person
	phone  people.Phone
	known  bool      // read from the database, or made by this process, and not in doubt since
	stored bool      // there is a row
	owner  people.ID // whose it is; a phone may be somebody else's by now
	turns  int       // the last turn stored
	at     time.Time // of the last turn stored
	ended  bool
	begun  bool  // saved holds a state, of the database or of a call answered while it was away
	ahead  bool  // saved was reached while the database was away, and is not stored
	first  saved // the first such state: its turn may have been stored all the same
	saved  saved
	held   []leftOver // the person's dropped dialogues that may be offered, the latest first
	last   lastReply
}

// wentOn reports whether memory is ahead of a row by the turns that were answered while the database was away: the row is as it was,
// or has the first of those turns, whose commit got through although its answer was lost.
func (s *session) wentOn(turn int, kept *saved) bool {
	if !s.ahead {
		return false
	}
	first := turn == s.turns+1 && kept.Path == s.first.Path && kept.Seq == s.first.Seq && kept.State.Here == s.first.State.Here
	return turn == s.turns || first
}

// slot is the place of an open session in memory.
type slot struct {
	turn    chan struct{} // one turn in flight: whoever fills it may touch the session
	seen    time.Time
	session session
}

// lastReply is the answer to the latest callback, for the carrier that sends it again.
type lastReply struct {
	callback string
	reply    Reply
	at       time.Time
}

// openSessions are the sessions in memory.
type openSessions struct {
	mu   sync.Mutex
	byID map[uuid.UUID]*slot
}

// find returns the place of a session, a new one when it is not in memory.
func (o *openSessions) find(id uuid.UUID, now time.Time) *slot {
	o.mu.Lock()
	defer o.mu.Unlock()
	s, ok := o.byID[id]
	if !ok {
		s = &slot{turn: make(chan struct{}, 1), session: session{id: id}}
		o.byID[id] = s
	}
	s.seen = now
	return s
}

// idle is how long a session stays in memory after its last callback: longer than any carrier keeps one open (180 s at Africa's Talking).
const idle = 10 * time.Minute

// sweep forgets sessions nobody has asked for; those with a turn in flight stay.
func (o *openSessions) sweep(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, s := range o.byID {
		select {
		case s.turn <- struct{}{}:
			if now.Sub(s.seen) > idle || s.session.ended && now.Sub(s.seen) > time.Minute {
				delete(o.byID, id)
			}
			<-s.turn
		default:
		}
	}
}

func seal(keys *database.Keys, id uuid.UUID, s *saved) ([]byte, error) {
	text, err := cbor.Marshal(s)
	if err != nil {
		return nil, err
	}
	return keys.Seal(text, id[:]), nil
}

// errOldState says that a state cannot be read, though it is ours: an older program wrote it.
var errOldState = errors.New("a state in another form")

func unseal(keys *database.Keys, id uuid.UUID, sealed []byte) (saved, error) {
	var s saved
	text, err := keys.Open(sealed, id[:])
	if err != nil {
		return s, err
	}
	if err := cbor.Unmarshal(text, &s); err != nil {
		return saved{}, fmt.Errorf("%w: %w", errOldState, err)
	}
	return s, nil
}
