package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/applications"
	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts"
	"sapar/scheduler/deadlines"
	"sapar/sms"
)

// notSealed are the columns of bytes that hold keyed hashes.
var notSealed = []string{
	"people.phone_hash", "numbers.phone_hash", "members.phone_hash", "number_history.phone_hash", "optouts.phone_hash", "pin_tries.name",
	"turns.callback", "send_counts.name", "applications.fingerprint", "key_marks.mark", "broadcasts.content",
	"deadlines.wish_hash", "deadlines.rule_hash", "deadline_reminders.name", "people.city_hash", "operator_tries.name",
}

func TestEverySealedColumnIsRotated(t *testing.T) {
	db, listed := database.New(t), slices.Clone(notSealed)
	for _, table := range sealedTables {
		for _, column := range table.Columns {
			listed = append(listed, table.Name+"."+column.Name)
			query := fmt.Sprintf("SELECT %s, octet_length(%s) FROM %s", column.Name, column.Context, table.Name)
			if _, err := db.ExecContext(t.Context(), query); err != nil {
				t.Errorf("%s.%s: %v", table.Name, column.Name, err)
			}
		}
	}
	var stored []string
	err := db.SelectContext(t.Context(), &stored, `
SELECT c.table_name || '.' || c.column_name
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND c.data_type = 'bytea' AND t.table_type = 'BASE TABLE'`)
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range stored {
		if !slices.Contains(listed, column) {
			t.Errorf("%s holds bytes: name it in sealedTables (keys.go), or here when it is a hash", column)
		}
	}
	for _, column := range listed {
		if !slices.Contains(stored, column) {
			t.Errorf("%s is listed and not in the database", column)
		}
	}
}

// settings are those of sapar keys beside a server of a test.
func (r *running) settings(sensitive bool) keysSettings {
	return keysSettings{Config: r.config, Sensitive: sensitive}
}

func (r *running) states() string {
	r.t.Helper()
	settings := r.settings(false)
	keys, err := settings.keyFiles().List(database.UsualKeys)
	if err != nil {
		r.t.Fatal(err)
	}
	var states []string
	for _, key := range keys {
		states = append(states, string(key.State))
	}
	return strings.Join(states, " ")
}

// fill brings something sealed into every column.
func (x *texter) fillSealed() {
	x.t.Helper()
	x.text("салам")
	x.text("2")
	x.text("камкор")
	x.file("2")
	says(x.t, x.server.phone("africastalking", x.number), "2", "2", "1", "1", "1", "1") // a contact, to be texted
	words := menus.Wording{}
	for _, language := range menus.Languages {
		words[language] = "Ок"
	}
	err := sms.QueueBroadcast(x.t.Context(), x.server.db, x.server.keys, nil, sms.Mailing{Key: "broadcast/1", Text: words, Base: menus.Russian}, sms.Span{}, nil)
	if err != nil {
		x.t.Fatal(err)
	}
	var person people.ID
	if err := x.server.owner.GetContext(x.t.Context(), &person, "SELECT person_id FROM applications"); err != nil {
		x.t.Fatal(err)
	}
	if err := people.Keep(x.t.Context(), x.server.db, x.server.keys, person, people.Said{Field: "city", Value: "Омск"}); err != nil {
		x.t.Fatal(err)
	}
	plan := broadcasts.Plan{Name: "a", By: "b", Topic: people.Broadcasts, Text: words}
	if _, _, planned := x.server.broadcasts().Create(x.t.Context(), plan); planned != nil {
		x.t.Fatal(planned)
	}
	hash := x.server.keys.Hash("phone", "+79990000001")
	x.exec("INSERT INTO numbers (phone_hash, phone, person_id, added_at) SELECT $1, $2, id, now() FROM people LIMIT 1", hash, x.server.keys.Seal([]byte("+79990000001"), hash))
	x.work()
	x.signIn()
	x.wait(person)
}

