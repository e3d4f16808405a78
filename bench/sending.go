package bench

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"sapar/database"
)

// send has the server send what is queued to a carrier that takes everything, and the prototype the same number of messages, in turns. In
// each round the server is started afresh and told to end.
func (s SMS) send(ctx context.Context, p *place, url string) ([]rule, error) {
	prototypes, err := p.makeDatabase(ctx, "prototype", 0)
	if err != nil {
		return nil, err
	}
	sender, err := p.newSender(url)
	if err != nil {
		return nil, err
	}
	defer sender.sink.close()
	var bare []float64
	drain := min(s.Drain, s.Messages/s.Rounds*9/10) // a round sends a little more than is waited for
	for round := range s.Rounds {
		progress("sending %d messages, round %d of %d", drain, round+1, s.Rounds)
		speed, err := p.prototype(ctx, prototypes, drain)
		if err != nil {
			return nil, err
		}
		bare = append(bare, speed)
		if err := sender.round(ctx, drain); err != nil {
			return nil, err
		}
		progress("the prototype sent %.0f/s, the server %.0f/s", speed, sender.speeds[round])
	}
	return sender.rules(ctx, s.Messages, bare)
}

// prototype has the prototype send some messages, and is how many that were in a second.
func (p *place) prototype(ctx context.Context, url string, number int) (float64, error) {
	owner, err := database.OpenOwner(ctx, url)
	if err != nil {
		return 0, err
	}
	defer owner.Close()
	if _, err := owner.ExecContext(ctx, fmt.Sprintf(prototypeTable, number)); err != nil {
		return 0, fmt.Errorf("fill the prototype: %w", err)
	}
	if err := settle(ctx, owner, "prototype"); err != nil {
		return 0, err
	}
	sink, err := openSink()
	if err != nil {
		return 0, err
	}
	defer sink.close()
	child, err := p.part(ctx, "prototype", url, "--sink="+sink.url)
	if err != nil {
		return 0, err
	}
	speed, err := sink.speed(ctx, 0, number)
	if err != nil {
		return 0, fmt.Errorf("prototype: %w\n%s", err, child.logTail())
	}
	return speed, child.stop()
}

// sender is the server with one channel, whose carrier is the sink.
type sender struct {
	place    *place
	url      string // of its database
	sink     *sink
	channels string // the file
	speeds   []float64
	replies  []time.Duration
	memory   float64 // MiB, the most there was
}

// senderChannels takes texts without replying in the answer, so that a reply goes by the outbox too.
const senderChannels = `sms:
  - name: form
    kind: form
    settings:
      inbound: {method: POST, encoding: form, fields: {id: id, from: from, to: to, text: text}}
      send: {url: "%s", method: POST, encoding: form, fields: {to: to, text: text, id: id}, id: id}
`

func (p *place) newSender(url string) (*sender, error) {
	sink, err := openSink()
	if err != nil {
		return nil, err
	}
	s := &sender{place: p, url: url, sink: sink, channels: filepath.Join(p.folder, "channels.yaml")}
	return s, os.WriteFile(s.channels, fmt.Appendf(nil, senderChannels, sink.url), 0o600)
}

// repliesEach is how many phones text in a round, one after another, while the broadcast leaves.
const repliesEach = 5

// round starts the server, waits until so many messages have arrived, and stops it; meanwhile phones text it.
func (s *sender) round(ctx context.Context, number int) error {
	before, _ := s.sink.count()
	child, err := s.place.start(ctx, "sender", append([]string{"serve", "--database-url=" + s.url, "--keys=" + s.place.keysPath(), "--channels=" + s.channels}, unlimited...)...)
	if err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error {
		speed, err := s.sink.speed(ctx, before, number)
		s.speeds = append(s.speeds, speed)
		return err
	})
	work.Go(func() error {
		for i := range repliesEach {
			if err := s.sink.until(ctx, before+(i+1)*number/(repliesEach+2)); err != nil {
				return err
			}
			if err := s.reply(ctx, child); err != nil {
				return err
			}
		}
		return nil
	})
	if err := work.Wait(); err != nil {
		return fmt.Errorf("send: %w\n%s", err, child.logTail())
	}
	memory, err := child.memory("VmHWM")
	if err != nil {
		return err
	}
	s.memory = max(s.memory, memory)
	return child.stop()
}

// reply texts from a phone that never texted before, and notes how long the reply takes until it is at the carrier.
func (s *sender) reply(ctx context.Context, child *child) error {
	phone := fmt.Sprintf("+996%d", newPhone(len(s.replies)))
	arrived, start := s.sink.wait(phone), time.Now()
	form := url.Values{"id": {phone}, "from": {phone}, "to": {"4141"}, "text": {"консул"}}
	answer, err := http.PostForm("http://"+child.address+"/sms/form", form)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("a text was answered with %s", answer.Status)
	}
	select {
	case at := <-arrived:
		s.replies = append(s.replies, at.Sub(start))
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(sinkWait):
		return fmt.Errorf("no reply in %v", sinkWait)
	}
}

const sqlSent = `
SELECT pending, accepted, unaccounted
FROM outbox_identity`

// rules print what was measured. A message is lost that is not to be sent any more and never arrived; the outbox is wrong about one that it
// calls sent though it never arrived, or does not call sent though it did.
func (s *sender) rules(ctx context.Context, queued int, bare []float64) ([]rule, error) {
	owner, err := database.OpenOwner(ctx, s.url)
	if err != nil {
		return nil, err
	}
	defer owner.Close()
	var pending, accepted, unaccounted int
	if err := owner.QueryRowContext(ctx, sqlSent).Scan(&pending, &accepted, &unaccounted); err != nil {
		return nil, fmt.Errorf("count the messages: %w", err)
	}
	arrived, different := s.sink.count()
	queued += len(s.replies)
	ours, theirs := median(s.speeds), median(bare)
	fmt.Printf("%d of %d messages sent, %.0f/s (medians of the rounds; the prototype %.0f/s); replies after %.0f ms (median), %.0f ms (slowest of %d)\n",
		different, queued, ours, theirs, milliseconds(median(s.replies)), milliseconds(slices.Max(s.replies)), len(s.replies))
	return []rule{
		{"messages/s sent, of the prototype's", ours / theirs, 0.5, false},
		{fmt.Sprintf("messages lost of %d", queued), float64(queued - pending - different), 0, true},
		{fmt.Sprintf("messages doubled of %d", arrived), float64(arrived - different), 0, true},
		{"messages the outbox is wrong about", math.Abs(float64(accepted-different)) + float64(unaccounted), 0, true},
		{"MiB at most of the process that sends", s.memory, 64, true},
		{"seconds until the slowest reply left", slices.Max(s.replies).Seconds(), 1, true},
	}, nil
}
