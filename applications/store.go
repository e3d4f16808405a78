package applications

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/applications/kinds"
	"sapar/applications/record"
	"sapar/menus"
	"sapar/people"
)

const sqlActAs = `
SELECT set_config('sapar.office', $1, true), set_config('sapar.person', $2, true), set_config('sapar.handed', $3, true)`

// actor says for whom a transaction acts, until it ends or acts for another: what row-level security lets it see.
type actor struct {
	office string
	person people.ID
	handed string // id of the one case that is being handed over
}

var nobody actor

func actAs(ctx context.Context, tx *sqlx.Tx, a actor) error {
	who := ""
	if a.person != nobody.person {
		who = a.person.String()
	}
	_, err := tx.ExecContext(ctx, sqlActAs, a.office, who, a.handed)
	return wrap("say for whom a transaction acts", err)
}

// No conflict target is named: with one, Postgres would ask for the right to read the other office's row. Whoever is just being forgotten is
// waited for.
const sqlFile = `
INSERT INTO applications (id, number, kind, person_id, office, tree, revision, language, answers, filed_at, due_at, notify, sensitive, channel,
    fingerprint, listed)
SELECT $1, $2, $3, id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
FROM people
WHERE id = $4 AND forgotten_at IS NULL
FOR KEY SHARE
ON CONFLICT DO NOTHING`

const sqlKnown = `
SELECT EXISTS (SELECT 1 FROM people WHERE id = $1 AND forgotten_at IS NULL)`

// unfiled says why a filing was not stored.
func unfiled(ctx context.Context, tx *sqlx.Tx, person people.ID) error {
	var known bool
	if err := tx.GetContext(ctx, &known, sqlKnown, person); err != nil {
		return wrap("look for who files", err)
	}
	if !known {
		return ErrForgotten
	}
	return ErrNumberTaken
}

// store writes the row and its first event, and looks for others like it.
func (c *filing) store(ctx context.Context, tx *sqlx.Tx) error {
	id, err := uuid.NewV7()
	if err != nil {
		return wrap("draw an id", err)
	}
	stored, err := changed(tx.ExecContext(ctx, sqlFile, id, c.Number, c.Kind, c.PersonID, c.Receipt.Office, c.Tree, c.Revision, c.Language,
		c.answers, c.FiledAt, moment(c.Receipt.Due), c.Notify, c.sensitive, c.Channel, c.fingerprint, c.Listed))
	if err != nil {
		return wrap("file an application", err)
	}
	if !stored {
		return unfiled(ctx, tx, c.PersonID)
	}
	filed := record.Event{
		Case: id, N: 1, At: c.FiledAt, Who: person, Office: c.Receipt.Office, Action: "filed", Became: string(kinds.Received), Why: []byte{},
	}
	if err := record.AddEvent(ctx, tx, filed); err != nil {
		return err
	}
	c.Receipt.Like, err = readLike(ctx, tx, c.PersonID, c.fingerprint, id)
	return err
}

const sqlLike = `
SELECT number
FROM applications
WHERE person_id = $1 AND fingerprint = $2 AND fingerprint <> '' AND closed_at IS NULL AND id <> $3
ORDER BY filed_at DESC`

// readLike finds a person's other open applications that say the same, as far as the transaction may see them.
func readLike(ctx context.Context, tx *sqlx.Tx, person people.ID, fingerprint []byte, not uuid.UUID) (numbers []string, err error) {
	err = tx.SelectContext(ctx, &numbers, sqlLike, person, fingerprint, not)
	return numbers, wrap("look for applications like it", err)
}

const sqlHold = `
SELECT id, number, kind, person_id, office, tree, revision, language, answers, status, filed_at, version, due_at,
    coalesce(to_char(status_date, 'YYYY-MM-DD'), '') AS date, notify, sensitive, channel, assignee, handed_from, merged_into, reopened,
    fingerprint, decided_at, closed_at, emptied_at
FROM applications
WHERE office = $1 AND number = ANY($2)
ORDER BY id
FOR UPDATE`

// holdCases reads cases of an office and lets nobody else change them until tx ends.
func holdCases(ctx context.Context, tx *sqlx.Tx, office string, numbers ...string) (rows []row, err error) {
	err = tx.SelectContext(ctx, &rows, sqlHold, office, pq.StringArray(numbers))
	return rows, wrap("read a case", err)
}

