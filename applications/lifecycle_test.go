package applications_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sapar/applications"
	"sapar/applications/kinds"
	"sapar/database"
	"sapar/menus"
)

func TestACaseGoesFromReceivedToExpiringAndClosedWithOneEventAndOneTextEach(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	const office = "leylek-raion"
	w.move(office, a.Number, "review", "documents", "appointment 2026-12-01", "granted 2027-03-01")
	c := w.read(office, a.Number)
	if c.Date != "2027-03-01" || !c.DecidedAt.Equal(noon) || !c.DueAt.IsZero() || !slices.Equal(c.Next, []kinds.Status{"granted", "expiring", "closed"}) {
		t.Errorf("granted: %+v", c.Line)
	}
	early := time.Date(2027, 1, 29, 12, 0, 0, 0, time.UTC)
	for _, day := range []struct{ after, want int }{{0, 0}, {1, 1}, {1, 0}} {
		if n, err := w.desk.Expiring(t.Context(), early.AddDate(0, 0, day.after)); n != day.want || err != nil {
			t.Errorf("%d days after 31 days before: %d, %v", day.after, n, err)
		}
	}
	w.move(office, a.Number, "closed")
	c = w.read(office, a.Number)
	var actions, whos []string
	for _, e := range c.Events {
		actions, whos = append(actions, e.Became), append(whos, e.Who)
	}
	if got := strings.Join(actions, " "); got != "received review documents appointment granted expiring closed" {
		t.Error(got)
	}
	if whos[0] != "person" || whos[1] != "worker of leylek-raion" || whos[5] != "sapar" {
		t.Error(whos)
	}
	if len(w.sent) != 6 {
		t.Fatalf("%d texts", len(w.sent))
	}
	for i, n := range w.sent {
		if n.Key != fmt.Sprintf("case/%s/%d", a.Number, i+2) || n.Person != a.PersonID {
			t.Errorf("text %d is %+v", i, n)
		}
		if word, found := kinds.Topic(n.Text); found || !strings.HasPrefix(n.Text, a.Number[:3]+"-") {
			t.Errorf("%s says %s", n.Text, word)
		}
	}
	w.checkEvents()
}

func TestAWrongStepNamesTheAllowedOnesAndChangesNothing(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	_, err := w.worker("leylek-raion").Move(t.Context(), noon, applications.Ref{Number: a.Number, Version: 1}, applications.Step{To: "granted", Date: "2027-01-01"})
	var wrong *applications.WrongStep
	if !errors.As(err, &wrong) || err.Error() != "a case that is received cannot become granted; allowed: review, documents, appointment, refused, withdrawn" {
		t.Errorf("%v", err)
	}
	for _, step := range []applications.Step{{To: "appointment"}, {To: "appointment", Date: "tomorrow"}, {To: "review", Date: "2026-12-01"}} {
		if _, err := w.worker("leylek-raion").Move(t.Context(), noon, applications.Ref{Number: a.Number, Version: 1}, step); !errors.Is(err, applications.ErrDate) {
			t.Errorf("%+v: %v", step, err)
		}
	}
	if c := w.read("leylek-raion", a.Number); c.Version != 1 || c.Status != "received" || len(w.sent) != 0 {
		t.Errorf("%+v", c.Line)
	}
}

