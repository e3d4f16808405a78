package sms

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/people"
	"sapar/sessions"
)

// desk is a database with people in it, and guards that share it, as replicas do.
type desk struct {
	*testing.T
	db   *database.DB
	keys *database.Keys
	mu   sync.Mutex
	at   time.Time
	talk map[people.ID]sessions.Talk
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return &desk{T: t, db: database.New(t), keys: keys, at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), talk: map[people.ID]sessions.Talk{}}
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func (d *desk) later(pause time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = d.at.Add(pause)
}

func (d *desk) guard(change func(*Limits)) *Guard {
	limits := DefaultLimits()
	if change != nil {
		change(&limits)
	}
	return NewGuard(d.db, d.keys, limits, d.now)
}

func (d *desk) phone(number string) people.Phone {
	d.Helper()
	phone, ok := people.NewPhone(number)
	if !ok {
		d.Fatalf("%s is no number", number)
	}
	return phone
}

// person stores somebody; whoever only had a number typed by another has not agreed.
func (d *desk) person(number string, agreed bool) Draft {
	d.Helper()
	draft := Draft{Person: uuid.New(), Phone: d.phone(number), Text: "Сапар", Priority: Broadcast, Topic: people.Broadcasts}
	_, err := d.db.Exec("INSERT INTO people (id, phone_hash, phone, created_at, agreed_at) VALUES ($1, $2, '', $3, $4)",
		draft.Person, d.keys.Hash("phone", draft.Phone.E164()), d.now(), sql.NullTime{Time: d.now(), Valid: agreed})
	if err != nil {
		d.Fatal(err)
	}
	return draft
}

func (d *desk) in(f func(tx *database.Tx) error) {
	d.Helper()
	if err := database.InTx(d.Context(), d.db, f); err != nil {
		d.Error(err)
	}
}

func (d *desk) admit(g *Guard, draft Draft) (reason string) {
	d.Helper()
	d.in(func(tx *database.Tx) (err error) {
		reason, err = g.Admit(d.Context(), tx, draft)
		return err
	})
	return reason
}

