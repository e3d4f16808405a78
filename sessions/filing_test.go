package sessions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"sapar/menus"
	"sapar/sessions"
)

func TestAFilingRepeatedAndShuffledIsOneApplication(t *testing.T) {
	w := newWorld(t, testTree)
	replicas := []*sessions.Sessions{w.process(), w.process()}
	random := rand.New(rand.NewPCG(1, 2))
	const people = 8
	for p := range people {
		c := newCall(t, fmt.Sprintf("+99670000020%d", p))
		var calls []sessions.Call
		for _, typed := range []string{"", english, "2", "Aizada", "3", "1"} {
			calls = append(calls, c.next(typed))
			replicas[0].Turn(t.Context(), calls[len(calls)-1])
		}
		var copies []sessions.Call
		for range 10 {
			copies = append(copies, calls...)
		}
		random.Shuffle(len(copies), func(i, j int) { copies[i], copies[j] = copies[j], copies[i] })
		atOnce(len(copies), func(i int) { replicas[i%2].Turn(context.Background(), copies[i]) })
	}
	want := fmt.Sprintf("people %d, sessions %d, turns %d, applications %d, ticks 0, consents 0", people, people, 6*people, people)
	if got := w.rows(); got != want {
		t.Errorf("%s, not %s", got, want)
	}
}

func TestNothingOfAPersonStandsInTheDatabaseInPlainText(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	const number, name = "+996777123456", "Kanykei-the-canary"
	c := newCall(t, number)
	shows(t, c.dial(s, english, "2", name, "3", "1"), "Received")
	shows(t, newLastCall(t, number).dial(s, "2", name), "How many")
	w.asOwner(func(conn *sqlx.Conn) error {
		for _, canary := range []string{number, number[1:], "777123456", name, "Kanykei", c.call.Key} {
			if where := found(t, conn, canary); where != "" {
				t.Errorf("%s holds %s", where, canary)
			}
		}
		return nil
	})
	w.asOwner(func(conn *sqlx.Conn) error {
		var row struct {
			Number  string `db:"number"`
			Answers []byte `db:"answers"`
		}
		if err := conn.GetContext(t.Context(), &row, "SELECT number, answers FROM applications"); err != nil {
			return err
		}
		plain, err := w.keys.Open(row.Answers, []byte("application "+row.Number))
		if err != nil {
			return err
		}
		var answers []menus.Answer
		if err := json.Unmarshal(plain, &answers); err != nil {
			return err
		}
		if fmt.Sprint(answers) != "[{name "+name+"} {count 3}]" {
			t.Errorf("%v was filed", answers)
		}
		return nil
	})
}

// found is the table whose rows hold a text, also as the bytes of a bytea; no table gives "".
func found(t *testing.T, conn *sqlx.Conn, text string) string {
	t.Helper()
	var tables []string
	if err := conn.SelectContext(t.Context(), &tables, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"); err != nil {
		t.Fatal(err)
	}
	if len(tables) < 8 {
		t.Fatalf("only %v", tables)
	}
	for _, table := range tables {
		var hit bool
		query := "SELECT EXISTS (SELECT 1 FROM " + table + " r WHERE r::text ILIKE $1 OR r::text LIKE $2)"
		if err := conn.GetContext(t.Context(), &hit, query, "%"+text+"%", "%"+fmt.Sprintf("%x", text)+"%"); err != nil {
			t.Fatal(err)
		}
		if hit {
			return table
		}
	}
	return ""
}

func TestTicksAndConsentsAreKeptForThePerson(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newCall(t, "+996700000301")
	shows(t, c.dial(s, english, "4", "2", "1"), "1 One", "+")
	shows(t, newCall(t, "+996700000301").dial(w.process(), "2", "4"), "1 One", "+")
	hides(t, newCall(t, "+996700000302").dial(s, english, "4"), "+")
	newCall(t, "+996700000302").dial(s, "2", "5", "1")
	if got := w.count("SELECT count(*) FROM consents WHERE agreed AND topic = 'news' AND version = 1 AND channel = 'whole'"); got != 1 {
		t.Errorf("%d consents", got)
	}
}

func TestNoReplyEverHoldsAnotherPersonsAnswer(t *testing.T) {
	w := newWorld(t, testTree)
	replicas := []*sessions.Sessions{w.process(), w.process()}
	const goroutines, phones = 64, 6
	atOnce(goroutines, func(g int) {
		for p := range phones {
			marker := fmt.Sprintf("marker-%d-%d.", g, p)
			begin := newCall
			if p%2 == 1 {
				begin = newLastCall
			}
			c := begin(t, fmt.Sprintf("+9967%03d%03d00", g, p))
			c.call.Key = fmt.Sprint("shared-key-", p%3) // carriers' keys collide between phones
			for i, typed := range []string{"", english, "2", marker, "3", "2", "1", marker, "1"} {
				reply := replicas[i%2].Turn(context.Background(), c.next(typed))
				if strings.Contains(strings.ReplaceAll(reply.Text, marker, ""), "marker") {
					t.Errorf("%s reads\n%s", marker, reply.Text)
				}
				if echoed := strings.Contains(reply.Text, marker); i == 4 && !echoed {
					t.Errorf("%s does not read its own answer:\n%s", marker, reply.Text)
				}
			}
		}
	})
	if n := w.count("SELECT count(*) FROM applications"); n != goroutines*phones {
		t.Errorf("%d applications of %d", n, goroutines*phones)
	}
	if n := w.away.Load(); n > 0 {
		t.Errorf("%d calls were answered from memory", n)
	}
}