// Every way through every kind is walked: each status is reached, and nothing but an allowed step is taken.
func TestEveryStatusOfEveryKindIsReachedAndOnlyAllowedStepsAreTaken(t *testing.T) {
	w := newWorld(t)
	for _, name := range w.desk.Kinds.Names() {
		kind := w.desk.Kinds.Kind(name)
		ways := map[kinds.Status][]string{kinds.Received: nil}
		for queue := []kinds.Status{kinds.Received}; len(queue) > 0; queue = queue[1:] {
			from := queue[0]
			a := w.application(name, w.person())
			receipt := w.file(a)
			w.move(receipt.Office, a.Number, ways[from]...)
			ref := w.ref(receipt.Office, a.Number)
			for to := range kind.Statuses {
				allowed := slices.Contains(kind.Statuses[from].To, to)
				step := applications.Step{To: to}
				if kind.Statuses[to].Date {
					step.Date = "2027-01-01"
				}
				if !allowed {
					var wrong *applications.WrongStep
					if _, err := w.worker(receipt.Office).Move(t.Context(), noon, ref, step); !errors.As(err, &wrong) {
						t.Errorf("%s from %s to %s: %v", name, from, to, err)
					}
				} else if _, known := ways[to]; !known {
					ways[to] = append(slices.Clone(ways[from]), strings.TrimSpace(string(to)+" "+step.Date))
					queue = append(queue, to)
				}
			}
		}
		if len(ways) != len(kind.Statuses)-1 { // merged is reached by merging only
			t.Errorf("%s: %d of %d statuses are reached", name, len(ways), len(kind.Statuses))
		}
	}
	w.checkEvents()
}

func TestOfTwoWhoMoveACaseAtOnceOneWinsAndTheOtherIsTold(t *testing.T) {
	w := newWorld(t)
	for round := range 20 {
		a, _ := w.filed("guardianship")
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				to := kinds.Status([]string{"review", "documents"}[i%2])
				_, errs[i] = w.worker("leylek-raion").Move(t.Context(), noon, applications.Ref{Number: a.Number, Version: 1}, applications.Step{To: to})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, applications.ErrChanged) {
				t.Errorf("round %d: %v", round, err)
			}
		}
		if c := w.read("leylek-raion", a.Number); won != 1 || c.Version != 2 || len(c.Events) != 2 {
			t.Errorf("round %d: %d won, %+v", round, won, c.Line)
		}
	}
	w.checkEvents()
}

func TestAChangeOfACaseThatNobodyReadIsRefused(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	w.move("leylek-raion", a.Number, "review")
	for _, version := range []int{0, 1, 3} {
		err := w.worker("leylek-raion").Assign(t.Context(), noon, applications.Ref{Number: a.Number, Version: version}, "Aida")
		if !errors.Is(err, applications.ErrChanged) {
			t.Errorf("version %d: %v", version, err)
		}
	}
}

func TestAQuestionGoesOutAndItsAnswerComesBackIntoTheCase(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	ask := func(question string) (applications.Notice, error) {
		return w.worker("leylek-raion").Ask(t.Context(), noon, w.ref("leylek-raion", a.Number), question)
	}
	if _, err := ask("Баланын күбөлүгү барбы?"); !errors.Is(err, applications.ErrTopic) || !strings.Contains(err.Error(), "баланын") {
		t.Errorf("a question that tells: %v", err)
	}
	if _, err := ask(strings.Repeat("x", 161)); !errors.Is(err, applications.ErrText) {
		t.Errorf("a long question: %v", err)
	}
	answer := func(by applications.Reply) (string, bool) {
		by.At, by.Text = noon.Add(time.Hour), "Ооба, эртең"
		var number string
		var ok bool
		w.inTx(func(tx *database.Tx) (err error) {
			number, ok, err = w.desk.Answer(t.Context(), tx, by)
			return err
		})
		return number, ok
	}
	if _, ok := answer(applications.Reply{Person: a.PersonID}); ok {
		t.Error("an answer to no question")
	}
	n, err := ask("Эртең саат 10до келе аласызбы?")
	spoken := kinds.Spoken(a.Number)
	if want := spoken + ": Эртең саат 10до келе аласызбы? Жообуңузду " + spoken + " деп баштап жазыңыз."; err != nil || n.Text != want {
		t.Errorf("%v, %s", err, n.Text)
	}
	if number, ok, err := w.desk.Asked(t.Context(), a.PersonID); number != a.Number || !ok || err != nil {
		t.Errorf("asked about %q, %v", number, err)
	}
	if f, ok, err := w.desk.FiledAs(t.Context(), a.PersonID, a.Number, menus.Kyrgyz); !ok || err != nil || f.Question != "Эртең саат 10до келе аласызбы?" {
		t.Errorf("the person sees %+v, %v", f, err)
	}
	if _, ok := answer(applications.Reply{Person: w.person(), Number: a.Number}); ok {
		t.Error("somebody else has answered")
	}
	if number, ok := answer(applications.Reply{Person: a.PersonID, Number: a.Number}); !ok || number != a.Number {
		t.Error("the answer did not arrive")
	}
	if _, ok := answer(applications.Reply{Person: a.PersonID}); ok {
		t.Error("a second answer")
	}
	if _, ok, err := w.desk.Asked(t.Context(), a.PersonID); ok || err != nil {
		t.Errorf("asked after the answer: %v", err)
	}
	c := w.read("leylek-raion", a.Number)
	if len(c.Questions) != 1 || c.Questions[0].Answer != "Ооба, эртең" || c.Events[2].Action != "answered" || c.Events[2].Who != "person" {
		t.Errorf("%+v", c.Questions)
	}
	w.checkEvents()
}

