package elections

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const sqlDropStations = `
DELETE FROM polling_stations
WHERE election = $1`

func dropStations(ctx context.Context, tx sqlx.ExecerContext, election string) error {
	_, err := tx.ExecContext(ctx, sqlDropStations, election)
	return wrap("drop stations", err)
}

const sqlInsertStations = `
INSERT INTO polling_stations (id, election, country, city, address, source, source_date, sort, imported_at, imported_by)
SELECT id, $1, country, city::jsonb, address, source, source_date::date, n, $8, $9
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
AS s (id, country, city, address, source, source_date, n)`

func insertStations(ctx context.Context, tx sqlx.ExecerContext, election string, stations []Station, by string, now time.Time) error {
	var ids, countries, cities, addresses, sources, dates pq.StringArray
	for _, s := range stations {
		city, err := json.Marshal(s.City)
		if err != nil {
			return wrap("write a city", err)
		}
		ids, countries, cities = append(ids, s.ID), append(countries, s.Country), append(cities, string(city))
		addresses, sources, dates = append(addresses, s.Address), append(sources, s.Source), append(dates, s.Date)
	}
	_, err := tx.ExecContext(ctx, sqlInsertStations, election, ids, countries, cities, addresses, sources, dates, now, by)
	return wrap("import stations", err)
}

const sqlReadStations = `
SELECT id, country, city, address, source, to_char(source_date, 'YYYY-MM-DD') AS date
FROM polling_stations
WHERE election = $1
ORDER BY sort`

func readStations(ctx context.Context, db sqlx.QueryerContext, election string) (stations []Station, err error) {
	var rows []struct {
		ID, Country, Address, Source, Date string
		City                               []byte
	}
	if err := sqlx.SelectContext(ctx, db, &rows, sqlReadStations, election); err != nil {
		return nil, wrap("read stations", err)
	}
	for _, r := range rows {
		s := Station{ID: r.ID, Country: r.Country, Address: r.Address, Source: r.Source, Date: r.Date}
		if err := json.Unmarshal(r.City, &s.City); err != nil {
			return nil, wrap("read stations", err)
		}
		stations = append(stations, s)
	}
	return stations, nil
}

// confirmation is what somebody said of a part of an election.
type confirmation struct {
	Part      Part      `db:"part"`
	Version   string    `db:"version"`
	Confirmed bool      `db:"confirmed"`
	Who       string    `db:"who"`
	At        time.Time `db:"at"`
}

const sqlReadConfirmations = `
SELECT DISTINCT ON (part) part, version, confirmed, who, at
FROM election_confirmations
WHERE election = $1
ORDER BY part, at DESC`

func readConfirmations(ctx context.Context, db sqlx.QueryerContext, election string) (rows []confirmation, err error) {
	err = sqlx.SelectContext(ctx, db, &rows, sqlReadConfirmations, election)
	return rows, wrap("read what is confirmed", err)
}

const sqlInsertConfirmation = `
INSERT INTO election_confirmations (election, part, version, confirmed, who, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (election, part, at) DO NOTHING`

func insertConfirmation(ctx context.Context, db sqlx.ExecerContext, election string, c confirmation) error {
	_, err := db.ExecContext(ctx, sqlInsertConfirmation, election, string(c.Part), c.Version, c.Confirmed, c.Who, c.At)
	return wrap("keep what is confirmed", err)
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