const sqlSave = `
UPDATE applications
SET office = $3, version = $4, status = $5, due_at = $6, status_date = nullif($7, '')::date, assignee = $8, handed_from = $9, merged_into = $10,
    reopened = $11, decided_at = $12, closed_at = $13
WHERE id = $1 AND office = $2 AND version = $4 - 1`

// saveCase writes back a case that is held. One that is handed over is named, since its office will not see it any more.
func saveCase(ctx context.Context, tx *sqlx.Tx, office string, r row) error {
	if r.Office != office {
		if err := actAs(ctx, tx, actor{office: office, handed: r.ID.String()}); err != nil {
			return err
		}
	}
	saved, err := changed(tx.ExecContext(ctx, sqlSave, r.ID, office, r.Office, r.Version, r.Status, r.DueAt, r.Date, r.Assignee, r.HandedFrom,
		r.MergedInto, r.Reopened, r.DecidedAt, r.ClosedAt))
	if err == nil && !saved {
		return ErrChanged
	}
	return wrap("save a case", err)
}

const sqlNewest = `
SELECT number, kind, status, office, assignee, version, filed_at, due_at
FROM applications
WHERE office = $1 AND ($2 = '' OR status = $2) AND ($3 = '' OR assignee = $3) AND (NOT $4 OR closed_at IS NULL)
    AND ($5::timestamptz IS NULL OR due_at < $5) AND ($6::timestamptz IS NULL OR (filed_at, number) < ($6, $7))
ORDER BY filed_at DESC, number DESC
LIMIT $8`

const sqlMostUrgent = `
SELECT number, kind, status, office, assignee, version, filed_at, due_at
FROM applications
WHERE office = $1 AND ($2 = '' OR status = $2) AND ($3 = '' OR assignee = $3) AND (NOT $4 OR closed_at IS NULL) AND due_at IS NOT NULL
    AND ($5::timestamptz IS NULL OR due_at < $5) AND ($6::timestamptz IS NULL OR (due_at, number) > ($6, $7))
ORDER BY due_at, number
LIMIT $8`

func readLines(ctx context.Context, tx *sqlx.Tx, office, who string, f Filter) ([]Line, error) {
	query := sqlNewest
	if f.ByDue {
		query = sqlMostUrgent
	}
	if !f.Mine {
		who = ""
	}
	return lines(tx.QueryxContext(ctx, query, office, f.Status, who, f.Open, moment(f.DueBefore), moment(f.After.At), f.After.Number, f.Limit))
}

const sqlEnding = `
SELECT number, kind, status, office, assignee, version, filed_at, due_at
FROM applications
WHERE office = $1 AND kind = $2 AND status = $3 AND status_date <= $4::date
ORDER BY number`

// readEnding lists the cases of an office whose decision ends by a day.
func readEnding(ctx context.Context, tx *sqlx.Tx, office, kind string, status kinds.Status, until string) ([]Line, error) {
	return lines(tx.QueryxContext(ctx, sqlEnding, office, kind, status, until))
}

func lines(found *sqlx.Rows, err error) ([]Line, error) {
	if err != nil {
		return nil, wrap("list cases", err)
	}
	var rows []row
	if err := sqlx.StructScan(found, &rows); err != nil {
		return nil, wrap("list cases", err)
	}
	out := make([]Line, len(rows))
	for i := range rows {
		out[i] = rows[i].line()
	}
	return out, nil
}

const sqlOwner = `
SELECT application_owner($1)`

func readOwner(ctx context.Context, db sqlx.QueryerContext, number string) (people.ID, bool, error) {
	var owner uuid.NullUUID
	err := sqlx.GetContext(ctx, db, &owner, sqlOwner, number)
	return owner.UUID, owner.Valid, wrap("look for who filed a number", err)
}

const sqlFiled = `
SELECT a.number, a.kind, a.status, a.filed_at, a.listed, coalesce(to_char(a.status_date, 'YYYY-MM-DD'), '') AS date,
    coalesce(o.name ->> $3, o.name ->> 'ru', '') AS office_name, q.id AS question_id, q.question
FROM applications a
JOIN offices o ON o.id = a.office
LEFT JOIN LATERAL (
    SELECT id, question FROM application_questions
    WHERE application_id = a.id AND answered_at IS NULL AND a.closed_at IS NULL ORDER BY asked_at DESC, id LIMIT 1) q ON true
WHERE a.person_id = $1 AND CASE WHEN $2 = '' THEN a.listed ELSE a.number = $2 END
ORDER BY a.filed_at DESC, a.number
LIMIT 50`

