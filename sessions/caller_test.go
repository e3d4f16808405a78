package sessions_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sapar/menus"
	"sapar/people"
	"sapar/sessions"
)

// caller is one phone in one call. It sends what was typed the way its carrier does.
type caller struct {
	t     testing.TB
	call  sessions.Call
	whole bool
	step  int
	begun bool
	path  []string
}

var screen = menus.Channel{First: menus.Limit{Septets: 182, Units: 80}, Later: menus.Limit{Septets: 182, Units: 80}, Charset: menus.UCS2}

var lastKey atomic.Int64

// newCall is a call of a phone through a carrier that sends the whole path.
func newCall(t testing.TB, number string) *caller {
	t.Helper()
	phone, ok := people.NewPhone(number)
	if !ok {
		t.Fatalf("%s is no number", number)
	}
	return &caller{t: t, whole: true, call: sessions.Call{
		Channel: "whole", Key: fmt.Sprint("key-", lastKey.Add(1)), Phone: phone, Code: "*141#", Whole: true, Screen: screen,
	}}
}

// newLastCall is a call through a carrier that sends the last answer and numbers its steps.
func newLastCall(t testing.TB, number string) *caller {
	t.Helper()
	c := newCall(t, number)
	c.whole, c.call.Whole, c.call.Channel = false, false, "last"
	return c
}

// next is the callback for an answer; the first one of a call has none.
func (c *caller) next(typed string) sessions.Call {
	if c.begun {
		c.path = append(c.path, typed)
	}
	c.step++
	call := c.call
	if c.whole {
		call.Path = strings.Join(c.path, "*")
	} else {
		call.Input, call.Seq, call.Begin = typed, fmt.Sprint(c.step), !c.begun
	}
	c.begun = true
	return call
}

// dial opens the call and types the answers, each in a callback of its own; the last screen is returned.
func (c *caller) dial(s *sessions.Sessions, typed ...string) sessions.Reply {
	c.t.Helper()
	reply := s.Turn(context.Background(), c.next(""))
	for _, input := range typed {
		reply = c.answer(s, input)
	}
	return reply
}

func (c *caller) answer(s *sessions.Sessions, typed string) sessions.Reply {
	c.t.Helper()
	return s.Turn(context.Background(), c.next(typed))
}

// english is the answer to the question of a first dial.
const english = "4"

func shows(t testing.TB, reply sessions.Reply, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(reply.Text, text) {
			t.Errorf("the screen has no %q:\n%s", text, reply.Text)
		}
	}
}

func hides(t testing.TB, reply sessions.Reply, never ...string) {
	t.Helper()
	for _, text := range never {
		if strings.Contains(reply.Text, text) {
			t.Errorf("the screen has %q:\n%s", text, reply.Text)
		}
	}
}

// atOnce runs n copies of something together and waits for them all.
func atOnce(n int, do func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wg.Wait()
}
