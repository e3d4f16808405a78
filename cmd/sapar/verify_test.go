package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"sapar/ussd"
)

// verifies runs sapar verify and returns what it prints.
func (r *running) verifies() (string, error) {
	r.t.Helper()
	var out bytes.Buffer
	command := verifyCmd{Config: r.config}
	err := command.verify(r.t.Context(), &out)
	return out.String(), err
}

// exec changes rows as their owner.
func (r *running) exec(query string, args ...any) {
	r.t.Helper()
	done, err := r.owner.ExecContext(context.Background(), query, args...)
	if err != nil {
		r.t.Fatal(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		r.t.Fatalf("%s changed no rows: %v", query, err)
	}
}

// breaks are ways to break each identity by hand, and to mend it again.
var breaks = []struct{ identity, name, hurt, mend string }{
	{"turns", "a turn is lost", "UPDATE turns SET turn = turn + 1000 WHERE turn = 2 AND session_id NOT IN (SELECT session_id FROM inbox)", "UPDATE turns SET turn = turn - 1000 WHERE turn > 1000"},
	{"turns", "a session is ahead", "UPDATE sessions SET turn = turn + 1", "UPDATE sessions SET turn = turn - 1"},
	{"turns", "turns of no session", "UPDATE sessions SET id = gen_random_uuid(), tree = id::text", "UPDATE sessions SET id = tree::uuid, tree = 'main'"},
	{"texts", "a text without a turn", "UPDATE inbox SET turn = turn + 1000", "UPDATE inbox SET turn = turn - 1000"},
	{"texts", "two texts of a turn", "UPDATE inbox SET turn = 1 WHERE turn = 2", "UPDATE inbox SET turn = 2 WHERE at = (SELECT max(at) FROM inbox)"},
	{"outbox", "failed without a reason", "UPDATE outbox SET channel = status, status = 'failed', reason = ''", "UPDATE outbox SET status = channel, channel = ''"},
	{"events", "an event is lost", "UPDATE application_events SET n = n + 1000", "UPDATE application_events SET n = n - 1000"},
	{"events", "no filing", "UPDATE application_events SET action = 'moved'", "UPDATE application_events SET action = 'filed'"},
	{"events", "a change without an event", "UPDATE applications SET version = 2", "UPDATE applications SET version = 1"},
	{"receipts", "no receipt", "UPDATE outbox SET key = 'x' || key", "UPDATE outbox SET key = substr(key, 2)"},
	{"receipts", "a receipt of nothing", "UPDATE outbox SET key = 'case/0000000000/1', reason = key", "UPDATE outbox SET key = reason, reason = ''"},
	{
		"receipts", "a second receipt", `INSERT INTO outbox SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'person_id', gen_random_uuid()))).* FROM outbox o`,
		"DELETE FROM outbox WHERE person_id NOT IN (SELECT id FROM people)",
	},
}

func TestVerifyNamesEveryIdentityThatIsBroken(t *testing.T) {
	r := startSending(t, time.Now)
	h := r.phone("africastalking", newNumber())
	r.fileSending(h)
	x := &texter{t: t, server: r, number: newNumber()}
	for i, text := range []string{"консул", "2"} {
		if status, reply := x.post(fmt.Sprint("text-", i), text); status != 200 {
			t.Fatal(status, reply)
		}
	}
	if n := r.count("SELECT count(*) FROM outbox"); n != 1 {
		t.Fatalf("%d messages", n)
	}
	r.exec("UPDATE outbox SET send_after = now() + interval '1 day', send_until = now() + interval '2 days', channel = '', status = 'pending', reason = ''")
	t.Run("metrics", func(t *testing.T) { metricsSayWhetherTheIdentitiesHold(t, r) })
	t.Run("an owner without privileges", func(t *testing.T) { anOwnerWithoutPrivilegesCountsEveryCase(t, r) })
	for _, b := range breaks {
		t.Run(b.identity+"/"+b.name, func(t *testing.T) {
			said, err := r.verifies()
			if err != nil || strings.Count(said, "holds") != len(identities) {
				t.Fatalf("%v\n%s", err, said)
			}
			r.exec(b.hurt)
			said, err = r.verifies()
			r.exec(b.mend)
			if !errors.Is(err, errBroken) || exitCode(err) != 1 || strings.Count(said, "BROKEN") != 1 || !strings.Contains(brokenLine(said), known(b.identity).look) {
				t.Errorf("%v\n%s", err, said)
			}
		})
	}
}

func brokenLine(said string) string {
	for line := range strings.Lines(said) {
		if strings.Contains(line, "BROKEN") {
			return line
		}
	}
	return ""
}

func metricsSayWhetherTheIdentitiesHold(t *testing.T, r *running) {
	page := r.metricsPage()
	for _, line := range []string{
		`sapar_identity_broken{identity="turns"} 0`, `sapar_identity_rows{identity="receipts",side="expected"} 1`, `sapar_identity_rows{identity="events",side="found"} 1`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("no %s in\n%s", line, page)
		}
	}
	if strings.Count(page, "sapar_identity_broken{") != len(identities) {
		t.Error(page)
	}
}