func readFiled(ctx context.Context, tx *sqlx.Tx, person people.ID, number string, lang menus.Language) (rows []filedRow, err error) {
	err = tx.SelectContext(ctx, &rows, sqlFiled, person, number, lang)
	return rows, wrap("read what a person filed", err)
}

const sqlRelated = `
SELECT coalesce((SELECT number FROM applications WHERE office = $1 AND id = $2), '')`

// readRelated finds the case that a merged one goes on as, if it is of the same office still, and the open ones that say the same.
func readRelated(ctx context.Context, tx *sqlx.Tx, r row) (into string, like []string, err error) {
	if err := tx.GetContext(ctx, &into, sqlRelated, r.Office, r.MergedInto); err != nil || !r.PersonID.Valid {
		return into, nil, wrap("read a merged case", err)
	}
	like, err = readLike(ctx, tx, r.PersonID.UUID, r.Fingerprint, r.ID)
	return into, like, err
}

const sqlHeld = `
SELECT office, array_agg(id::text) AS ids
FROM applications
WHERE person_id = $1
GROUP BY office
ORDER BY office`

// held are the applications of a person that one office has.
type held struct {
	Office string         `db:"office"`
	IDs    pq.StringArray `db:"ids"`
}

func readHeld(ctx context.Context, tx *sqlx.Tx, person people.ID) (list []held, err error) {
	err = tx.SelectContext(ctx, &list, sqlHeld, person)
	return list, wrap("list what a person filed", err)
}

const sqlGive = `
UPDATE applications SET person_id = $3
WHERE office = $1 AND id = ANY($2::uuid[])`

func giveTo(ctx context.Context, tx *sqlx.Tx, h held, to people.ID) error {
	_, err := tx.ExecContext(ctx, sqlGive, h.Office, h.IDs, to)
	return wrap("give applications to another person", err)
}

const sqlOutdated = `
SELECT a.id::text
FROM applications a LEFT JOIN unnest($2::text[], $3::int[]) AS k (kind, days) ON k.kind = a.kind
WHERE a.office = $1 AND a.emptied_at IS NULL AND a.closed_at < $5::timestamptz - make_interval(days => coalesce(k.days, $4))`

// retention says for how many days each kind is kept after it was closed, and any other.
type retention struct {
	names []string
	days  []int32
	other int
}

func readOutdated(ctx context.Context, tx *sqlx.Tx, office string, r retention, at time.Time) (h held, err error) {
	h.Office = office
	err = tx.SelectContext(ctx, &h.IDs, sqlOutdated, office, pq.StringArray(r.names), pq.Int32Array(r.days), r.other, at)
	return h, wrap("look for cases whose time is over", err)
}

// One statement takes the content out of cases and all that belongs to them; what is counted stays.
const sqlEmpty = `
WITH gone AS (
    SELECT id, version, office FROM applications WHERE office = $1 AND id = ANY($2::uuid[]) AND emptied_at IS NULL FOR UPDATE
), told AS (
    INSERT INTO application_events (application_id, n, at, who, office, action) SELECT id, version + 1, $3, $4, office, 'emptied' FROM gone
), events AS (
    UPDATE application_events SET why = '' WHERE application_id IN (SELECT id FROM gone)
), notes AS (
    UPDATE application_notes SET text = '' WHERE application_id IN (SELECT id FROM gone)
), questions AS (
    UPDATE application_questions SET question = '', answer = '' WHERE application_id IN (SELECT id FROM gone)
), reads AS (
    UPDATE application_reads SET purpose = '' WHERE application_id IN (SELECT id FROM gone)
)
UPDATE applications a
SET answers = '', person_id = NULL, language = '', fingerprint = '', notify = false, due_at = NULL, version = a.version + 1, emptied_at = $3,
    closed_at = coalesce(a.closed_at, $3)
FROM gone WHERE a.id = gone.id`

func empty(ctx context.Context, tx *sqlx.Tx, h held, at time.Time, who string) error {
	_, err := tx.ExecContext(ctx, sqlEmpty, h.Office, h.IDs, at, who)
	return wrap("take the content out of cases", err)
}