// wait has somebody wait for a date, and count their days in a country.
func (x *texter) wait(person people.ID) {
	x.t.Helper()
	desk := x.server.errands.deadlines
	err := database.InTx(x.t.Context(), x.server.db, func(tx *database.Tx) error {
		wish := deadlines.Wish{Person: person, Rule: "ru-registration", Event: "2026-12-01", At: x.server.now()}
		crossing := deadlines.Crossing{Person: person, Rule: "ru-90-per-year", Day: "2026-11-01", At: x.server.now()}
		return errors.Join(desk.Wait(x.t.Context(), tx, wish), desk.Cross(x.t.Context(), tx, crossing))
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// signIn has an operator set up the six digits, and keeps a session.
func (x *texter) signIn() {
	x.t.Helper()
	id, keys := uuid.New(), x.server.keys
	x.exec("INSERT INTO operators (id, name, roles, password, secret, created_at) VALUES ($1, 'aigul', '{viewer}', '-', $2, now())", id, keys.Seal([]byte("secret"), []byte("operator "+id.String())))
	x.exec("INSERT INTO operator_sessions VALUES ('token', $1, now() + interval '1 day')", keys.Seal([]byte("data"), []byte("operator session token")))
}

// work has a case worker write into every column of a case.
func (x *texter) work() {
	x.t.Helper()
	var filed struct {
		Number, Office string
		Person         uuid.UUID
	}
	if err := x.server.owner.GetContext(x.t.Context(), &filed, "SELECT number, office, person_id AS person FROM applications"); err != nil {
		x.t.Fatal(err)
	}
	desk, err := applications.NewDesk(x.server.db, x.server.keys)
	if err != nil {
		x.t.Fatal(err)
	}
	now := x.server.now()
	worker := desk.As(applications.Viewer{Who: "worker", Office: filed.Office})
	ref := func() applications.Ref {
		c, err := worker.Read(x.t.Context(), now, filed.Number, "purpose")
		if err != nil {
			x.t.Fatal(err)
		}
		return applications.Ref{Number: c.Number, Version: c.Version}
	}
	_, moved := worker.Move(x.t.Context(), now, ref(), applications.Step{To: "review", Why: "why"})
	noted := worker.Note(x.t.Context(), now, filed.Number, "note")
	_, asked := worker.Ask(x.t.Context(), now, ref(), "question")
	answered := database.InTx(x.t.Context(), x.server.db, func(tx *database.Tx) error {
		_, _, err := desk.Answer(x.t.Context(), tx, applications.Reply{Person: filed.Person, Number: filed.Number, Text: "answer", At: now})
		return err
	})
	if err := errors.Join(moved, noted, asked, answered); err != nil {
		x.t.Fatal(err)
	}
}

func (x *texter) exec(query string, args ...any) {
	x.t.Helper()
	if _, err := x.server.owner.ExecContext(x.t.Context(), query, args...); err != nil {
		x.t.Fatal(err)
	}
}

func TestKeysAreRotatedAndRetiredBesideAServer(t *testing.T) {
	x := newTexter(t, "+996700003010")
	x.fillSealed()
	before, err := database.CountSealed(t.Context(), x.server.owner, sealedTables)
	if err != nil {
		t.Fatal(err)
	}
	settings := x.server.settings(false)
	stale, err := database.LoadKeys(x.server.config.keysPath())
	if err != nil {
		t.Fatal(err)
	}
	retire, destroy := &keysRetireCmd{keysSettings: settings}, &keysRetireCmd{keysSettings: settings, Destroy: true}
	if err := retire.Run(); err == nil || !strings.Contains(err.Error(), "no old keys") {
		t.Errorf("retired before a rotation: %v", err)
	}
	for range 2 { // once more than needed, as after an interruption
		if err := (&keysRotateCmd{settings}).Run(); err != nil {
			t.Fatal(err)
		}
	}
	x.wantSealed(before)
	if err := destroy.Run(); err == nil || x.server.states() != "opens seals" {
		t.Errorf("destroyed at once: %v, %s", err, x.server.states())
	}
	var person uuid.UUID
	if err := x.server.owner.GetContext(t.Context(), &person, "SELECT id FROM people LIMIT 1"); err != nil {
		t.Fatal(err)
	}
	x.exec("UPDATE people SET phone = $2 WHERE id = $1", person, stale.Seal([]byte(x.number), person[:])) // by a server with an older file
	if err := retire.Run(); !errors.Is(err, errInUse) || x.server.states() != "opens seals" {
		t.Errorf("retired in use: %v, %s", err, x.server.states())
	}
	for _, run := range []func() error{(&keysRotateCmd{settings}).Run, retire.Run, retire.Run, (&keysShowCmd{settings}).Run} {
		if err := run(); err != nil {
			t.Fatal(err)
		}
	}
	if x.server.states() != "disabled seals" {
		t.Errorf("retired: %s", x.server.states())
	}
	if err := destroy.Run(); err != nil || x.server.states() != "seals" {
		t.Errorf("destroyed: %v, %s", err, x.server.states())
	}
	x.wants("КОНСУЛ МОСКВА", "Посольство Москва")
	again := startServer(t, x.server.config, x.server.now)
	h := again.phone("africastalking", x.number)
	says(t, h, "1")
}

// wantSealed makes sure that every listed column holds as many values as before, all of them of one key.
func (x *texter) wantSealed(before []database.SealedCount) {
	x.t.Helper()
	after, err := database.CountSealed(x.t.Context(), x.server.owner, sealedTables)
	if err != nil {
		x.t.Fatal(err)
	}
	values := map[string]int{}
	for _, c := range after {
		if c.Key != after[0].Key || c.Key == before[0].Key {
			x.t.Errorf("%s.%s: %d values of key %08x", c.Table, c.Column, c.Values, c.Key)
		}
		values[c.Table+"."+c.Column] = c.Values
	}
	for _, c := range before {
		if name := c.Table + "." + c.Column; values[name] != c.Values {
			x.t.Errorf("%s: %d values, not %d", name, values[name], c.Values)
		}
	}
	for _, table := range sealedTables {
		for _, column := range table.Columns {
			if values[table.Name+"."+column.Name] == 0 {
				x.t.Errorf("%s.%s: nothing was stored there, so its context is not tested", table.Name, column.Name)
			}
		}
	}
}

func TestOtherKeysRotateNothing(t *testing.T) {
	r := startServer(t, Config{}, time.Now)
	settings := r.settings(false)
	settings.Keys = t.TempDir() + "/keys.json"
	if err := (&keysRotateCmd{settings}).Run(); err == nil || r.states() != "seals" {
		t.Errorf("other keys rotate: %v", err)
	}
	if entries, err := os.ReadDir(r.config.Data); err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
}
