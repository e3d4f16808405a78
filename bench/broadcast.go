package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"golang.org/x/sync/errgroup"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sms"
)

// broadcast measures how fast one text to everybody is queued, and how fast it leaves.
func (s SMS) broadcast(ctx context.Context, p *place) ([]rule, error) {
	url, err := p.makeDatabase(ctx, "broadcast", 0)
	if err != nil {
		return nil, err
	}
	if err := p.fillPeople(ctx, url, s.Messages); err != nil {
		return nil, err
	}
	queued, err := s.queue(ctx, p, url)
	if err != nil {
		return nil, err
	}
	if err := settleAt(ctx, url, "broadcast"); err != nil {
		return nil, err
	}
	sent, err := s.send(ctx, p, url)
	return append(queued, sent...), err
}

// queue queues the broadcast in a process of its own.
func (s SMS) queue(ctx context.Context, p *place, url string) ([]rule, error) {
	progress("queueing %d messages", s.Messages)
	start := time.Now()
	child, err := p.part(ctx, "broadcast", url)
	if err != nil {
		return nil, err
	}
	took := time.Since(start).Seconds()
	memory, err := child.memory("VmHWM")
	if err != nil {
		return nil, err
	}
	fmt.Printf("\n%d messages queued in %.1f s: %.0f/s\n", s.Messages, took, float64(s.Messages)/took)
	return []rule{
		{fmt.Sprintf("seconds until %d messages are queued", s.Messages), took, 15 * max(1, float64(s.Messages)/1e6), true},
		{"MiB at most of the process that queues", memory, 64, true},
	}, child.stop()
}

const broadcastText = "Sapar: 12.12 shailoo"

// broadcastHands queue at once, each for its part of the people.
const broadcastHands = 2

// queueBroadcast queues one text for everybody. When it returns all are queued.
func queueBroadcast(ctx context.Context, part Part, db *database.DB) (http.Handler, error) {
	keys, err := database.LoadKeys(part.Keys)
	if err != nil {
		return nil, err
	}
	mailing := sms.Mailing{Key: "broadcast 1", Text: menus.Wording{menus.Russian: broadcastText}, Base: menus.Russian, Topic: people.Broadcasts}
	hands, ctx := errgroup.WithContext(ctx)
	for hand := range uint64(broadcastHands) {
		span := sms.Span{After: idAt(hand, broadcastHands), Last: idAt(hand+1, broadcastHands)}
		hands.Go(func() error { return sms.QueueBroadcast(ctx, db, keys, nil, mailing, span, nil) })
	}
	return nil, hands.Wait()
}

// idAt is the n-th of some ids that lie evenly over all there can be; behind the last comes the highest.
func idAt(n, of uint64) (id uuid.UUID) {
	if n == of {
		return uuid.Max
	}
	binary.BigEndian.PutUint64(id[:], n*(^uint64(0)/of))
	return id
}

// fillPart is how many people are made by one statement.
const fillPart = 10_000

const sqlFillPeople = `
INSERT INTO people (id, phone_hash, phone, language, created_at, agreed_at)
SELECT *, now(), now() FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::text[])`

// fillPeople makes people who may be sent to, with numbers sealed as the program does it.
func (p *place) fillPeople(ctx context.Context, url string, number int) error {
	progress("broadcast: filling %d people", number)
	db, err := database.OpenOwner(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	var hands errgroup.Group
	hands.SetLimit(broadcastHands)
	for from := 0; from < number; from += fillPart {
		hands.Go(func() error { return p.fillSome(ctx, db, from, min(from+fillPart, number), number) })
	}
	if err := hands.Wait(); err != nil {
		return fmt.Errorf("fill people: %w", err)
	}
	return settle(ctx, db, "broadcast")
}

func (p *place) fillSome(ctx context.Context, db *database.DB, from, to, of int) error {
	var ids, languages []string
	var hashes, phones pq.ByteaArray
	for n := from; n < to; n++ {
		id := idAt(uint64(n), uint64(of))
		id[15] = 1 // the first one is not zero
		phone, language := knownPerson(n)
		ids, languages = append(ids, id.String()), append(languages, string(language))
		hashes, phones = append(hashes, p.keys.Hash("phone", phone.E164())), append(phones, p.keys.Seal([]byte(phone.E164()), id[:]))
	}
	_, err := db.ExecContext(ctx, sqlFillPeople, pq.StringArray(ids), hashes, phones, pq.StringArray(languages))
	return err
}
