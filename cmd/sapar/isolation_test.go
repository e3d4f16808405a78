package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sapar/ussd"
)

func TestNoPhoneReadsAnotherPersonsAnswer(t *testing.T) {
	r := startServer(t, Config{}, time.Now)
	const goroutines, phones = 64, 4
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for p := range phones {
				r.tellsOwn(fmt.Sprintf("marker-%d-%d.", g, p), []string{"africastalking", "form"}[p%2], fmt.Sprint("shared-key-", p))
			}
		})
	}
	wg.Wait()
	if n := r.count("SELECT count(*) FROM applications"); n != goroutines*phones {
		t.Errorf("%d applications of %d", n, goroutines*phones)
	}
	r.checkChains()
}

// tellsOwn files an application with a marker in it, and looks at every screen for the marker of somebody else.
func (r *running) tellsOwn(marker, channel, key string) {
	h := r.phone(channel, newNumber())
	h.session.Key = key // carriers' keys collide between phones
	echoed := false
	var reply ussd.Reply
	press := func(typed string) ussd.Reply {
		answered, err := h.press(typed)
		if reply = answered; err != nil {
			r.t.Error(err)
		}
		echoed = echoed || strings.Contains(reply.Text, marker)
		if strings.Contains(strings.ReplaceAll(reply.Text, marker, ""), "marker") {
			r.t.Errorf("%s reads\n%s", marker, reply.Text)
		}
		return reply
	}
	for _, typed := range request(marker) {
		press(typed)
	}
	send(reply, press)
	if !echoed {
		r.t.Errorf("%s never reads its own answer", marker)
	}
}
