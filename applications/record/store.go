// Package record keeps what was done and said in a case: events, notes, questions with their answers, and who read it.
//
// Whether a transaction sees the rows is decided by row-level security: it sees those of the cases that it sees. What people wrote comes
// sealed and stays so.
package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Event is one change of a case.
type Event struct {
	Case   uuid.UUID `db:"application_id"`
	N      int       `db:"n"` // from 1, without gaps
	At     time.Time `db:"at"`
	Who    string    `db:"who"`
	Office string    `db:"office"` // that the case belonged to
	Action string    `db:"action"`
	Was    string    `db:"was"`
	Became string    `db:"became"`
	Date   string    `db:"date"` // yyyy-mm-dd, or empty
	Why    []byte    `db:"why"`  // sealed
}

const sqlAddEvent = `
INSERT INTO application_events (application_id, n, at, who, office, action, was, became, date, why)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9, '')::date, $10)`

// AddEvent keeps a change.
func AddEvent(ctx context.Context, tx sqlx.ExecerContext, e Event) error {
	_, err := tx.ExecContext(ctx, sqlAddEvent, e.Case, e.N, e.At, e.Who, e.Office, e.Action, e.Was, e.Became, e.Date, e.Why)
	return wrap("keep an event", err)
}

const sqlEvents = `
SELECT application_id, n, at, who, office, action, was, became, coalesce(to_char(date, 'YYYY-MM-DD'), '') AS date, why
FROM application_events
WHERE application_id = $1
ORDER BY n`

// Events lists the changes of a case in their order.
func Events(ctx context.Context, tx sqlx.QueryerContext, of uuid.UUID) (list []Event, err error) {
	err = sqlx.SelectContext(ctx, tx, &list, sqlEvents, of)
	return list, wrap("read events", err)
}

// Note is a remark of a case worker.
type Note struct {
	ID   uuid.UUID `db:"id"`
	Case uuid.UUID `db:"application_id"`
	At   time.Time `db:"at"`
	Who  string    `db:"who"`
	Text []byte    `db:"text"` // sealed
}

const sqlAddNote = `
INSERT INTO application_notes (id, application_id, at, who, text)
VALUES ($1, $2, $3, $4, $5)`

// AddNote keeps a remark.
func AddNote(ctx context.Context, tx sqlx.ExecerContext, n Note) error {
	_, err := tx.ExecContext(ctx, sqlAddNote, n.ID, n.Case, n.At, n.Who, n.Text)
	return wrap("keep a note", err)
}

const sqlNotes = `
SELECT id, application_id, at, who, text
FROM application_notes
WHERE application_id = $1
ORDER BY at, id`

// Notes lists the remarks of a case in their order.
func Notes(ctx context.Context, tx sqlx.QueryerContext, of uuid.UUID) (list []Note, err error) {
	err = sqlx.SelectContext(ctx, tx, &list, sqlNotes, of)
	return list, wrap("read notes", err)
}

// Question is what the office asked the person.
type Question struct {
	ID         uuid.UUID    `db:"id"`
	Case       uuid.UUID    `db:"application_id"`
	AskedAt    time.Time    `db:"asked_at"`
	Who        string       `db:"who"`
	Question   []byte       `db:"question"`    // sealed
	AnsweredAt sql.NullTime `db:"answered_at"` // not valid while there is no answer
	Answer     []byte       `db:"answer"`      // sealed
}

const sqlAddQuestion = `
INSERT INTO application_questions (id, application_id, asked_at, who, question)
VALUES ($1, $2, $3, $4, $5)`

// AddQuestion keeps a question that has no answer yet.
func AddQuestion(ctx context.Context, tx sqlx.ExecerContext, q Question) error {
	_, err := tx.ExecContext(ctx, sqlAddQuestion, q.ID, q.Case, q.AskedAt, q.Who, q.Question)
	return wrap("keep a question", err)
}

const sqlQuestions = `
SELECT id, application_id, asked_at, who, question, answered_at, answer
FROM application_questions
WHERE application_id = $1
ORDER BY asked_at, id`

// Questions lists what was asked in a case, in its order.
func Questions(ctx context.Context, tx sqlx.QueryerContext, of uuid.UUID) (list []Question, err error) {
	err = sqlx.SelectContext(ctx, tx, &list, sqlQuestions, of)
	return list, wrap("read questions", err)
}

// Open is a question without an answer, and the case it was asked in.
type Open struct {
	ID     uuid.UUID `db:"id"`
	Number string    `db:"number"`
	Office string    `db:"office"`
}

const sqlOpen = `
SELECT q.id, a.number, a.office
FROM application_questions q JOIN applications a ON a.id = q.application_id
WHERE a.person_id = $1 AND ($2 = '' OR a.number = $2) AND (a.notify OR NOT $3) AND a.closed_at IS NULL AND q.answered_at IS NULL
ORDER BY q.asked_at DESC, q.id DESC
LIMIT 1`

// OpenQuestion finds the latest question that a person has not answered, of one case where its number is given, and only of those that were
// texted where that is asked for. It is false where there is none.
func OpenQuestion(ctx context.Context, tx sqlx.QueryerContext, person uuid.UUID, number string, texted bool) (q Open, ok bool, err error) {
	err = sqlx.GetContext(ctx, tx, &q, sqlOpen, person, number, texted)
	if errors.Is(err, sql.ErrNoRows) {
		return q, false, nil
	}
	return q, err == nil, wrap("look for an open question", err)
}

const sqlAnswer = `
UPDATE application_questions SET answer = $2, answered_at = $3
WHERE id = $1 AND answered_at IS NULL`

// Answer keeps the answer to a question; false when it has one.
func Answer(ctx context.Context, tx sqlx.ExecerContext, question uuid.UUID, answer []byte, at time.Time) (kept bool, err error) {
	result, err := tx.ExecContext(ctx, sqlAnswer, question, answer, at)
	if err != nil {
		return false, wrap("keep an answer", err)
	}
	n, err := result.RowsAffected()
	return n > 0, wrap("keep an answer", err)
}

// Read is one look at a case.
type Read struct {
	ID       uuid.UUID
	Case     uuid.UUID
	At       time.Time
	Who      string
	Office   string
	Unmasked bool   // phones were shown in full
	Purpose  []byte // sealed
}

const sqlAddRead = `
INSERT INTO application_reads (id, application_id, at, who, office, unmasked, purpose)
VALUES ($1, $2, $3, $4, $5, $6, $7)`

// AddRead keeps that somebody looked.
func AddRead(ctx context.Context, tx sqlx.ExecerContext, r Read) error {
	_, err := tx.ExecContext(ctx, sqlAddRead, r.ID, r.Case, r.At, r.Who, r.Office, r.Unmasked, r.Purpose)
	return wrap("keep who read a case", err)
}

// Looks are how much one case worker read of the cases that a transaction sees.
type Looks struct {
	Who    string `db:"who"`
	Cases  int    `db:"cases"`  // different ones
	Phones int    `db:"phones"` // of them with phones in full
}

const sqlLooks = `
SELECT who, count(DISTINCT application_id) AS cases, count(DISTINCT application_id) FILTER (WHERE unmasked) AS phones
FROM application_reads
WHERE at >= $1
GROUP BY who
ORDER BY who`

// CountReads counts what every case worker read since a time.
func CountReads(ctx context.Context, tx sqlx.QueryerContext, since time.Time) (list []Looks, err error) {
	err = sqlx.SelectContext(ctx, tx, &list, sqlLooks, since)
	return list, wrap("count who read cases", err)
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
