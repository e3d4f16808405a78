// Package outbox sends what was queued, from any number of processes at once: no message is lost silently, and none doubled silently.
//
// An attempt is committed before its POST begins, and has a number and a lease. What its POST leaves in doubt, or a worker that died,
// is looked into (resolve.go) before anything is sent again; only what surely did not happen is tried again by itself.
package outbox

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"sapar/database"
	"sapar/sms"
)

// Options are what an outbox works with. Zero numbers and durations stand for the usual ones.
type Options struct {
	DB       *database.DB
	Keys     *database.Keys
	Channels []sms.Channel
	// Prefixes are the country prefixes that may be sent to, without the plus, as in sms.Limits; none is all. They are looked at here too, since
	// whoever queues a broadcast sees no numbers.
	Prefixes []string
	InFlight int           // POSTs at once; half as many more are kept for replies. Usually 32
	Post     time.Duration // longest POST; usually 20 s
	Lease    time.Duration // how long a claimed message is this worker's, longer than a POST; usually 30 s
	Lag      time.Duration // after how long a carrier can be trusted to know a message, and how far apart it is asked; usually 15 s
	Poll     time.Duration // how often an empty outbox is looked at; usually 200 ms
	Observe  func(channel string, result sms.Result, took time.Duration)
}

// Drain is the longest that Run takes to end: POSTs under way are finished and their results stored.
const Drain = 32 * time.Second

// Outbox is one process's part in sending.
type Outbox struct {
	Options
	store    *store
	breakers map[string]*breaker
	results  chan result
	lanes    []*lane
	hard     context.Context // ends when draining has taken too long
}

// New makes an outbox ready to Run. A channel may be sent by several outboxes, in this process or in others; its rate holds for all together.
func New(ctx context.Context, options Options) (*Outbox, error) {
	options.fill()
	o := &Outbox{Options: options, breakers: map[string]*breaker{}, results: make(chan result, mostResults)}
	for _, c := range o.Channels {
		o.breakers[c.Name] = newBreaker(c.Name)
	}
	var err error
	if o.store, err = openStore(ctx, o.DB); err != nil {
		return nil, err
	}
	if err := makeBuckets(ctx, o.DB, o.names()); err != nil {
		return nil, err
	}
	o.lanes = []*lane{
		newLane(o, []sms.Priority{sms.Reply}, max(1, o.InFlight/2)),
		newLane(o, []sms.Priority{sms.Case, sms.Reminder, sms.Broadcast}, o.InFlight),
	}
	return o, nil
}

// names are those of the channels.
func (p *Options) names() (names []string) {
	for _, c := range p.Channels {
		names = append(names, c.Name)
	}
	return names
}

// allows reports whether a number in E.164 is in a country that may be sent to.
func (p *Options) allows(to string) bool {
	return len(p.Prefixes) == 0 || slices.ContainsFunc(p.Prefixes, func(prefix string) bool { return strings.HasPrefix(to, "+"+prefix) })
}

func (p *Options) fill() {
	p.InFlight = or(p.InFlight, 32)
	p.Post = or(p.Post, 20*time.Second)
	p.Lease = or(p.Lease, 30*time.Second)
	p.Lag = or(p.Lag, 15*time.Second)
	p.Poll = or(p.Poll, 200*time.Millisecond)
	if p.Observe == nil {
		p.Observe = func(string, sms.Result, time.Duration) {}
	}
}

func or[T int | time.Duration](value, usual T) T {
	if value == 0 {
		return usual
	}
	return value
}

// Run sends until the context ends, and then drains: nothing more is claimed, what was claimed and not yet posted goes back, POSTs
// under way are finished. It returns within Drain; then every message of this process is accounted for.
func (o *Outbox) Run(ctx context.Context) error {
	var give context.CancelFunc
	o.hard, give = context.WithCancel(context.WithoutCancel(ctx))
	defer give()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(Drain, give) })()
	var written, resolved, sent sync.WaitGroup
	written.Go(o.write)
	resolved.Go(func() { o.resolve(ctx) })
	for _, l := range o.lanes {
		sent.Go(func() { l.run(ctx) })
	}
	sent.Wait()
	resolved.Wait()
	close(o.results)
	written.Wait()
	if o.hard.Err() != nil {
		return errors.New("drain the outbox: not every result could be stored in time")
	}
	return nil
}

// Wake has the outbox look at once, after a commit that queued something.
func (o *Outbox) Wake() {
	for _, l := range o.lanes {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// pause waits, and reports whether there is still something to wait for.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-timer.C:
	}
	return true
}

// complain logs what went wrong on our side, unless it is only the end.
func complain(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		slog.Error(doing, "error", err)
	}
}
