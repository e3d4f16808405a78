package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sapar/applications"
	"sapar/database"
)

// What is planted: a number that calls and one that is typed, a name, words of a text and of an office, and a PIN.
const (
	canaryNumber, canaryTyped      = "+996777313729", "+996555828184"
	canaryName, canaryPrivate      = "Kanykei Canary", "Privatnaya Kanareika"
	canaryText, canaryPIN          = "kanareika poet", "739158"
	canaryNote, canaryWhy          = "canary-note-of-office", "canary-why-of-office"
	canaryQuestion, canaryPurpose  = "Canary question, which day?", "canary-purpose"
	canaryAnswer, canaryCity       = "canary answer friday", "Canaryburg"
	canarySessionKey, canaryForged = "canary-session-key", "canary-forged-body"
)

func planted() canaries {
	numbers := append(number(canaryNumber), number(canaryTyped)...)
	for _, n := range loadNumbers {
		numbers = append(numbers, number(n)...)
	}
	return plant(append(numbers, canaryName, canaryPrivate, canaryText, canaryPIN, canaryNote, canaryWhy,
		canaryQuestion, canaryPurpose, canaryAnswer, canaryCity, canarySessionKey, canaryForged)...)
}

// The search must find what there is, else finding nothing says nothing.
func TestCanariesAreFoundInEveryShape(t *testing.T) {
	all := planted()
	for name := range all {
		for _, shape := range []string{
			name, hex.EncodeToString([]byte(name)), `{"x":"` + name + `"}`, base64.StdEncoding.EncodeToString([]byte("ab" + name + "cd")),
			base64.StdEncoding.EncodeToString([]byte("a" + name + "c")), base64.URLEncoding.EncodeToString([]byte(name)),
		} {
			if len(all.in([]byte("before "+shape+" behind"))) == 0 {
				t.Errorf("%s is not found as %s", name, shape)
			}
		}
	}
	if found := all.in([]byte("12:03:04.739158+00 a739158b 7771")); len(found) != 0 {
		t.Error(found)
	}
}

func TestNothingOfAPersonStandsInLogsMetricsErrorsOrADump(t *testing.T) {
	log, usual := &heard{}, slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(usual) })
	r := everyDoor(t)
	r.plantByPhone()
	r.plantByText()
	r.plantAtOffices()
	errors := r.plantInErrors()
	const dialogues = 400
	had, refused := r.load(dialogues)
	if errors += refused; had < dialogues || strings.Count(refused, "\n") < dialogues/2 {
		t.Errorf("%d dialogues were had, %d texts refused", had, strings.Count(refused, "\n"))
	}
	all := planted()

	opened := r.opened(r.keys)
	for _, where := range []string{
		"people.phone", "people.city", "sessions.state", "turns.reply", "inbox.raw", "inbox.text", "outbox.phone", "outbox.text", "applications.answers",
		"application_events.why", "application_notes.text", "application_questions.question", "application_questions.answer", "application_reads.purpose",
	} {
		if len(all.in(opened[where])) == 0 {
			t.Errorf("nothing was planted in %s", where)
		}
	}
	dump, metrics := r.dump(), r.metricsPage()
	if err := r.db.Close(); err != nil { // from here on every turn fails
		t.Fatal(err)
	}
	h := r.phone("form", canaryNumber)
	says(t, h, "3", "1", "2", canaryName, "1")
	errors += r.plantInErrors()
	log.mu.Lock()
	said := log.text.String()
	log.mu.Unlock()
	if !strings.Contains(said, `"msg":"turn"`) || !strings.Contains(metrics, "sapar_identity_broken") || len(errors) < 200 {
		t.Errorf("nothing was logged, counted or refused: %d, %d, %d bytes", len(said), len(metrics), len(errors))
	}
	for where, text := range map[string][]byte{"the log": []byte(said), "the metrics": []byte(metrics), "errors": []byte(errors), "the dump": dump} {
		for _, found := range all.in(text) {
			t.Errorf("in %s: %s", where, found)
		}
	}
	r.opensWithHalfTheKeys()
}

// plantByPhone files a form of every kind by dialling, and says where the person is.
func (r *running) plantByPhone() {
	r.t.Helper()
	channel := 0
	for kind, way := range forms {
		channel++
		x := r.dials([]string{"africastalking", "form"}[channel%2], canaryNumber)
		x.choose(way...)
		name := canaryName
		if kind == "complaint" || kind == "detained" || kind == "rights_report" {
			name = canaryPrivate
		}
		if last := x.fill(canaryPIN, name, canaryTyped, "2018", "01012026", "2"); !strings.Contains(last, "write it down") {
			r.t.Errorf("%s ends with\n%s", kind, last)
		}
		if n := r.count("SELECT count(*) FROM applications WHERE kind = $1", kind); n != 1 {
			r.t.Errorf("%d of %s", n, kind)
		}
	}
	x := r.dials("form", canaryNumber)
	x.choose("My data", "My place", "Where I am now", "Russia")
	x.press(canaryCity)
	if n := r.count("SELECT count(*) FROM members"); n != 1 {
		r.t.Errorf("%d PINs", n)
	}
}