func TestOfTwoAnswersAtOnceOneIsKept(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	if _, err := w.worker("leylek-raion").Ask(t.Context(), noon, w.ref("leylek-raion", a.Number), "Эртең келе аласызбы?"); err != nil {
		t.Fatal(err)
	}
	answer := func(tx *database.Tx, text string) bool {
		_, ok, err := w.desk.Answer(t.Context(), tx, applications.Reply{Person: a.PersonID, Number: a.Number, Text: text, At: noon})
		if err != nil {
			t.Error(err)
		}
		return ok
	}
	second := make(chan bool)
	w.inTx(func(tx *database.Tx) error {
		if !answer(tx, "first") {
			t.Error("the first answer is not kept")
		}
		go func() { // sees the question open, and waits for the case
			var ok bool
			_ = database.InTx(context.Background(), w.desk.DB, func(tx *database.Tx) error {
				ok = answer(tx, "second")
				return nil
			})
			second <- ok
		}()
		for waiting := 0; waiting == 0; {
			if err := tx.Get(&waiting, "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"); err != nil {
				return err
			}
		}
		return nil
	})
	if <-second {
		t.Error("a second answer takes the place of the first")
	}
	if c := w.read("leylek-raion", a.Number); len(c.Questions) != 1 || c.Questions[0].Answer != "first" || len(c.Events) != 3 {
		t.Errorf("%+v, %d events", c.Questions, len(c.Events))
	}
	w.checkEvents()
}

func TestNoTextIsMadeForWhoeverWantsNone(t *testing.T) {
	w := newWorld(t)
	a := w.application("rights_report", w.person())
	a.Notify = false
	office := w.file(a).Office
	w.move(office, a.Number, "review", "answered")
	if _, err := w.worker(office).Reopen(t.Context(), noon, w.ref(office, a.Number), "more is known"); err != nil {
		t.Fatal(err)
	}
	if n, err := w.worker(office).Ask(t.Context(), noon, w.ref(office, a.Number), "Which police station?"); err != nil || n.Text != "" {
		t.Errorf("a question in the menu: %+v, %v", n, err)
	}
	if _, ok, err := w.desk.Asked(t.Context(), a.PersonID); ok || err != nil {
		t.Errorf("a text would be taken for the answer to what was not texted: %v", err)
	}
	if len(w.sent) != 0 {
		t.Errorf("%v", w.sent)
	}
}

func TestATextThatCannotBeQueuedUndoesItsChange(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	full := errors.New("the outbox is away")
	sends := w.desk.Send
	w.desk.Send = func(context.Context, *database.Tx, applications.Notice) error { return full }
	if _, err := w.worker("leylek-raion").Move(t.Context(), noon, applications.Ref{Number: a.Number, Version: 1}, applications.Step{To: "review"}); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	w.desk.Send = sends
	if c := w.read("leylek-raion", a.Number); c.Version != 1 {
		t.Errorf("%+v", c.Line)
	}
}
