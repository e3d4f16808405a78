package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/menus"
)

// One statement, so that the directory is loaded whole or not at all, on a connection as well as in a transaction. EXCLUDED holds
// no operator's word, hence the comparison of whole rows is one of what the built-in data says.
const sqlLoadContents = `
WITH entries AS (
	INSERT INTO directory_entries AS d (
		id, kind, office, country, city, name, phones, candidates, emergency, address, address_source, address_date,
		email, email_source, district, via, callable_from, source, source_date, also_seen, confidence, review_by, note, sort)
	SELECT id, kind, office, country, COALESCE(city, '{}'), name, COALESCE(phones, '{}'), COALESCE(candidates, '{}'), emergency,
		address, address_source, address_date, email, email_source, district, via, callable_from, source, source_date,
		COALESCE(also_seen, '[]'), confidence, review_by, note, ordinality
	FROM jsonb_populate_recordset(NULL::directory_entries, $1) WITH ORDINALITY
	ON CONFLICT (id) DO UPDATE SET (
		kind, office, country, city, name, phones, candidates, emergency, address, address_source, address_date,
		email, email_source, district, via, callable_from, source, source_date, also_seen, confidence, review_by, note, sort
	) = (
		EXCLUDED.kind, EXCLUDED.office, EXCLUDED.country, EXCLUDED.city, EXCLUDED.name, EXCLUDED.phones, EXCLUDED.candidates,
		EXCLUDED.emergency, EXCLUDED.address, EXCLUDED.address_source, EXCLUDED.address_date, EXCLUDED.email, EXCLUDED.email_source,
		EXCLUDED.district, EXCLUDED.via, EXCLUDED.callable_from, EXCLUDED.source, EXCLUDED.source_date, EXCLUDED.also_seen,
		EXCLUDED.confidence, EXCLUDED.review_by, EXCLUDED.note, EXCLUDED.sort)
	WHERE d.edited_at IS NULL AND d.confirmed_at IS NULL AND d.* IS DISTINCT FROM EXCLUDED.*
), countries AS (
	INSERT INTO directory_countries AS d (id, name, sort)
	SELECT id, name, ordinality FROM jsonb_populate_recordset(NULL::directory_countries, $2) WITH ORDINALITY
	ON CONFLICT (id) DO UPDATE SET (name, sort) = (EXCLUDED.name, EXCLUDED.sort)
	WHERE d.edited_at IS NULL AND d.* IS DISTINCT FROM EXCLUDED.*
)
INSERT INTO directory_regions AS d (id, name, post, source, source_date, confidence, review_by, note, sort)
SELECT id, name, post, source, source_date, confidence, review_by, note, ordinality
FROM jsonb_populate_recordset(NULL::directory_regions, $3) WITH ORDINALITY
ON CONFLICT (id) DO UPDATE SET (name, post, source, source_date, confidence, review_by, note, sort) = (
	EXCLUDED.name, EXCLUDED.post, EXCLUDED.source, EXCLUDED.source_date, EXCLUDED.confidence, EXCLUDED.review_by, EXCLUDED.note,
	EXCLUDED.sort)
WHERE d.edited_at IS NULL AND d.* IS DISTINCT FROM EXCLUDED.*`

// Load puts contents into the database: what is missing is added, and a row that no operator edited or confirmed is brought up to
// date. Rows the contents no longer have stay. Loading the same contents again changes nothing.
func Load(ctx context.Context, db sqlx.ExtContext, contents *Contents) error {
	var lists [3]string
	for i, list := range []any{contents.Contacts, contents.Countries, contents.Regions} {
		text, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("write directory as rows: %w", err)
		}
		lists[i] = string(text)
	}
	if _, err := db.ExecContext(ctx, sqlLoadContents, lists[0], lists[1], lists[2]); err != nil {
		return fmt.Errorf("load directory: %w", err)
	}
	return nil
}

// Read makes the directory that menus look things up in from what the database says.
func Read(ctx context.Context, db sqlx.ExtContext) (*menus.Directory, error) {
	d := &menus.Directory{Fallback: Fallback}
	for _, part := range []func(context.Context, sqlx.ExtContext, *menus.Directory) error{readEntries, readCountries, readRegions} {
		if err := part(ctx, db, d); err != nil {
			return nil, fmt.Errorf("read directory: %w", err)
		}
	}
	return d, nil
}

const sqlReadEntries = `
SELECT id, kind, country, name, city, phones, source_date, confidence, confirmed_at IS NOT NULL AS confirmed
FROM directory_entries ORDER BY sort, id`

func readEntries(ctx context.Context, db sqlx.ExtContext, d *menus.Directory) error {
	var found []struct {
		ID, Kind, Country string
		Name, City        wording
		Phones            pq.StringArray
		Date              string `db:"source_date"`
		Confidence        string
		Confirmed         bool
	}
	if err := sqlx.SelectContext(ctx, db, &found, sqlReadEntries); err != nil {
		return err
	}
	for _, e := range found {
		d.Entries = append(d.Entries, menus.Entry{
			ID: e.ID, Kind: e.Kind, Country: e.Country, Name: menus.Wording(e.Name), City: menus.Wording(e.City),
			Phones: e.Phones, Date: e.Date, Confidence: e.Confidence, Confirmed: e.Confirmed,
		})
	}
	return nil
}

const sqlReadCountries = `SELECT id, name FROM directory_countries ORDER BY sort, id`

func readCountries(ctx context.Context, db sqlx.ExtContext, d *menus.Directory) error {
	var found []struct {
		ID   string
		Name wording
	}
	if err := sqlx.SelectContext(ctx, db, &found, sqlReadCountries); err != nil {
		return err
	}
	for _, c := range found {
		d.Countries = append(d.Countries, menus.Place{ID: c.ID, Name: menus.Wording(c.Name)})
	}
	return nil
}

const sqlReadRegions = `SELECT id, name, post FROM directory_regions ORDER BY sort, id`

func readRegions(ctx context.Context, db sqlx.ExtContext, d *menus.Directory) error {
	var found []struct {
		ID, Post string
		Name     wording
	}
	if err := sqlx.SelectContext(ctx, db, &found, sqlReadRegions); err != nil {
		return err
	}
	for _, r := range found {
		d.Regions = append(d.Regions, menus.Region{ID: r.ID, Name: menus.Wording(r.Name), Post: r.Post})
	}
	return nil
}

const sqlPastReview = `
SELECT id FROM directory_entries WHERE review_by < $1::date
UNION ALL
SELECT id FROM directory_regions WHERE review_by < $1::date
ORDER BY id`

// PastReview lists what somebody should have looked at again before a day.
func PastReview(ctx context.Context, db sqlx.QueryerContext, day time.Time) (ids []string, err error) {
	if err := sqlx.SelectContext(ctx, db, &ids, sqlPastReview, day.UTC().Format(time.DateOnly)); err != nil {
		return nil, fmt.Errorf("look for facts past their review: %w", err)
	}
	return ids, nil
}

// wording reads menus.Wording from a jsonb column.
type wording menus.Wording

// Scan reads a jsonb value.
func (w *wording) Scan(value any) error {
	text, ok := value.([]byte)
	if !ok {
		return fmt.Errorf("read wording: %T is not jsonb", value)
	}
	if err := json.Unmarshal(text, w); err != nil {
		return fmt.Errorf("read wording: %w", err)
	}
	return nil
}
