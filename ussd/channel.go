package ussd

import (
	"net/http"
	"time"

	"sapar/callbacks"
	"sapar/menus"
	"sapar/sessions"
)

// Channel is one agreement with one carrier: where it calls, what opens the door to it, and how much its screens hold.
type Channel struct {
	Name    string // as in the path /ussd/<name>
	Kind    string // which carrier speaks, as carriers.New knows it
	Secrets callbacks.Secrets
	Callers callbacks.Callers // the addresses it may be called from
	Place   string            // file:line:col in the channels file
	Timeout time.Duration     // within it there is a screen; 0 is 3 s
	Screen  menus.Channel     // how much a screen holds, and which letters arrive
	Tree    string            // the tree that is opened whatever code was dialled; empty when the code chooses the tree
	Carrier Carrier
}

// Open reports whether anybody who knows the address may call: the channel has no secret. It may be served on a loopback address only.
func (c Channel) Open() bool { return len(c.Secrets) == 0 }

// reserve is how much of a channel's timeout is left for a screen from memory and the way back.
const reserve = time.Second

// patience is how long a turn may wait for the database so that its screen is there in time; 0 is the usual.
func (c Channel) patience() time.Duration {
	if c.Timeout == 0 {
		return 0
	}
	return min(c.Timeout-reserve, sessions.Patience)
}

// Refuser is a carrier whose phone waits for a screen also when its callback could not be understood.
type Refuser interface {
	Carrier
	// Refuse answers such a callback with a last screen.
	Refuse(w http.ResponseWriter, r *http.Request, screen Reply) error
}

// EndReader is a carrier that also tells the end of a session, at an address of its own: /ussd/<channel>/events.
type EndReader interface {
	Carrier
	// ReadEnd understands such a notice. Abort is set in what it returns; there is no screen to answer with.
	ReadEnd(r *http.Request) (Dial, error)
}
