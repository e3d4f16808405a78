package deadlines

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/menus"
	"sapar/people"
)

// queryer is a pool or a transaction to read from.
type queryer = sqlx.QueryerContext

const sqlPlace = `
SELECT coalesce(nullif(p.zone, ''), h.zone, '') AS zone, coalesce(nullif(p.country, ''), h.country, '') AS country,
    coalesce(nullif(p.language, ''), h.language, '') AS language
FROM people p LEFT JOIN people h ON h.id = $2
WHERE p.id = $1`

type placeRow struct {
	Zone     string         `db:"zone"`
	Country  string         `db:"country"`
	Language menus.Language `db:"language"`
}

// readPlace reads where a person is and what they read; what they did not say themselves is as the holder of the phone said.
func readPlace(ctx context.Context, db queryer, person, holder people.ID) (*placeRow, error) {
	row := &placeRow{}
	err := sqlx.GetContext(ctx, db, row, sqlPlace, person, holder)
	if errors.Is(err, sql.ErrNoRows) {
		return row, nil
	}
	return row, wrap("read where somebody is reminded", err)
}

const sqlReplaceOthers = `
UPDATE deadlines SET state = 'replaced', next_at = NULL, changed_at = $4
WHERE person_id = $1 AND rule_hash = $2 AND wish_hash <> $3 AND state = 'waiting'
RETURNING id`

func replaceOthers(ctx context.Context, tx *sqlx.Tx, person people.ID, ruleHash, wishHash []byte, at time.Time) (ids []uuid.UUID, err error) {
	err = tx.SelectContext(ctx, &ids, sqlReplaceOthers, person, ruleHash, wishHash, at)
	return ids, wrap("replace a deadline", err)
}

// The same wish again waits again; when it was asked for last says which reminders the phone has told of.
const sqlInsertDeadline = `
INSERT INTO deadlines (id, person_id, wish_hash, rule_hash, wish, due, state, next_at, made_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $8)
ON CONFLICT (person_id, wish_hash) DO UPDATE
SET state = 'waiting', due = excluded.due, next_at = excluded.next_at, made_at = excluded.made_at, changed_at = excluded.changed_at`

// newDeadline is one as it is stored.
type newDeadline struct {
	deadline
	wishHash, ruleHash, sealed []byte
	next                       *time.Time
}

func insertDeadline(ctx context.Context, tx *sqlx.Tx, n *newDeadline) error {
	_, err := tx.ExecContext(ctx, sqlInsertDeadline, n.ID, n.Person, n.wishHash, n.ruleHash, n.sealed, n.shownDue(), n.next, n.MadeAt)
	return wrap("keep a deadline", err)
}

const sqlEnd = `
UPDATE deadlines SET state = $3, next_at = NULL, changed_at = $4
WHERE person_id = $1 AND id = $2 AND state = 'waiting'`

