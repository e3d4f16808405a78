package deadlines

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/people"
	"sapar/scheduler/deadlines/rules"
	"sapar/sms"
)

const (
	// cooling is how long after a message that did not arrive a Russian number gets another: for 24 hours after it comes back from roaming,
	// or was silent for three days, it gets no text. Source: RBC, Kommersant and CNews on the rule in force since 2025-11-10 (2026-11-21).
	cooling = 25 * time.Hour
	// mostTries is how many messages of one reminder go to the main number.
	mostTries = 3
	// lookAgain is how long to wait for news of a message that is under way.
	lookAgain = 6 * time.Hour
)

// followed is a reminder whose message was to have left.
type followed struct {
	deadline
	Reminder uuid.UUID  `db:"reminder"`
	Holder   people.ID  `db:"holder"`
	Until    time.Time  `db:"until"`
	Tries    int        `db:"tries"`
	Home     bool       `db:"home"`
	State    State      `db:"state"`
	Status   sms.Status `db:"status"` // of its latest message to the main number
	Reason   string     `db:"reason"`
	TriedAt  *time.Time `db:"tried_at"`
}

// followSome looks what became of some messages, and sends what did not arrive once more, or to the number at home.
func (d *Desk) followSome(ctx context.Context, tx *database.Tx, now time.Time) (int, Counts, error) {
	rows, err := lockFollowed(ctx, tx, now, mostAtOnce)
	if err != nil || len(rows) == 0 {
		return 0, nil, err
	}
	counts, t := Counts{}, &thinking{Desk: d, tx: tx, now: now}
	for i := range rows {
		f := &following{thinking: t, followed: &rows[i], did: Counts{}}
		if err := f.follow(ctx); err != nil {
			return 0, nil, err
		}
		counts.add(f.did)
		if err := writeFollowed(ctx, tx, f); err != nil {
			return 0, nil, err
		}
	}
	return len(rows), counts, t.store(ctx)
}

// following is one reminder that is followed.
type following struct {
	*thinking
	*followed
	look    *time.Time
	sending *rules.Sending // of another message to the main number
	skipped string         // why its message never left
	did     Counts
}

// follow decides what to do about a message, by what became of it.
func (f *following) follow(ctx context.Context) error {
	switch f.Status {
	case sms.Delivered, "":
		return nil
	case sms.Cancelled:
		return f.refused(ctx)
	case sms.Failed, sms.Undelivered, sms.Expired:
		if f.TriedAt == nil { // it never left: we were away, or there was no channel
			return f.send(ctx, f.now)
		}
		return f.lost(ctx)
	}
	if again := f.now.Add(lookAgain); again.Before(f.Until) {
		f.look = &again
	}
	return nil
}

// refused tells why a message was never to leave. A limit of the day is another one tomorrow.
func (f *following) refused(ctx context.Context) error {
	switch f.Reason {
	case sms.ReasonBudget, sms.ReasonNumberCap, sms.ReasonPrefixCap:
		return f.send(ctx, f.now.Add(tomorrow/2))
	}
	f.skipped = f.Reason
	return nil
}

// lost is about a message that did not arrive: a Russian number may take it a day later, and the number at home at once.
func (f *following) lost(ctx context.Context) error {
	w, err := f.opened(ctx)
	if err != nil || !w.reached {
		return err
	}
	if !f.Home && !f.rule.Private {
		if err := f.sendHome(ctx, w); err != nil {
			return err
		}
	}
	if !russian(w.Phone) || f.TriedAt == nil {
		return nil
	}
	return f.send(ctx, f.TriedAt.Add(cooling))
}

// russian reports whether a number is of a Russian operator; +77 is Kazakhstan.
func russian(p people.Phone) bool {
	return strings.HasPrefix(p.E164(), "+7") && !strings.HasPrefix(p.E164(), "+77")
}

// opened reads what a reminder is about. One that cannot be read is followed no more.
func (f *following) opened(ctx context.Context) (*who, error) {
	if f.State != Waiting {
		return &who{}, nil
	}
	err := f.open(&f.deadline)
	if err != nil && !errors.Is(err, ErrOff) {
		slog.ErrorContext(ctx, "read a deadline", "deadline", f.ID, "error", err)
	}
	if err != nil {
		return &who{}, nil
	}
	w, err := f.who(ctx, f.Person)
	if err != nil {
		return nil, err
	}
	err = f.set(ctx, f.tx, &f.deadline, rules.Day(f.now, w.place.Zone))
	if f.due.IsZero() {
		w.reached = false
	}
	return &w, err
}

// send queues another message to the main number from a moment on, while the reminder is of use.
func (f *following) send(ctx context.Context, from time.Time) error {
	w, err := f.opened(ctx)
	if err != nil || !w.reached || f.Tries >= mostTries {
		return err
	}
	if from.Before(f.now) {
		from = f.now
	}
	sending, ok := w.place.Send(from, f.Until)
	if !ok {
		return nil
	}
	f.Tries++
	f.sending, f.look = &sending, &sending.Until
	f.queue(&f.deadline, w, messageKey(f.Reminder, f.Tries), sending)
	f.did["again"]++
	return nil
}

// sendHome queues a message to the number in Kyrgyzstan that the person agreed to be reached on too.
func (f *following) sendHome(ctx context.Context, w *who) error {
	phone, ok, err := homeNumber(ctx, f.tx, f.Keys, f.Person)
	if err != nil || !ok || phone == w.Phone {
		return err
	}
	sending, ok := w.place.Send(f.now, f.Until)
	if !ok {
		return nil
	}
	home := *w
	home.Phone, home.Holder, home.home = phone, f.Person, true
	f.Home = true
	f.queue(&f.deadline, &home, homeKey(f.Reminder), sending)
	f.did["home"]++
	return nil
}

// messageKey and homeKey are the keys of messages. They tell nothing but that somebody is reminded of something.
func messageKey(id uuid.UUID, try int) string { return fmt.Sprintf("remind/%s/%d", id, try) }

func homeKey(id uuid.UUID) string { return "remind/" + id.String() + "/home" }

// homeNumber is the number in Kyrgyzstan among those a person agreed to; false when there is none.
func homeNumber(ctx context.Context, tx *database.Tx, keys *database.Keys, person people.ID) (people.Phone, bool, error) {
	rows, err := readFurther(ctx, tx, person)
	if err != nil {
		return people.Phone{}, false, err
	}
	for _, row := range rows {
		e164, err := keys.Open(row.Phone, row.Hash)
		if err != nil {
			return people.Phone{}, false, fmt.Errorf("open a further number: %w", err)
		}
		if phone, ok := people.NewPhone(string(e164)); ok && strings.HasPrefix(phone.E164(), "+996") {
			return phone, true, nil
		}
	}
	return people.Phone{}, false, nil
}