func (r *running) plantByText() {
	r.t.Helper()
	x := &texter{t: r.t, server: r, number: canaryNumber}
	for i, text := range []string{canaryText, "delete me", canaryPIN, "my requests", canaryPIN} {
		if status, reply := x.post(fmt.Sprint(canarySessionKey, i), text); status != 200 {
			r.t.Fatal(status, reply)
		}
	}
}

// plantAtOffices has the office of every case read it, write a note, ask, and move it; the person answers by text.
func (r *running) plantAtOffices() {
	r.t.Helper()
	var cases []struct{ Number, Office string }
	if err := r.owner.Select(&cases, "SELECT number, office FROM applications"); err != nil {
		r.t.Fatal(err)
	}
	ctx := r.t.Context()
	for i, one := range cases {
		worker := r.errands.desk.As(applications.Viewer{Who: "worker", Office: one.Office, Unmask: true})
		read, err := worker.Read(ctx, r.now(), one.Number, canaryPurpose)
		if err == nil {
			err = worker.Note(ctx, r.now(), one.Number, canaryNote)
		}
		if err == nil {
			_, err = worker.Move(ctx, r.now(), applications.Ref{Number: one.Number, Version: read.Version}, applications.Step{To: read.Next[0], Why: canaryWhy})
		}
		if err == nil {
			_, err = worker.Ask(ctx, r.now(), applications.Ref{Number: one.Number, Version: read.Version + 1}, canaryQuestion)
		}
		if err != nil {
			r.t.Fatalf("%s: %v", read.Kind, err)
		}
		x := &texter{t: r.t, server: r, number: canaryNumber}
		if status, reply := x.post(fmt.Sprint("answer", i), canaryAnswer); status != 200 {
			r.t.Fatal(status, reply)
		}
	}
}

// plantInErrors sends what is refused, and returns all that was answered.
func (r *running) plantInErrors() (said string) {
	r.t.Helper()
	good := atBody(canarySessionKey, canaryNumber, strings.ReplaceAll(canaryName, " ", "+"))
	for _, c := range [][3]string{
		{"/ussd/africastalking", formType, strings.Replace(good, "sessionId", "id", 1)},
		{"/ussd/africastalking", formType, strings.Replace(good, "phoneNumber=", "phone=", 1)},
		{"/ussd/africastalking", formType, good + "&sessionId=" + canaryForged},
		{"/ussd/" + canaryForged, formType, good},
		{"/ussd/form", "application/json", good},
		{"/ussd/form", formType, good + "%zz"},
		{"/sms/form", formType, "id=" + canarySessionKey + "&from=" + canaryForged + "&to=1&text=" + canaryForged},
		{"/sms/form", formType, "id=" + canarySessionKey + "&id=2&from=%2B" + canaryNumber[1:] + "&to=1&text=" + canaryForged},
		{"/sms/form/" + canaryForged, formType, good},
	} {
		status, body := posted(r.t, r.url+c[0], c[1], c[2])
		if status < 400 {
			r.t.Errorf("%s: %d", c[0], status)
		}
		said += body
	}
	return said
}

// opensWithHalfTheKeys looks at sensitive cases with the keys file alone, as somebody who has stolen it and a dump.
func (r *running) opensWithHalfTheKeys() {
	r.t.Helper()
	text, err := os.ReadFile(r.config.keysPath())
	if err != nil {
		r.t.Fatal(err)
	}
	path := filepath.Join(r.t.TempDir(), "keys.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		r.t.Fatal(err)
	}
	half, err := database.KeyFiles{Keys: path}.Load()
	if err != nil {
		r.t.Fatal(err)
	}
	opened := r.opened(half)
	if half.OpensSensitive() || len(plant(canaryName).in(opened["applications.answers"])) == 0 {
		r.t.Error("the half of the keys opens too much, or nothing")
	}
	for where, plain := range opened {
		if !strings.HasPrefix(where, "application") {
			continue
		}
		if found := plant(canaryPrivate).in(plain); len(found) > 0 {
			r.t.Errorf("%s: %s", where, found)
		}
	}
}
