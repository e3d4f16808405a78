package sessions_test

import (
	"context"
	"strings"
	"testing"

	"sapar/database"
	"sapar/people"
	"sapar/sessions"
	"sapar/sessions/history"
)

// A phone may be somebody else's from one text to the next: a number is given away, a person is forgotten, or turns out to be another.
func TestAPhoneThatIsSomebodyElsesDoesNotGoOnInTheirForm(t *testing.T) {
	for name, gone := range map[string]func(w *world, person people.ID){
		"moved to another number": func(w *world, person people.ID) {
			w.exec("UPDATE people SET phone_hash = NULL, phone = NULL WHERE id = $1", person)
		},
		"forgotten": func(w *world, person people.ID) {
			w.exec("UPDATE people SET phone_hash = NULL, phone = NULL WHERE id = $1", person)
			err := database.InTx(w.t.Context(), w.db, func(tx *database.Tx) error { return history.Forget(w.t.Context(), tx, person) })
			if err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, testTree)
			replicas := []*sessions.Sessions{w.process(), w.process()}
			const number = "+996700000804"
			for i, text := range []string{"hello", english, "form"} {
				answered(t, replicas[0], texted(t, number, "a"+string(rune('0'+i)), text))
			}
			var person people.ID
			w.get(&person, "SELECT id FROM people")
			gone(w, person)
			for i, s := range replicas {
				reply := answered(t, s, texted(t, number, "b"+string(rune('0'+i)), "Aizada"))
				if strings.Contains(reply, "How many") || reply == "" {
					t.Errorf("somebody else is asked the next question of the form:\n%s", reply)
				}
			}
			if n := w.count("SELECT count(*) FROM people WHERE phone_hash IS NOT NULL"); n != 1 {
				t.Errorf("%d people have the number", n)
			}
			if n := w.count("SELECT count(*) FROM sessions s JOIN people p ON p.id = s.person_id WHERE p.phone_hash IS NOT NULL"); n != 1 {
				t.Errorf("%d sessions are of whoever has the number", n)
			}
		})
	}
}

// After a merge the session is of the other person, and its next turn is theirs, although memory knew it otherwise.
func TestATurnAfterAMergeIsOfThePersonItTurnedOutToBe(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	const number = "+996700000805"
	for i, text := range []string{"hello", english, "form", "Aizada"} {
		answered(t, s, texted(t, number, string(rune('0'+i)), text))
	}
	var person people.ID
	w.get(&person, "SELECT id FROM people")
	w.exec(`INSERT INTO people (id, phone_hash, phone, language, created_at, agreed_at)
		SELECT gen_random_uuid(), 'other', 'other', 'en', now(), now()`)
	var other people.ID
	w.get(&other, "SELECT id FROM people WHERE id <> $1", person)
	w.exec("UPDATE people SET phone_hash = NULL, phone = NULL WHERE id = $1", person)
	w.exec("UPDATE people SET phone_hash = $2, phone = 'x' WHERE id = $1", other, w.keys.Hash("phone", number))
	err := database.InTx(t.Context(), w.db, func(tx *database.Tx) error { return history.Give(context.Background(), tx, person, other) })
	if err != nil {
		t.Fatal(err)
	}
	answered(t, s, texted(t, number, "8", "3"))
	answered(t, s, texted(t, number, "9", "1"))
	if n := w.count("SELECT count(*) FROM applications WHERE person_id = $1", other); n != 1 {
		t.Errorf("%d applications are of the person it turned out to be", n)
	}
}