func endDeadline(ctx context.Context, tx *sqlx.Tx, person people.ID, id uuid.UUID, state State, at time.Time) (bool, error) {
	result, err := tx.ExecContext(ctx, sqlEnd, person, id, state, at)
	if err != nil {
		return false, wrap("end a deadline", err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// Those of a phone's holder, and those that went to the number at home. What is just being sent is not waited for.
const sqlCancelMessages = `
UPDATE outbox o SET status = 'cancelled', reason = $2
FROM deadline_reminders r JOIN deadlines d ON d.id = r.deadline_id
WHERE r.deadline_id = ANY ($1::uuid[]) AND o.person_id IN (r.holder, d.person_id) AND o.status = 'pending'
    AND o.key IN ('remind/' || r.id || '/1', 'remind/' || r.id || '/2', 'remind/' || r.id || '/3', 'remind/' || r.id || '/home')`

// cancelMessages takes back what waits to be sent of some deadlines.
func cancelMessages(ctx context.Context, tx *sqlx.Tx, ids []uuid.UUID, reason string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, sqlCancelMessages, pq.Array(ids), reason)
	return wrap("cancel reminders", err)
}

const sqlHeld = `
SELECT id, person_id, wish, made_at
FROM deadlines
WHERE person_id = $1 AND (state = 'waiting' OR $2)
ORDER BY made_at`

// readHeld reads the deadlines of a person that wait, or all.
func readHeld(ctx context.Context, db queryer, person people.ID, all bool) (rows []deadline, err error) {
	err = sqlx.SelectContext(ctx, db, &rows, sqlHeld, person, all)
	return rows, wrap("read deadlines", err)
}

// A message that never left, or did not arrive, is none that is answered.
const sqlReminded = `
SELECT d.id, d.person_id, d.wish, d.made_at
FROM deadline_reminders r
JOIN deadlines d ON d.id = r.deadline_id
JOIN outbox o ON o.person_id = r.holder AND o.key = 'remind/' || r.id || '/' || r.tries
WHERE r.holder = $1 AND r.skipped = '' AND r.send_after > $2 AND r.send_after <= $3 AND d.state = 'waiting' AND o.attempt > 0
    AND o.status NOT IN ('pending', 'cancelled', 'failed')
ORDER BY r.send_after DESC, r.id DESC
LIMIT 1`

func readReminded(ctx context.Context, db queryer, holder people.ID, since, now time.Time) (row deadline, ok bool, err error) {
	err = sqlx.GetContext(ctx, db, &row, sqlReminded, holder, since, now)
	if errors.Is(err, sql.ErrNoRows) {
		return row, false, nil
	}
	return row, err == nil, wrap("read the latest reminder", err)
}

const sqlWords = `
SELECT DISTINCT ON (rule) rule, version, confirmed, who, at
FROM deadline_confirmations
ORDER BY rule, at DESC`

// readWords reads the latest word on each rule.
func readWords(ctx context.Context, db queryer) (map[string]*Word, error) {
	var rows []*Word
	if err := sqlx.SelectContext(ctx, db, &rows, sqlWords); err != nil {
		return nil, wrap("read confirmations of rules", err)
	}
	words := make(map[string]*Word, len(rows))
	for _, w := range rows {
		words[w.Rule] = w
	}
	return words, nil
}

const sqlInsertWord = `
INSERT INTO deadline_confirmations (rule, version, confirmed, who, at)
VALUES ($1, $2, $3, $4, $5)`

func insertWord(ctx context.Context, db sqlx.ExecerContext, w *Word) error {
	_, err := db.ExecContext(ctx, sqlInsertWord, w.Rule, w.Version, w.Confirmed, w.Who, w.At)
	return wrap("keep a word on a rule", err)
}

const sqlForgetDeadlines = `
DELETE FROM deadlines
WHERE person_id = $1`

func forget(ctx context.Context, tx *sqlx.Tx, person people.ID) error {
	_, err := tx.ExecContext(ctx, sqlForgetDeadlines, person)
	return wrap("forget deadlines", err)
}

// Where the other has the very same wish, or waits for the rule, theirs stays.
const sqlGive = `
UPDATE deadlines d SET person_id = $2, wish_hash = $3, rule_hash = $4,
    state = CASE WHEN d.state = 'waiting' AND EXISTS (SELECT 1 FROM deadlines o WHERE o.person_id = $2 AND o.rule_hash = $4 AND o.state = 'waiting')
        THEN 'replaced' ELSE d.state END
WHERE d.id = $1 AND NOT EXISTS (SELECT 1 FROM deadlines o WHERE o.person_id = $2 AND o.wish_hash = $3)`

func giveDeadline(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, to people.ID, wishHash, ruleHash []byte) error {
	_, err := tx.ExecContext(ctx, sqlGive, id, to, wishHash, ruleHash)
	return wrap("give a deadline", err)
}

const sqlLockDue = `
SELECT id, person_id, wish, made_at
FROM deadlines
WHERE state = 'waiting' AND next_at <= $1
ORDER BY next_at, id
LIMIT $2
FOR UPDATE SKIP LOCKED`

// lockDue holds some deadlines whose time has come and that nobody else holds.
func lockDue(ctx context.Context, tx *sqlx.Tx, now time.Time, most int) (rows []deadline, err error) {
	err = tx.SelectContext(ctx, &rows, sqlLockDue, now, most)
	return rows, wrap("read what is due", err)
}

const sqlNames = `
SELECT deadline_id, name
FROM deadline_reminders
WHERE deadline_id = ANY ($1::uuid[])`

// readNames reads which reminders were thought of before.
func readNames(ctx context.Context, tx *sqlx.Tx, of []deadline) (map[uuid.UUID]map[string]bool, error) {
	ids := make([]uuid.UUID, len(of))
	had := make(map[uuid.UUID]map[string]bool, len(of))
	for i := range of {
		ids[i], had[of[i].ID] = of[i].ID, map[string]bool{}
	}
	var rows []struct {
		Deadline uuid.UUID `db:"deadline_id"`
		Name     []byte    `db:"name"`
	}
	err := tx.SelectContext(ctx, &rows, sqlNames, pq.Array(ids))
	for _, row := range rows {
		had[row.Deadline][string(row.Name)] = true
	}
	return had, wrap("read reminders", err)
}

// A message is looked at once it can no longer leave.
const sqlInsertReminder = `
INSERT INTO deadline_reminders (deadline_id, name, id, holder, skipped, at, send_after, until, tries, look_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $5 = '' THEN 1 ELSE 0 END, $9)`

func insertReminders(ctx context.Context, tx *sqlx.Tx, all []reminder, now time.Time) error {
	for i := range all {
		r := &all[i]
		var after, look *time.Time
		if r.skipped == "" {
			after, look = &r.sending.After, &r.sending.Until
		}
		if _, err := tx.ExecContext(ctx, sqlInsertReminder, r.deadline, r.name, r.id, r.holder, r.skipped, now, after, r.until, look); err != nil {
			return wrap("keep a reminder", err)
		}
	}
	return nil
}

const sqlMove = `
UPDATE deadlines SET state = $2, next_at = $3, changed_at = CASE WHEN state = $2 THEN changed_at ELSE $4 END
WHERE id = $1`

func moveDeadlines(ctx context.Context, tx *sqlx.Tx, moves []move, now time.Time) error {
	for _, m := range moves {
		if _, err := tx.ExecContext(ctx, sqlMove, m.id, m.state, m.next, now); err != nil {
			return wrap("move a deadline", err)
		}
	}
	return nil
}

const sqlLockFollowed = `
SELECT d.id, d.person_id, d.wish, d.made_at, d.state, r.id AS reminder, r.holder, r.until, r.tries, r.home, coalesce(o.status, '') AS status,
    coalesce(o.reason, '') AS reason, o.tried_at
FROM deadline_reminders r
JOIN deadlines d ON d.id = r.deadline_id
LEFT JOIN outbox o ON o.person_id = r.holder AND o.key = 'remind/' || r.id || '/' || r.tries
WHERE r.look_at <= $1
ORDER BY r.look_at
LIMIT $2
FOR UPDATE OF r SKIP LOCKED`

// lockFollowed holds some reminders whose message is to be looked at and that nobody else holds.
func lockFollowed(ctx context.Context, tx *sqlx.Tx, now time.Time, most int) (rows []followed, err error) {
	err = tx.SelectContext(ctx, &rows, sqlLockFollowed, now, most)
	return rows, wrap("read what became of reminders", err)
}

const sqlWriteFollowed = `
UPDATE deadline_reminders SET skipped = $2, tries = $3, home = $4, look_at = $5, send_after = coalesce($6, send_after)
WHERE id = $1`

func writeFollowed(ctx context.Context, tx *sqlx.Tx, f *following) error {
	var after *time.Time
	if f.sending != nil {
		after = &f.sending.After
	}
	_, err := tx.ExecContext(ctx, sqlWriteFollowed, f.Reminder, f.skipped, f.Tries, f.Home, f.look, after)
	return wrap("keep what became of a reminder", err)
}

const sqlFurther = `
SELECT phone_hash, phone
FROM numbers
WHERE person_id = $1 AND agreed_at IS NOT NULL
ORDER BY added_at`

type furtherRow struct {
	Hash  []byte `db:"phone_hash"`
	Phone []byte `db:"phone"` // sealed for its hash
}

func readFurther(ctx context.Context, tx *sqlx.Tx, person people.ID) (rows []furtherRow, err error) {
	err = tx.SelectContext(ctx, &rows, sqlFurther, person)
	return rows, wrap("read further numbers", err)
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
