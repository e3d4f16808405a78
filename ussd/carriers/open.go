package carriers

import (
	"sync"
	"time"
)

// openCalls are the sessions of a carrier that names phone and code only at the steps of a session, not at its end. They are in the memory of
// this process and nowhere else.
type openCalls struct {
	mu     sync.Mutex
	phones map[string]openCall
}

type openCall struct {
	phone, code string
	seen        time.Time
}

const (
	openFor  = 10 * time.Minute // longer than any carrier keeps a session
	mostOpen = 20_000           // a stranger with the secret cannot fill the memory
)

func (o *openCalls) note(session, phone, code string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.phones) >= mostOpen {
		o.sweep()
	}
	if len(o.phones) < mostOpen {
		o.phones[session] = openCall{phone, code, time.Now()}
	}
}

// sweep forgets the sessions that nobody has seen for long.
func (o *openCalls) sweep() {
	for session, c := range o.phones {
		if time.Since(c.seen) > openFor {
			delete(o.phones, session)
		}
	}
}

func (o *openCalls) find(session string) (openCall, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c, ok := o.phones[session]
	if !ok || time.Since(c.seen) > openFor {
		return openCall{}, false
	}
	return c, true
}

func (o *openCalls) forget(session string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.phones, session)
}
