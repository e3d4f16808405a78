package ussd

import (
	"net/http"

	"sapar/callbacks"
	"sapar/menus"
)

// Channel is one agreement with one carrier: where it calls, what opens the door to it, and how much its screens hold.
type Channel struct {
	Name    string // as in the path /ussd/<name>
	Kind    string // which carrier speaks, as carriers.New knows it
	Secrets callbacks.Secrets
	Screen  menus.Channel // how much a screen holds, and which letters arrive
	Tree    string        // the tree that is opened whatever code was dialled; empty when the code chooses the tree
	Carrier Carrier
}

// Open reports whether anybody who knows the address may call: the channel has no secret. It may be served on a loopback address only.
func (c Channel) Open() bool { return len(c.Secrets) == 0 }

// EndReader is a carrier that also tells the end of a session, at an address of its own: /ussd/<channel>/events.
type EndReader interface {
	Carrier
	// ReadEnd understands such a notice. Abort is set in what it returns; there is no screen to answer with.
	ReadEnd(r *http.Request) (Dial, error)
}
