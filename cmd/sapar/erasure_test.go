package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"sapar/sms"
)

const (
	goneNumber, goneTyped, goneName = "+996777414243", "+996555616263", "Forgetful Zamira"
	goneText, gonePIN, goneCity     = "zamira asks", "648201", "Zamiraville"
)

// own is what is held of the person who will be forgotten, wherever it is found: in a dump, and opened with all keys.
func (r *running) own() (found []string) {
	r.t.Helper()
	all := plant(append(append(number(goneNumber), number(goneTyped)...), goneName, goneText, gonePIN, goneCity)...)
	return append(all.inValues(r.opened(r.keys)), all.in(r.dump())...)
}

// live is what somebody leaves who uses everything.
func (r *running) live(number string) {
	r.t.Helper()
	x := r.dials("africastalking", number)
	x.choose(forms["guardianship"]...)
	x.fill(gonePIN, goneName, goneTyped, "2018", "01012026", "2")
	x = r.dials("form", number)
	x.choose(forms["rights_report"]...)
	x.fill(gonePIN, goneName, goneTyped, "2018", "01012026", "2")
	x = r.dials("form", number)
	x.choose("Checklist before travel", "Kazakhstan", "Register if over 30 days", "Done")
	x = r.dials("form", number)
	x.choose("My data", "My place", "Where I am now", "Russia")
	x.press(goneCity)
	x = r.dials("form", number)
	x.choose("Deadlines", "Korea: registration")
	x.press("20112026")
	x.press("1")
	x = r.dials("form", number)
	x.choose("Deadlines", "Russia", "90 days a year")
	x.press("1")
	x.press("19112026")
	phone := &texter{t: r.t, server: r, number: number}
	for i, text := range []string{goneText, "STOP"} {
		if status, reply := phone.post(fmt.Sprint("text-", i, number), text); status != 200 {
			r.t.Fatal(status, reply)
		}
	}
}

func TestWhoAsksThePhoneToBeForgottenLeavesCountsAndAStop(t *testing.T) {
	r := startSending(t, time.Now)
	r.live(goneNumber)
	other := r.phone("form", newNumber())
	r.fileSending(other)
	before := r.own()
	if len(before) < 10 {
		t.Errorf("only this is held before: %q", before)
	}
	cases, events, messages := r.count("SELECT count(*) FROM applications"), r.count("SELECT count(*) FROM application_events"), r.count("SELECT count(*) FROM outbox")
	if n := r.count("SELECT count(*) FROM ticks"); n != 1 || cases != 3 {
		t.Errorf("%d ticks, %d cases", n, cases)
	}

	if waits, stays := r.count("SELECT count(*) FROM deadlines"), r.count("SELECT count(*) FROM stays"); waits != 2 || stays != 1 {
		t.Errorf("%d deadlines, %d stays", waits, stays)
	}

	x := r.dials("africastalking", goneNumber)
	x.choose("My data", "Delete me")
	x.press(gonePIN)
	x.choose("Yes", "Yes")
	if !strings.Contains(x.screen, "deleted") || !x.ended {
		t.Fatalf("the last screen is\n%s", x.screen)
	}

	for _, found := range r.own() {
		t.Errorf("after: %s", found)
	}
	hash := r.keys.Hash("phone", goneNumber)
	// The stop keeps the hash, and so do the day's limits of answers to a number.
	if n, kept := bytes.Count(r.dump(), []byte(hex.EncodeToString(hash))), 1+r.count("SELECT count(*) FROM send_counts WHERE name = $1", hash); n != kept {
		t.Errorf("the hash of the number stands %d times in the dump, not %d", n, kept)
	}
	for query, want := range map[string]int{
		"SELECT count(*) FROM applications": cases, "SELECT count(*) FROM applications WHERE emptied_at IS NOT NULL AND person_id IS NULL AND answers = ''": 2,
		"SELECT count(*) FROM application_events": events + 2, "SELECT count(*) FROM outbox": messages,
		"SELECT count(*) FROM people WHERE forgotten_at IS NOT NULL AND phone_hash IS NULL": 1,
		"SELECT n::int FROM forgotten_counts WHERE what = 'people'":                         1, "SELECT n::int FROM forgotten_counts WHERE what = 'ticks'": 1,
		"SELECT count(*) FROM deadlines": 0, "SELECT count(*) FROM stays": 0,
		"SELECT count(*) FROM optouts": 1, "SELECT count(*) FROM members": 1, "SELECT count(*) FROM stops": 0,
	} {
		if n := r.count(query); n != want {
			t.Errorf("%s: %d, not %d", query, n, want)
		}
	}
	r.checkIdentities()
	r.stopIsHonoured()
}

// stopIsHonoured has the forgotten number dial again: it is new to us, and is sent nothing.
func (r *running) stopIsHonoured() {
	r.t.Helper()
	h := r.phone("form", goneNumber)
	if reply := says(r.t, h); !strings.Contains(reply.Text, "4 English") {
		r.t.Errorf("the number is known:\n%s", reply.Text)
	}
	if n := r.count("SELECT count(*) FROM stops s JOIN people p ON p.id = s.person_id WHERE p.phone_hash = $1 AND s.topic = ''", r.keys.Hash("phone", goneNumber)); n != 1 {
		r.t.Errorf("%d stops of the number", n)
	}
	if c := r.broadcast("after", time.Time{}); c.Skipped[sms.ReasonStopped] != 1 || c.Queued != 1 {
		r.t.Errorf("%+v", c)
	}
}

// fileSending files a guardianship request on a server that sends, with a PIN of its own and texts wanted.
func (r *running) fileSending(h *handset) {
	r.t.Helper()
	x := &reader{t: r.t, send: h.press}
	x.press("")
	x.press("4")
	x.choose(forms["guardianship"]...)
	if last := x.fill("571903", "Village", "+996555000001", "2018", "01012026", "2"); !strings.Contains(last, "write it down") {
		r.t.Fatalf("it ends with\n%s", last)
	}
}
