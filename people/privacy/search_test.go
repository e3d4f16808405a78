package privacy_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"sapar/people"
)

var phones = []string{home, abroad, "+996555000111"}

// traces looks through every column of every table, as it is stored and opened, for a number, its hash, or the canary. It says where.
func (w *world) traces() (found []string) {
	w.Helper()
	contexts := w.contexts()
	w.columns(func(table, column string, value any) {
		stored, ok := value.([]byte)
		if !ok {
			stored = fmt.Append(nil, value)
		}
		note := func(what string) {
			if where := table + "." + column + ": " + what; !slices.Contains(found, where) {
				found = append(found, where)
			}
		}
		w.look(stored, "as it is stored", note)
		for _, context := range contexts {
			if plain, err := w.keys.Open(stored, context); err == nil {
				w.look(plain, "opened", note)
			}
		}
	})
	slices.Sort(found)
	return found
}

// look tells what of a value gives somebody away.
func (w *world) look(value []byte, how string, note func(string)) {
	if bytes.Contains(value, []byte(canary)) {
		note(how)
	}
	for _, phone := range phones {
		session := uuid.UUID(w.keys.Hash("session", "sms", "texts", phone))
		switch {
		case bytes.Contains(value, []byte(strings.TrimPrefix(phone, "+"))):
			note(how)
		case bytes.Contains(value, w.hash(phone)), bytes.Contains(value, fmt.Appendf(nil, "%x", w.hash(phone))):
			note("a number's hash")
		case bytes.Contains(value, people.CityHash(w.keys, canary+" city")):
			note("a city's hash")
		case bytes.Contains(value, session[:]), bytes.Contains(value, []byte(session.String())):
			note("a session's id")
		}
	}
}

// contexts are all that a value may be sealed for: every id and hash that the database holds, and those that it held.
func (w *world) contexts() [][]byte {
	w.Helper()
	all := [][]byte{[]byte("broadcast")}
	for _, phone := range phones {
		all = append(all, w.hash(phone), w.keys.Hash("session", "sms", "texts", phone))
	}
	w.columns(func(_, _ string, value any) {
		if id, err := uuid.Parse(fmt.Sprintf("%s", value)); err == nil && !slices.ContainsFunc(all, func(c []byte) bool { return bytes.Equal(c, id[:]) }) {
			all = append(all, id[:], []byte("city "+id.String()))
		}
	})
	return all
}

// columns visits every value that is stored, as the owner of the tables.
func (w *world) columns(visit func(table, column string, value any)) {
	w.Helper()
	var tables []string
	w.ok(w.owner.Select(&tables, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"))
	for _, table := range tables {
		w.rows(table, visit)
	}
}

func (w *world) rows(table string, visit func(table, column string, value any)) {
	w.Helper()
	rows, err := w.owner.Queryx("SELECT * FROM " + table)
	w.ok(err)
	defer rows.Close()
	for rows.Next() {
		values := map[string]any{}
		w.ok(rows.MapScan(values))
		for column, value := range values {
			visit(table, column, value)
		}
	}
	w.ok(rows.Err())
}

func (w *world) count(query string, args ...any) (n int) {
	w.Helper()
	w.ok(w.owner.Get(&n, query, args...))
	return n
}