// answered is what the door does with an inbound text and the answer to it: what is remembered is stored with the turn.
func (d *desk) answered(g *Guard, draft Draft, inbound, answer string) bool {
	d.Helper()
	var standing people.Standing
	d.in(func(tx *database.Tx) (err error) {
		standing, err = people.ReadStanding(d.Context(), tx, d.keys.Hash("phone", draft.Phone.E164()), "")
		return err
	})
	d.mu.Lock()
	talk := d.talk[draft.Person]
	d.mu.Unlock()
	talk, say, err := g.Answer(d.Context(), sessions.Answering{Talk: talk, Phone: draft.Phone, Standing: standing, Heard: inbound, Said: answer})
	if err != nil {
		d.Error(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.talk[draft.Person] = talk
	return say
}

// order does what an inbound order says.
func (d *desk) order(person people.ID, text string) {
	d.Helper()
	order, topic, ok := Command(text)
	wish := people.Wish{Topic: topic, Version: WordsVersion, Channel: "log", At: d.now()}
	d.in(func(tx *database.Tx) (err error) {
		switch {
		case ok && order == OrderStop:
			_, err = people.Stop(d.Context(), tx, person, wish)
		case ok && order == OrderStart:
			_, err = people.Start(d.Context(), tx, person, wish)
		default:
			err = fmt.Errorf("%q is neither stop nor start", text)
		}
		return err
	})
}

func TestAfterAnySpellingOfStopNothingIsAdmittedUntilStart(t *testing.T) {
	d := newDesk(t)
	g := d.guard(func(l *Limits) { l.DailyNotices = 1 << 20 })
	draft := d.person("+996700000001", true)
	for _, text := range stops {
		if reason := d.admit(g, draft); reason != "" {
			t.Fatalf("before %q: %s", text, reason)
		}
		d.order(draft.Person, text)
		for priority, topic := range map[Priority]string{Case: "", Reminder: people.Reminders, Broadcast: people.Elections} {
			draft.Priority, draft.Topic = priority, topic
			if reason := d.admit(g, draft); reason != ReasonStopped {
				t.Errorf("after %q a message of priority %d on %q: %q", text, priority, topic, reason)
			}
		}
		d.order(draft.Person, "start")
	}
	d.order(draft.Person, "стоп")
	if !d.answered(g, draft, "консул", "ответ") {
		t.Error("no answer to one's own text after a stop")
	}
}

func TestAStopOfATopicLeavesTheOthersAndNeverMutesOnesOwnCase(t *testing.T) {
	d := newDesk(t)
	g := d.guard(nil)
	draft := d.person("+996700000001", true)
	d.order(draft.Person, "стоп выборы")
	for _, c := range []struct {
		priority Priority
		topic    string
		reason   string
	}{
		{Broadcast, people.Elections, ReasonStopped},
		{Reminder, people.Elections, ReasonStopped},
		{Reminder, people.Reminders, ""},
		{Broadcast, people.Broadcasts, ""},
		{Case, "", ""},
	} {
		draft.Priority, draft.Topic = c.priority, c.topic
		if reason := d.admit(g, draft); reason != c.reason {
			t.Errorf("priority %d on %q: %q, not %q", c.priority, c.topic, reason, c.reason)
		}
	}
}

func TestOnlyNumbersThatAgreedInAllowedCountriesAreSentTo(t *testing.T) {
	d := newDesk(t)
	g := d.guard(nil)
	for number, reason := range map[string]string{
		"+996700000001": "", "+79161234567": "", "+77011234567": "", "+905321234567": "", "+821012345678": "", "+971501234567": "", "+966501234567": "", "+96550123456": "",
		"+97455123456": "", "+447700900123": "", "+4915112345678": "", "+393331234567": "", "+12025550123": "", "+819012345678": "", "+998901234567": "",
		"+88210123456": ReasonCountry, "+992901234567": ReasonCountry, "+380501234567": ReasonCountry, "+8613012345678": ReasonCountry, "+9751712345": ReasonCountry,
	} {
		if got := d.admit(g, d.person(number, true)); got != reason {
			t.Errorf("%s: %q, not %q", number, got, reason)
		}
	}
	typed := d.person("+996700000002", false)
	for _, priority := range []Priority{Reply, Case, Reminder, Broadcast} {
		typed.Priority = priority
		if got := d.admit(g, typed); got != ReasonNeverAgreed {
			t.Errorf("a number that somebody typed, priority %d: %q", priority, got)
		}
	}
	if got := d.admit(g, Draft{Phone: d.phone("+996700000003"), Priority: Case}); got != ReasonNeverAgreed {
		t.Errorf("a number nobody knows: %q", got)
	}
	if !d.answered(g, typed, "менюу", "ответ") {
		t.Error("its own phone texts, and is not answered")
	}
	d.in(func(tx *database.Tx) error {
		return people.Agreed(d.Context(), tx, typed.Person, d.keys.Hash("phone", typed.Phone.E164()), d.now())
	})
	typed.Priority = Case
	if got := d.admit(g, typed); got != "" {
		t.Errorf("after its own phone texted: %q", got)
	}
	if d.answered(g, d.person("+992901234568", true), "меню", "ответ") {
		t.Error("a text from a country that is not allowed is answered")
	}
}

func TestNumbersThatCarriersRefuseAreNotSentTo(t *testing.T) {
	d := newDesk(t)
	g := d.guard(nil)
	draft := d.person("+996700000001", true)
	draft.Priority = Case
	for state, reason := range map[people.NumberState]string{people.NumberBad: ReasonBadNumber, people.NumberOptedOut: ReasonStopped, people.NumberFine: ""} {
		d.in(func(tx *database.Tx) error { return people.MarkNumber(d.Context(), tx, draft.Person, state) })
		if got := d.admit(g, draft); got != reason {
			t.Errorf("a number that is %q: %q", state, got)
		}
	}
}

func TestOneAnswerInTenSecondsAndACapADay(t *testing.T) {
	d := newDesk(t)
	g := d.guard(func(l *Limits) { l.DailyPerNumber, l.DailyNotices = 3, 2 })
	draft := d.person("+996700000001", true)
	for i, want := range []bool{true, false, true, true, false} { // too soon, and one too many
		if got := d.answered(g, draft, fmt.Sprint("вопрос ", i), fmt.Sprint("ответ ", i)); got != want {
			t.Errorf("answer %d: %v, not %v", i, got, want)
		}
		d.later(5 * time.Second)
		if !want || i == 0 {
			continue
		}
		d.later(5 * time.Second)
	}
	for i, want := range []string{"", "", ReasonNumberCap} {
		if got := d.admit(g, draft); got != want {
			t.Errorf("notice %d: %q, not %q", i, got, want)
		}
	}
	d.later(24 * time.Hour)
	if !d.answered(g, draft, "вопрос", "ответ") {
		t.Error("the next day: no answer")
	}
}

func TestTwoRobotsFallSilentAfterThreeAnswers(t *testing.T) {
	d := newDesk(t)
	g := d.guard(nil)
	number := 0
	for name, robot := range map[string]func(i int, lastAnswer string) (inbound, answer string){
		"an echo of our answers":     func(i int, last string) (string, string) { return last, fmt.Sprint("Белгисиз сөз ", i) },
		"the same text, same answer": func(int, string) (string, string) { return "Мен азыр бошмун эмесмин", "Меню" },
		"the same text, other words": func(i int, _ string) (string, string) { return "I am away until Monday.", fmt.Sprint("Меню ", i%3) },
		"a short text, same answer":  func(int, string) (string, string) { return "ok", "Меню" },
		"an echo in capitals": func(i int, last string) (string, string) {
			return strings.ToUpper(last) + "!", fmt.Sprint("Сөз ", i)
		},
	} {
		t.Run(name, func(t *testing.T) {
			number++
			draft := d.person(fmt.Sprintf("+99670000%04d", number), true)
			answered, last := 0, "Салам"
			for i := range 60 {
				inbound, answer := robot(i, last)
				if d.answered(g, draft, inbound, answer) {
					answered, last = answered+1, answer
				}
				d.later(45 * time.Second)
			}
			if answered < 3 || answered > 4 {
				t.Errorf("%d answers in 45 minutes", answered)
			}
			d.later(time.Hour)
			if !d.answered(g, draft, "консул", "Консулдук") {
				t.Error("an hour later: no answer")
			}
		})
	}
}

func TestAPersonWhoPagesOnIsNoRobot(t *testing.T) {
	d := newDesk(t)
	g := d.guard(nil)
	draft := d.person("+996700000001", true)
	for i := range 12 {
		if !d.answered(g, draft, "99", fmt.Sprint("страница ", i)) {
			t.Fatalf("page %d: no answer", i)
		}
		d.later(11 * time.Second)
	}
	for i := range 8 { // the same question twice an hour
		if !d.answered(g, draft, "консул москва", "Москва") {
			t.Fatalf("question %d: no answer", i)
		}
		d.later(30 * time.Minute)
	}
}

func TestAPrefixHasItsCapAndOthersAreNotTouched(t *testing.T) {
	d := newDesk(t)
	g := d.guard(func(l *Limits) { l.DailyPerPrefix = 5 })
	admitted := 0
	for i := range 9 {
		if d.answered(g, d.person(fmt.Sprintf("+9967001%05d", i), true), "меню", "ответ") {
			admitted++
		}
	}
	if admitted != 5 {
		t.Errorf("%d of one prefix were admitted", admitted)
	}
	if !d.answered(g, d.person("+996700200000", true), "меню", "ответ") {
		t.Error("the prefix beside it: no answer")
	}
	if got := d.admit(g, d.person("+996700199999", true)); got != "" {
		t.Errorf("a broadcast to a prefix that is full of answers: %q", got)
	}
}

func TestTheBudgetStopsEverythingAndTellsOnce(t *testing.T) {
	d := newDesk(t)
	var logged bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	defer slog.SetDefault(before)
	guards := []*Guard{d.guard(func(l *Limits) { l.DailySegments = 7 }), d.guard(func(l *Limits) { l.DailySegments = 7 })}
	long := strings.Repeat("ң", 100) // two segments
	admitted := 0
	for i := range 10 {
		draft := d.person(fmt.Sprintf("+99670000%04d", i), true)
		draft.Text = long
		if i == 9 {
			draft.Priority = Case
		}
		if d.admit(guards[i%2], draft) == "" {
			admitted++
		}
	}
	spent, budget, err := guards[0].Spent(t.Context(), d.db)
	if admitted != 3 || spent != 6 || budget != 7 || err != nil {
		t.Errorf("%d messages, %d of %d segments: %v", admitted, spent, budget, err)
	}
	if n := strings.Count(logged.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d alarms: %s", n, logged.String())
	}
	var counted int
	if err := d.db.Get(&counted, "SELECT coalesce(sum(n), 0) FROM send_counts WHERE scope = 'notices'"); err != nil || counted != 3 {
		t.Errorf("%d notices are counted, refused ones too: %v", counted, err)
	}
	d.later(24 * time.Hour)
	if got := d.admit(guards[0], d.person("+996700009999", true)); got != "" {
		t.Errorf("the next day: %q", got)
	}
}

func TestAFloodOfForgedTextsStaysWithinTheCaps(t *testing.T) {
	texts, numbers := 1200, 600
	if os.Getenv("SAPAR_LONG") == "1" {
		texts, numbers = 10000, 5000
	}
	d := newDesk(t)
	limits := func(l *Limits) { l.DailyPerPrefix, l.DailySegments = 40, 300 }
	guards := []*Guard{d.guard(limits), d.guard(limits)} // two replicas
	drafts := make([]Draft, numbers)
	for i := range drafts {
		drafts[i] = d.person(fmt.Sprintf("+9967%02d%06d", i%20, i), true) // twenty prefixes
	}
	answered, byPrefix := 0, map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; i < texts; i += 8 {
				draft := drafts[i%numbers]
				if !d.answered(guards[i%2], draft, "меню", "ответ") {
					continue
				}
				mu.Lock()
				answered++
				byPrefix[draft.Phone.E164()[:8]]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	// What a replica has put aside and not spent is a fill at most.
	if answered > 300 || answered < 300-2*300/shares {
		t.Errorf("%d answers, the budget is for 300", answered)
	}
	for _, g := range guards {
		if err := g.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for prefix, n := range byPrefix {
		if n > 40 {
			t.Errorf("prefix %s: %d", prefix, n)
		}
	}
	spent, _, err := guards[0].Spent(context.Background(), d.db)
	var prefixes int
	if err := d.db.Get(&prefixes, "SELECT sum(n) FROM send_counts WHERE scope = 'prefix'"); err != nil {
		t.Fatal(err)
	}
	if spent != answered || prefixes != answered || err != nil {
		t.Errorf("%d answers, %d segments, %d of prefixes: %v", answered, spent, prefixes, err)
	}
}