// A database of one's own often belongs to a user who is no superuser: row-level security holds for them too, and they count all the same.
func anOwnerWithoutPrivilegesCountsEveryCase(t *testing.T, r *running) {
	role := "sapar_plain_" + strings.ToLower(strings.TrimPrefix(newNumber(), "+"))
	tx, err := r.owner.Beginx()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range []string{
		"CREATE ROLE " + role, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + role,
		"DROP POLICY counting ON applications", "DROP POLICY counting ON application_events", "SET LOCAL ROLE " + role,
	} {
		if _, err := tx.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := tx.Get(&n, "SELECT count(*) FROM applications"); err != nil || n != 0 {
		t.Fatalf("without the policy %d cases are seen: %v", n, err)
	}
	for _, statement := range []string{
		"RESET ROLE", "CREATE POLICY counting ON applications FOR SELECT TO " + role + " USING (current_setting('sapar.counting', true) = 'on')",
		"ALTER VIEW identity_events OWNER TO " + role, "GRANT SELECT ON identity_events TO sapar_app", "SET LOCAL ROLE sapar_app",
	} {
		if _, err := tx.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Get(&n, "SELECT expected FROM identity_events"); err != nil || n != 0 {
		t.Errorf("uncounted, %d: %v", n, err)
	}
	if _, err := tx.Exec("SELECT set_config('sapar.counting', 'on', true)"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Get(&n, "SELECT expected FROM identity_events"); err != nil || n != 1 {
		t.Errorf("counted, %d: %v", n, err)
	}
	if err := tx.Get(&n, "SELECT count(*) FROM applications"); err != nil || n != 0 {
		t.Errorf("the serving role sees %d cases: %v", n, err)
	}
}

func TestThousandsOfFilingsWithEveryCallbackRepeatedAreAsManyCases(t *testing.T) {
	filings := 200
	if os.Getenv("SAPAR_LONG") != "" {
		filings = 10_000
	}
	r := startSending(t, time.Now)
	work := make(chan int, filings)
	for i := range filings {
		work <- i
	}
	close(work)
	done := make(chan struct{})
	const phones = 8
	for range phones {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range work {
				r.fileRepeatedly(i)
			}
		}()
	}
	for range phones {
		<-done
	}
	for query, what := range map[string]string{
		"SELECT count(*) FROM applications": "cases", "SELECT count(DISTINCT person_id) FROM applications WHERE notify": "people with a case",
		"SELECT count(*) FROM application_events": "events", "SELECT count(*) FROM outbox WHERE key LIKE 'case/%'": "receipts",
		"SELECT count(DISTINCT key) FROM outbox": "reasons to send", "SELECT count(*) FROM sessions": "sessions",
	} {
		if n := r.count(query); n != filings {
			t.Errorf("%d %s, not %d", n, what, filings)
		}
	}
	if said, err := r.verifies(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// fileRepeatedly files one application; every callback comes up to three times, and sometimes an older one comes again in between.
func (r *running) fileRepeatedly(i int) {
	random := rand.New(rand.NewPCG(1, uint64(i)))
	h := r.phone([]string{"africastalking", "form"}[i%2], newNumber())
	var sent []handset
	press := func(typed string) (reply ussd.Reply) {
		var err error
		if h.seq == 0 {
			reply, err = h.dial(context.Background())
		} else {
			reply, err = h.answer(context.Background(), typed)
		}
		sent = append(sent, *h)
		for range random.IntN(3) {
			r.again(h, &sent[len(sent)-1], reply.Text, err)
		}
		if random.IntN(4) == 0 { // late; what it shows is for nobody
			late := sent[random.IntN(len(sent))]
			r.resend(&late)
		}
		return reply
	}
	x := &reader{t: r.t, send: func(typed string) (ussd.Reply, error) { return press(typed), nil }}
	x.press("")
	x.press("4")
	kind := "callback"
	if i%40 == 0 {
		kind = "guardianship"
	}
	x.choose(forms[kind]...)
	if last := x.fill("1", "Village", "+996555000001", "2018", "01012026", "2"); !strings.Contains(last, "write it down") {
		r.t.Errorf("filing %d ends with\n%s", i, last)
	}
}

// again sends a callback once more, and wants the same reply.
func (r *running) again(h, sent *handset, want string, err error) {
	copied := *sent
	if got, again := r.resend(&copied); err != nil || again != nil || got.Text != want {
		r.t.Errorf("%s: %v, %v\n%s\nis not\n%s", h.channel.Name, err, again, got.Text, want)
	}
}

func (r *running) resend(h *handset) (ussd.Reply, error) {
	h.seq--
	return h.send(context.Background())
}
