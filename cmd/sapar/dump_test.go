package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sapar/database"
)

// dump is what pg_dump writes of the database, as an operator's backup does: keys are no part of it.
func (r *running) dump() []byte {
	r.t.Helper()
	var folder string
	if err := r.owner.Get(&folder, "SELECT setting FROM pg_config WHERE name = 'BINDIR'"); err != nil {
		r.t.Fatal(err)
	}
	program := filepath.Join(folder, "pg_dump")
	if _, err := exec.LookPath(program); err != nil {
		program = "pg_dump" // the server runs elsewhere
	}
	command := exec.CommandContext(context.Background(), program, "--dbname="+r.config.DatabaseURL)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil || !bytes.Contains(out, []byte("COPY public.applications ")) {
		r.t.Fatalf("pg_dump: %v, %d bytes, %s", err, len(out), said.String())
	}
	return out
}

// opened is everything in the database that these keys open, a line for each value, by "table.column".
func (r *running) opened(keys *database.Keys) map[string][]byte {
	r.t.Helper()
	all := map[string][]byte{}
	for _, table := range sealedTables {
		for _, column := range table.Columns {
			name := table.Name + "." + column.Name
			rows, err := r.owner.Query(fmt.Sprintf("SELECT %s, %s FROM %s WHERE %s IS NOT NULL", column.Name, column.Context, table.Name, column.Name))
			if err != nil {
				r.t.Fatal(err)
			}
			for rows.Next() {
				var sealed, sealedFor []byte
				if err := rows.Scan(&sealed, &sealedFor); err != nil {
					r.t.Fatal(err)
				}
				if plain, err := keys.Open(sealed, sealedFor); err == nil {
					all[name] = append(append(all[name], plain...), '\n')
				}
			}
			if err := rows.Err(); err != nil {
				r.t.Fatal(err)
			}
			_ = rows.Close()
		}
	}
	return all
}

// canaries are what was planted, each with all the shapes in which it could stand somewhere.
type canaries map[string][]string

// plant makes the shapes: in clear, as JSON escapes it, backwards, in hex, and in base64 wherever the text begins within three bytes.
func plant(texts ...string) canaries {
	c := canaries{}
	for _, text := range texts {
		backwards := []rune(text)
		slices.Reverse(backwards)
		coded := hex.EncodeToString([]byte(text))
		c[text] = []string{text, strings.Trim(strconv.QuoteToASCII(text), `"`), string(backwards), coded, strings.ToUpper(coded)}
		for shift := range 3 {
			coded := strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift)+text)), "=")
			coded = coded[4*((shift+2)/3) : len(coded)-1]
			c[text] = append(c[text], coded, strings.NewReplacer("+", "-", "/", "_").Replace(coded))
		}
	}
	return c
}

// number is a phone number as it may be written.
func number(e164 string) []string { return []string{e164[1:], e164[4:], e164[4:7] + " " + e164[7:]} }

// in lists the canaries that stand in a text.
func (c canaries) in(text []byte) (found []string) {
	for name, shapes := range c {
		for _, shape := range shapes {
			if at := find(text, shape); at >= 0 {
				found = append(found, fmt.Sprintf("%s, as in %q", name, text[max(0, at-40):min(len(text), at+40)]))
				break
			}
		}
	}
	return found
}

// find is where a shape stands, or -1. A few digits count only where they stand alone, since a dump is full of numbers.
func find(text []byte, shape string) int {
	for from := 0; ; {
		at := bytes.Index(text[from:], []byte(shape))
		if at < 0 {
			return -1
		}
		at += from
		from = at + len(shape)
		if len(shape) > 7 || strings.Trim(shape, "0123456789") != "" || !partOfMore(text[max(0, at-1):at]) && !partOfMore(text[from:min(len(text), from+1)]) {
			return at
		}
	}
}

// partOfMore reports whether the character beside some digits belongs to a longer number, a time or an encoded value.
func partOfMore(beside []byte) bool {
	return len(beside) == 1 && bytes.ContainsAny(beside, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:+/=-")
}

// inValues lists the canaries in what was opened.
func (c canaries) inValues(opened map[string][]byte) (found []string) {
	for where, text := range opened {
		for _, what := range c.in(text) {
			found = append(found, where+": "+what)
		}
	}
	slices.Sort(found)
	return found
}
