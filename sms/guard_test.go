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
)

// desk is a database with people in it, and guards that share it, as replicas do.
type desk struct {
	*testing.T
	db   *database.DB
	keys *database.Keys
	mu   sync.Mutex
	at   time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return &desk{T: t, db: database.New(t), keys: keys, at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
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
	return NewGuard(d.keys, limits, d.now)
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

// text is what the door does with an inbound text and the answer to it.
func (d *desk) text(g *Guard, draft Draft, inbound, answer string) (reason string) {
	d.Helper()
	draft.Priority, draft.Topic, draft.Text = Reply, "", answer
	d.in(func(tx *database.Tx) (err error) {
		if err = g.Heard(d.Context(), tx, draft.Person, draft.Phone, inbound); err == nil {
			reason, err = g.Admit(d.Context(), tx, draft)
		}
		return err
	})
	return reason
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
	if reason := d.text(g, draft, "консул", "ответ"); reason != "" {
		t.Errorf("the answer to one's own text after a stop: %s", reason)
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
	if got := d.text(g, typed, "менюу", "ответ"); got != "" {
		t.Errorf("its own phone texts: %q", got)
	}
	typed.Priority = Case
	if got := d.admit(g, typed); got != "" {
		t.Errorf("after its own phone texted: %q", got)
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
	for i, want := range []string{"", ReasonTooSoon, "", "", ReasonNumberCap} {
		if got := d.text(g, draft, fmt.Sprint("вопрос ", i), fmt.Sprint("ответ ", i)); got != want {
			t.Errorf("answer %d: %q, not %q", i, got, want)
		}
		d.later(5 * time.Second)
		if want != "" || i == 0 {
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
	if got := d.text(g, draft, "вопрос", "ответ"); got != "" {
		t.Errorf("the next day: %q", got)
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
				if d.text(g, draft, inbound, answer) == "" {
					answered, last = answered+1, answer
				}
				d.later(45 * time.Second)
			}
			if answered < 3 || answered > 4 {
				t.Errorf("%d answers in 45 minutes", answered)
			}
			d.later(time.Hour)
			if got := d.text(g, draft, "консул", "Консулдук"); got != "" {
				t.Errorf("an hour later: %q", got)
			}
		})
	}
}

func TestAPersonWhoPagesOnIsNoRobot(t *testing.T) {
	d := newDesk(t)
	g := d.guard(nil)
	draft := d.person("+996700000001", true)
	for i := range 12 {
		if got := d.text(g, draft, "99", fmt.Sprint("страница ", i)); got != "" {
			t.Fatalf("page %d: %q", i, got)
		}
		d.later(11 * time.Second)
	}
	for i := range 8 { // the same question twice an hour
		if got := d.text(g, draft, "консул москва", "Москва"); got != "" {
			t.Fatalf("question %d: %q", i, got)
		}
		d.later(30 * time.Minute)
	}
}

func TestAPrefixHasItsCapAndOthersAreNotTouched(t *testing.T) {
	d := newDesk(t)
	g := d.guard(func(l *Limits) { l.DailyPerPrefix = 5 })
	admitted := 0
	for i := range 9 {
		if d.text(g, d.person(fmt.Sprintf("+9967001%05d", i), true), "меню", "ответ") == "" {
			admitted++
		}
	}
	if admitted != 5 {
		t.Errorf("%d of one prefix were admitted", admitted)
	}
	if got := d.text(g, d.person("+996700200000", true), "меню", "ответ"); got != "" {
		t.Errorf("the prefix beside it: %q", got)
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
	byReason, byPrefix := map[string]int{}, map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; i < texts; i += 8 {
				draft := drafts[i%numbers]
				reason := d.text(guards[i%2], draft, "меню", "ответ")
				mu.Lock()
				byReason[reason]++
				if reason == "" {
					byPrefix[draft.Phone.E164()[:8]]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if byReason[""] != 300 {
		t.Errorf("admitted and refused: %v", byReason)
	}
	for prefix, n := range byPrefix {
		if n > 40 {
			t.Errorf("prefix %s: %d", prefix, n)
		}
	}
	spent, _, err := guards[0].Spent(context.Background(), d.db)
	var answers, prefixes int
	if err := d.db.QueryRow("SELECT sum(n) FILTER (WHERE scope = 'answers'), sum(n) FILTER (WHERE scope = 'prefix') FROM send_counts").Scan(&answers, &prefixes); err != nil {
		t.Fatal(err)
	}
	if spent != 300 || answers != 300 || prefixes != 300 || err != nil {
		t.Errorf("%d segments, %d answers, %d of prefixes: %v", spent, answers, prefixes, err)
	}
}

func TestReplicasCountOnePhoneExactly(t *testing.T) {
	d := newDesk(t)
	limits := func(l *Limits) { l.ReplyEvery, l.DailyPerNumber, l.LoopAnswers = 0, 20, 1<<20 }
	guards := []*Guard{d.guard(limits), d.guard(limits)}
	draft := d.person("+996700000001", true)
	admitted := make([]int, 6)
	var wg sync.WaitGroup
	for worker := range admitted {
		wg.Go(func() {
			for range 10 {
				if d.text(guards[worker%2], draft, "меню", "ответ") == "" {
					admitted[worker]++
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range admitted {
		sum += n
	}
	if sum != 20 {
		t.Errorf("%d answers of 20", sum)
	}
}

// Two replicas answer two texts of one phone in the same moment: one goes.
func TestTwoAnswersInOneMomentAreOne(t *testing.T) {
	d := newDesk(t)
	guards := []*Guard{d.guard(nil), d.guard(nil)}
	for i := range 20 {
		draft := d.person(fmt.Sprintf("+99670000%04d", i), true)
		var reasons [2]string
		var wg sync.WaitGroup
		for r := range reasons {
			wg.Go(func() { reasons[r] = d.text(guards[r], draft, fmt.Sprint("вопрос ", r), "ответ") })
		}
		wg.Wait()
		if (reasons[0] == "") == (reasons[1] == "") {
			t.Errorf("%q", reasons)
		}
	}
}

func TestAFullStripeIsFollowedByTheNext(t *testing.T) {
	d := newDesk(t)
	g := d.guard(func(l *Limits) { l.DailySegments, l.DailyNotices = 4*stripeSegments, 1<<20 })
	draft := d.person("+996700000001", true)
	draft.Text = strings.Repeat("ң", 67*250) // 250 segments
	admitted := 0
	for range 20 {
		if d.admit(g, draft) == "" {
			admitted++
		}
	}
	if admitted != 16 {
		t.Errorf("%d messages of 250 segments went into 4000", admitted)
	}
}
