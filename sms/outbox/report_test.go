package outbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/people"
	"sapar/sms"
	"sapar/sms/testcarrier"
)

func TestADoubtIsResolvedByTheReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.Lag = time.Hour
	w.carrier.Answer = func(testcarrier.Received) testcarrier.Answer { return testcarrier.Resets }
	id, _ := w.queue(sms.Draft{})
	w.start()
	w.untilStatus(id, sms.InDoubt)
	w.report(sms.Report{ID: id, Ref: "theirs", Status: sms.Sent})
	if r := w.row(id); r.Status != sms.Sent || r.Ref != "theirs" {
		t.Errorf("stored %+v", r)
	}
}

func TestAReportBeforeTheSubmitReplyIsKept(t *testing.T) {
	t.Parallel()
	for _, byOurID := range []bool{true, false} {
		t.Run(fmt.Sprintf("by our id %v", byOurID), func(t *testing.T) {
			w := newWorld(t)
			w.carrier.Answer = func(r testcarrier.Received) testcarrier.Answer {
				report := sms.Report{Ref: "ref-1", Status: sms.Delivered}
				if byOurID {
					report.ID = uuid.MustParse(r.Form.Get("id"))
				}
				return testcarrier.Before(func(testcarrier.Received) { w.report(report); w.report(report) }, testcarrier.Accepted)
			}
			id, _ := w.queue(sms.Draft{})
			w.start()
			w.until("the report and the carrier's id are stored", func() bool {
				r := w.row(id)
				return r.Status == sms.Delivered && r.Ref == "ref-1"
			})
			var orphans int
			w.until("no orphan is left", func() bool { return w.db.Get(&orphans, "SELECT count(*) FROM outbox_orphans") == nil && orphans == 0 })
		})
	}
}

func TestReportsTwiceOutOfOrderUnknownAndForgedAreHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, person := w.queue(sms.Draft{})
	waiting, _ := w.queue(sms.Draft{SendAfter: time.Now().Add(time.Hour)})
	w.start()
	w.untilStatus(id, sms.Taken)
	for _, r := range []sms.Report{
		{Ref: "ref-1", Status: sms.Delivered},
		{Ref: "ref-1", Status: sms.Delivered},
		{Ref: "ref-1", Status: sms.Sent},
		{ID: id, Status: sms.Failed, Verdict: sms.NumberBad},
		{ID: id, Status: sms.Cancelled},
		{ID: id, Status: sms.Pending},
		{ID: id, Status: "nonsense"},
		{Ref: "never heard of", Status: sms.Delivered},
		{Ref: "\x00\xff", Status: sms.Failed, Code: "\x00"},
		{Status: sms.Failed},
		{ID: uuid.New(), Status: sms.Failed, Verdict: sms.NumberOptedOut},
		{ID: waiting, Status: sms.Delivered},
	} {
		w.report(r)
	}
	if moved, err := sms.Apply(t.Context(), w.db, "another", sms.Report{ID: id, Status: sms.Undelivered}); moved || err != nil {
		t.Errorf("a report of another channel: moved %v, %v", moved, err)
	}
	if r := w.row(id); r.Status != sms.Delivered {
		t.Errorf("after all of them: %+v", r)
	}
	if r := w.row(waiting); r.Status != sms.Pending {
		t.Errorf("one that was never sent: %+v", r)
	}
	var number string
	if err := w.db.Get(&number, "SELECT number_state FROM people WHERE id = $1", person); err != nil || number != "" {
		t.Errorf("the number is %q, %v", number, err)
	}
}

func TestAReportOfABadNumberIsKeptWithThePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, person := w.queue(sms.Draft{})
	stop := w.start()
	w.untilStatus(id, sms.Taken)
	w.report(sms.Report{Ref: "ref-1", Status: sms.Undelivered, Code: "30005", Verdict: sms.NumberBad})
	stop()
	var phone []byte
	if err := w.db.Get(&phone, "SELECT phone FROM people WHERE id = $1", person); err != nil {
		t.Fatal(err)
	}
	next, _ := w.queue(sms.Draft{Person: person, Priority: sms.Reminder})
	home, _ := w.queue(sms.Draft{Person: person, Phone: number("+996700999999"), Priority: sms.Reminder, Elsewhere: true})
	w.start()
	if r := w.untilStatus(next, sms.Cancelled); r.Reason != sms.ReasonStopped || w.row(id).Reason != sms.ReasonGone {
		t.Errorf("stored %+v and %+v", r, w.row(id))
	}
	w.untilStatus(home, sms.Taken) // the number at home is another one
}

func number(e164 string) people.Phone {
	phone, _ := people.NewPhone(e164)
	return phone
}

func TestABadNumberAtHomeSaysNothingOfTheMainOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	person, phone := w.person()
	home, _ := w.queue(sms.Draft{Person: person, Phone: number("+996700999999"), Priority: sms.Reminder, Elsewhere: true})
	stop := w.start()
	w.untilStatus(home, sms.Taken)
	w.report(sms.Report{Ref: w.row(home).Ref, Status: sms.Undelivered, Verdict: sms.NumberBad})
	stop()
	next, _ := w.queue(sms.Draft{Person: person, Phone: phone, Priority: sms.Reminder})
	stop = w.start()
	w.untilStatus(next, sms.Taken)
	w.report(sms.Report{Ref: w.row(next).Ref, Status: sms.Undelivered, Verdict: sms.NumberOptedOut})
	stop()
	last, _ := w.queue(sms.Draft{Person: person, Phone: number("+996700999999"), Priority: sms.Reminder, Elsewhere: true})
	w.start()
	w.untilStatus(last, sms.Cancelled) // who wants nothing more wants it on no number
}
