package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sapar/applications"
	"sapar/database"
	"sapar/people"
	"sapar/people/numbers"
	"sapar/sessions"
)

// Chores are what offices and people rely on without anybody calling: an alarm before a case is late, and a text before a decision ends.
func TestChoresAlarmAnOfficeAndTellWhoseDecisionEnds(t *testing.T) {
	x := newTexter(t, "+996700003011")
	x.text("салам")
	x.text("1")
	x.text("камкор")
	x.file("2")
	var filed struct{ Number, Office string }
	if err := x.server.owner.Get(&filed, "UPDATE applications SET notify = true RETURNING number, office"); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	usual := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	t.Cleanup(func() { slog.SetDefault(usual) })
	x.later(4 * 24 * time.Hour)
	x.chores()
	if !strings.Contains(logged.String(), "office="+filed.Office) || strings.Contains(logged.String(), filed.Number) {
		t.Errorf("the alarm reads %s", logged.String())
	}
	eventually(t, 20*time.Second, "what is due is counted", func() bool { // the server's own first round may still be under way
		x.chores()
		return strings.Contains(x.server.metricsPage(), `sapar_cases_due{office="`+filed.Office+`"} 1`)
	})
	worker := x.server.errands.desk.As(applications.Viewer{Who: "worker", Office: filed.Office})
	read, err := worker.Read(t.Context(), x.server.now(), filed.Number, "to decide")
	if err != nil {
		t.Fatal(err)
	}
	ends := x.server.now().Add(60 * 24 * time.Hour)
	step := applications.Step{To: "granted", Date: ends.Format(time.DateOnly)}
	if _, err := worker.Move(t.Context(), x.server.now(), applications.Ref{Number: filed.Number, Version: read.Version}, applications.Step{To: "review"}); err != nil {
		t.Fatal(err)
	}
	if _, err := worker.Move(t.Context(), x.server.now(), applications.Ref{Number: filed.Number, Version: read.Version + 1}, step); err != nil {
		t.Fatal(err)
	}
	x.later(40 * 24 * time.Hour)
	for range 2 { // again changes nothing
		x.chores()
	}
	if n := x.server.count("SELECT count(*) FROM application_events WHERE became = 'expiring'"); n != 1 {
		t.Errorf("%d times expiring", n)
	}
	if n := x.server.count("SELECT count(*) FROM outbox WHERE key LIKE 'case/%'"); n != 4 { // filed, in review, decided, ends soon
		t.Errorf("%d texts about the case", n)
	}
}

// chores runs every job once, as if its time had come.
func (s *server) chores(ctx context.Context, now time.Time) error {
	var problems []error
	for _, j := range s.jobs() {
		_, err := j.Run(ctx, now)
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

func (x *texter) chores() {
	x.t.Helper()
	if err := x.server.server.chores(x.t.Context(), x.server.now()); err != nil {
		x.t.Fatal(err)
	}
}

func TestAnOperatorGivesAPINAndForgets(t *testing.T) {
	x := newTexter(t, "+996700003012")
	x.text("салам")
	x.text("1")
	x.text("камкор")
	x.file("2")
	e := x.server.errands
	phone := x.server.phoneOf(x.number)
	err := database.InTx(t.Context(), x.server.db, func(tx *database.Tx) error {
		person, ok, err := numbers.Holder(t.Context(), tx, e.hash(phone))
		if err != nil || !ok {
			t.Fatalf("%v %v", ok, err)
		}
		pin, err := e.pins.Reset(t.Context(), tx, person, x.server.now())
		if err != nil || len(pin) != 6 {
			t.Errorf("a PIN of %d digits, %v", len(pin), err)
		}
		return e.forget(t.Context(), tx, sessions.Turned{Person: person, Phone: phone, At: x.server.now()}, person)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := x.server.count("SELECT (SELECT count(*) FROM turns) + (SELECT count(*) FROM inbox) + (SELECT count(*) FROM applications WHERE length(answers) > 0)"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	x.wants("салам", "Sapar") // the next text begins anew
}

func (r *running) phoneOf(number string) people.Phone {
	r.t.Helper()
	phone, ok := people.NewPhone(number)
	if !ok {
		r.t.Fatalf("%s is no number", number)
	}
	return phone
}
