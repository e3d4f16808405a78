package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"sapar/menus"
)

// target is a server that is measured, with the counters that keep its sessions and phones apart from run to run.
type target struct {
	name      string
	address   string
	child     *child
	url       string // of its database
	dialogues *dialogues
	answer    []byte // what it says to everything, when it is no dialogue's screens
	people    int    // known people
	sessions  atomic.Int64
	newcomers atomic.Int64
	asked     atomic.Int64 // callbacks of all runs
}

// load is one run: a closed loop, in which each caller waits for its answer, or, with a rate, an open one, in which turns fall due
// whether or not the server keeps up.
type load struct {
	callers int
	rate    float64
	time    time.Duration
}

// closedLoops are a run with each number of callers.
func closedLoops(callers []int, time time.Duration) []load {
	var loads []load
	for _, n := range callers {
		loads = append(loads, load{callers: n, time: time})
	}
	return loads
}

// openLoopCallers bounds how many turns an open loop may have in flight.
const openLoopCallers = 256

// String says what the run is.
func (l load) String() string {
	if l.rate > 0 {
		return fmt.Sprintf("open loop, %.0f turns/s", l.rate)
	}
	return fmt.Sprintf("%d callers", l.callers)
}

// result is what one run measured.
type result struct {
	speed         float64 // turns a second
	p50, p99, max time.Duration
	turns, wrong  int // turns answered, and those whose answer was not the right one
}

// run loads a target; callers end the dialogues they are in after the time, and those turns are not counted.
func (t *target) run(ctx context.Context, l load) (result, error) {
	callers, err := t.gather(ctx, l.callers)
	defer func() {
		for _, c := range callers {
			c.conn.Close()
		}
	}()
	if err == nil {
		due, end := l.clock(), time.Now().Add(l.time)
		err = together(callers, func(_ int, c *caller) error { return c.talk(ctx, end, due) })
	}
	if err != nil {
		return result{}, fmt.Errorf("%s: %w\n%s", t.name, err, t.child.logTail())
	}
	return summarize(callers, l.time), nil
}

// gather connects callers and brings each to a turn of its own: otherwise all would dial together, and answer together, in waves that no
// crowd makes. It returns those it has connected also when it fails.
func (t *target) gather(ctx context.Context, number int) ([]*caller, error) {
	var callers []*caller
	for range number {
		c, err := t.newCaller(ctx)
		if err != nil {
			return callers, err
		}
		callers = append(callers, c)
	}
	return callers, together(callers, func(i int, c *caller) error { return c.advance(1 + i%(dialogueTurns-1)) })
}

// together does something with every caller at once.
func together(callers []*caller, do func(i int, c *caller) error) error {
	var group errgroup.Group
	for i, c := range callers {
		group.Go(func() error { return do(i, c) })
	}
	return group.Wait()
}

// clock gives the moments at which turns of an open loop fall due, or nil for a closed loop.
func (l load) clock() <-chan time.Time {
	if l.rate <= 0 {
		return nil
	}
	due := make(chan time.Time, int(l.rate*l.time.Seconds())+1)
	go func() {
		defer close(due)
		start, each := time.Now(), time.Duration(float64(time.Second)/l.rate)
		for next := time.Duration(0); next < l.time; {
			for ; next <= time.Since(start); next += each {
				due <- start.Add(next)
			}
			time.Sleep(each)
		}
	}()
	return due
}

// caller is one phone after another on one connection.
type caller struct {
	target         *target
	conn           *wire
	random         *rand.Rand
	dialogue       walked // what of it is still to come
	session, phone int
	buffer         []byte
	took           []time.Duration
	wrong          int
}

func (t *target) newCaller(ctx context.Context) (*caller, error) {
	conn, err := dialWire(ctx, t.address)
	if err != nil {
		return nil, err
	}
	return &caller{target: t, conn: conn, random: rand.New(rand.NewPCG(uint64(t.sessions.Load()), 7))}, nil
}

// advance begins a dialogue and takes some turns of it, which are not measured.
func (c *caller) advance(turns int) error {
	c.next()
	for range turns {
		if err := c.take(); err != nil {
			return err
		}
	}
	return nil
}

// talk has dialogues until the end; then it hangs up as people do, after the last screen.
func (c *caller) talk(ctx context.Context, end time.Time, due <-chan time.Time) error {
	for ; time.Now().Before(end); c.next() {
		for len(c.dialogue) > 0 {
			start, counts := wait(due)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := c.take(); err != nil {
				return err
			}
			if now := time.Now(); counts && (due != nil || now.Before(end)) {
				c.took = append(c.took, now.Sub(start))
			}
		}
	}
	return nil
}

// wait is the moment a turn begins: now, or when it fell due. It is false when none falls due any more.
func wait(due <-chan time.Time) (time.Time, bool) {
	if due == nil {
		return time.Now(), true
	}
	start, more := <-due
	return start, more
}

// next draws a dialogue and gives it a session and a phone of its own.
func (c *caller) next() {
	t := c.target
	c.session = int(t.sessions.Add(1))
	if c.session%newcomerEvery == 0 {
		c.phone = newPhone(int(t.newcomers.Add(1)))
		c.dialogue = t.dialogues.newcomers[c.random.IntN(len(t.dialogues.newcomers))]
		return
	}
	person := c.session % t.people
	of := t.dialogues.known[menus.Languages[person%len(menus.Languages)]]
	c.phone, c.dialogue = knownPhone(person), of[c.random.IntN(len(of))]
}

// take has the next turn and compares its answer.
func (c *caller) take() error {
	e := &c.dialogue[0]
	c.dialogue = c.dialogue[1:]
	c.buffer = e.with(c.buffer, c.session, c.phone)
	want := e.answer
	if c.target.answer != nil {
		want = c.target.answer
	}
	c.target.asked.Add(1)
	right, err := c.conn.ask(c.buffer, want)
	if !right {
		c.wrong++
	}
	return err
}

func summarize(callers []*caller, took time.Duration) result {
	var all []time.Duration
	var r result
	for _, c := range callers {
		all = append(all, c.took...)
		r.wrong += c.wrong
	}
	if len(all) == 0 {
		return r
	}
	slices.Sort(all)
	r.turns = len(all)
	r.speed = float64(len(all)) / took.Seconds()
	r.p50, r.p99, r.max = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	return r
}
