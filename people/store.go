package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/database"
	"sapar/menus"
)

const sqlSetLanguage = `
UPDATE people SET language = $2, script = $3
WHERE id = $1`

// SetLanguage remembers what language and script a person reads.
func SetLanguage(ctx context.Context, tx sqlx.ExtContext, id ID, speech menus.Speech) error {
	_, err := tx.ExecContext(ctx, sqlSetLanguage, id, speech.Language, speech.Script)
	return wrap("set language", err)
}

// Whoever is in another country is in none of its cities yet, and in its zone.
const sqlKeep = `
UPDATE people SET country = CASE $2 WHEN 'country' THEN $3 ELSE country END, oblast = CASE $2 WHEN 'oblast' THEN $3 ELSE oblast END,
    raion = CASE $2 WHEN 'raion' THEN $3 ELSE raion END,
    zone = CASE WHEN $2 = 'country' AND (country <> $3 OR zone = '') THEN $4 ELSE zone END,
    city = CASE WHEN $2 = 'country' AND country <> $3 THEN '' ELSE city END,
    city_hash = CASE WHEN $2 = 'country' AND country <> $3 THEN '' ELSE city_hash END
WHERE id = $1`

const sqlKeepCity = `
UPDATE people SET city = $2, city_hash = $3, zone = $4
WHERE id = $1`

// Keep remembers one thing of a person's profile. ErrField tells that there is no such thing, or no such value.
func Keep(ctx context.Context, tx sqlx.ExtContext, keys *database.Keys, id ID, said Said) (err error) {
	if !said.keepable() {
		return fmt.Errorf("%w: %q", ErrField, said.Field)
	}
	if said.Field == "city" {
		_, err = tx.ExecContext(ctx, sqlKeepCity, id, sealCity(keys, id, said.Value), CityHash(keys, said.Value), said.Zone)
	} else {
		_, err = tx.ExecContext(ctx, sqlKeep, id, said.Field, said.Value, said.Zone)
	}
	return wrap("keep "+said.Field, err)
}

const sqlCountry = `
SELECT country
FROM people
WHERE id = $1`

// Country is where a person stays, as a code; "" is not known.
func Country(ctx context.Context, tx sqlx.ExtContext, id ID) (country string, err error) {
	err = sqlx.GetContext(ctx, tx, &country, sqlCountry, id)
	return country, wrap("read a country of stay", err)
}

const sqlCity = `
SELECT city
FROM people
WHERE id = $1`

// A city goes with its country, and a zone with the city.
const sqlMergeProfile = `
UPDATE people p SET language = coalesce(nullif(p.language, ''), n.language), script = coalesce(nullif(p.script, ''), n.script),
    country = coalesce(nullif(p.country, ''), n.country), oblast = coalesce(nullif(p.oblast, ''), n.oblast), raion = coalesce(nullif(p.raion, ''), n.raion),
    city = CASE WHEN p.city = '' AND p.country IN ('', n.country) THEN $3 ELSE p.city END,
    city_hash = CASE WHEN p.city = '' AND p.country IN ('', n.country) THEN n.city_hash ELSE p.city_hash END,
    zone = CASE WHEN p.zone = '' OR p.city = '' AND n.zone <> '' AND p.country IN ('', n.country) THEN n.zone ELSE p.zone END
FROM people n
WHERE p.id = $2 AND n.id = $1`

// MergeProfile takes what nobody knows of a person from a newcomer who turned out to be them.
func MergeProfile(ctx context.Context, tx sqlx.ExtContext, keys *database.Keys, from, to ID) error {
	var city []byte
	if err := sqlx.GetContext(ctx, tx, &city, sqlCity, from); err != nil {
		return wrap("read a city", err)
	}
	city, err := resealed(keys, from, to, city)
	if err != nil {
		return wrap("read a city", err)
	}
	_, err = tx.ExecContext(ctx, sqlMergeProfile, from, to, city)
	return wrap("merge two profiles", err)
}

const sqlAddTick = `
INSERT INTO ticks (person_id, item, ticked_at) VALUES ($1, $2, $3)
ON CONFLICT (person_id, item) DO NOTHING`

const sqlDropTick = `
DELETE FROM ticks
WHERE person_id = $1 AND item = $2`

// SetTick keeps or clears one item of a checklist.
func SetTick(ctx context.Context, tx sqlx.ExtContext, id ID, tick menus.Tick, now time.Time) error {
	if !tick.Done {
		_, err := tx.ExecContext(ctx, sqlDropTick, id, tick.Item)
		return wrap("clear a tick", err)
	}
	_, err := tx.ExecContext(ctx, sqlAddTick, id, tick.Item, now)
	return wrap("keep a tick", err)
}

const sqlAddConsent = `
INSERT INTO consents (person_id, topic, version, agreed, channel, given_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (person_id, topic, given_at) DO NOTHING`

// Consent records a yes or no, with the channel it came by and the version of the wording that was read.
func Consent(ctx context.Context, tx sqlx.ExtContext, id ID, c menus.Agreement, channel string, now time.Time) error {
	_, err := tx.ExecContext(ctx, sqlAddConsent, id, c.Topic, c.Version, c.Agreed, channel, now)
	return wrap("record a consent", err)
}

// What still waits for a newcomer who turned out to be this person is stopped with the rest.
const sqlStop = `
INSERT INTO stops (person_id, topic, stopped_at, channel)
SELECT id, $2, $3, $4 FROM people WHERE id = $1 OR merged_into = $1
ON CONFLICT (person_id, topic) DO NOTHING`

// Stop takes back the leave to send: of one topic, or of everything. It holds from the moment tx commits. It reports whether that is new,
// so that a stop is confirmed once, however often it is said.
func Stop(ctx context.Context, tx sqlx.ExtContext, id ID, w Wish) (changed bool, err error) {
	changed, err = execChanged(ctx, tx, sqlStop, id, w.Topic, w.At, w.Channel)
	if err != nil {
		return false, wrap("stop messages", err)
	}
	return changed, recordWish(ctx, tx, id, w, false)
}

// Who starts one topic after stopping everything has the others stopped still.
const sqlStopOthers = `
INSERT INTO stops (person_id, topic, stopped_at, channel)
SELECT s.person_id, t.topic, s.stopped_at, s.channel
FROM stops s, unnest($3::text[]) AS t (topic)
WHERE s.person_id = $1 AND s.topic = '' AND $2 <> '' AND t.topic <> $2
ON CONFLICT (person_id, topic) DO NOTHING`

const sqlStart = `
DELETE FROM stops
WHERE person_id = $1 AND ($2 = '' OR topic IN ('', $2))`

const sqlForgetOptOut = `
UPDATE people SET number_state = ''
WHERE id = $1 AND number_state = 'opted out'`

// Start gives the leave back: everything for the topic "", else that topic. What the carrier said of an earlier stop is forgotten, since
// carriers hear a START too. It reports whether anything was stopped.
func Start(ctx context.Context, tx sqlx.ExtContext, id ID, w Wish) (changed bool, err error) {
	if _, err := tx.ExecContext(ctx, sqlStopOthers, id, w.Topic, pq.StringArray(Topics)); err != nil {
		return false, wrap("start messages", err)
	}
	restored, err := execChanged(ctx, tx, sqlStart, id, w.Topic)
	if err != nil {
		return false, wrap("start messages", err)
	}
	forgotten, err := execChanged(ctx, tx, sqlForgetOptOut, id)
	if err != nil {
		return false, wrap("start messages", err)
	}
	return restored || forgotten, recordWish(ctx, tx, id, w, true)
}

// recordWish keeps what was said among the consents, where it stays after the stop itself is gone.
func recordWish(ctx context.Context, tx sqlx.ExtContext, id ID, w Wish, agreed bool) error {
	topic := "messages"
	if w.Topic != "" {
		topic += "/" + w.Topic
	}
	return Consent(ctx, tx, id, menus.Agreement{Topic: topic, Version: w.Version, Agreed: agreed}, w.Channel, w.At)
}

const sqlMarkNumber = `
UPDATE people SET number_state = $2
WHERE id = $1`

// MarkNumber keeps what a carrier said of a person's number.
func MarkNumber(ctx context.Context, tx sqlx.ExtContext, id ID, state NumberState) error {
	_, err := tx.ExecContext(ctx, sqlMarkNumber, id, state)
	return wrap("mark a number", err)
}

const sqlAgreed = `
UPDATE people SET agreed_at = coalesce(agreed_at, $2), number_state = CASE WHEN number_state = 'bad' THEN '' ELSE number_state END
WHERE id = $1 AND phone_hash = $3 AND (agreed_at IS NULL OR number_state = 'bad')`

// Agreed keeps that the phone itself dialled or texted us: it may be answered, and its number is no bad one. A number that somebody else
// typed has not agreed.
func Agreed(ctx context.Context, tx sqlx.ExtContext, id ID, phoneHash []byte, now time.Time) error {
	_, err := tx.ExecContext(ctx, sqlAgreed, id, now, phoneHash)
	return wrap("keep that a phone agreed", err)
}

const sqlStanding = `
SELECT p.agreed, p.state, coalesce(bool_or(s.topic = ''), false) AS stopped,
    coalesce(bool_or(s.topic <> '' AND s.topic = $2), false) AS stopped_topic
FROM (
    SELECT id, agreed_at IS NOT NULL AS agreed, number_state AS state FROM people WHERE phone_hash = $1
    UNION ALL
    SELECT o.id, true, CASE o.number_state WHEN 'bad' THEN '' ELSE o.number_state END
    FROM numbers n JOIN people o ON o.id = n.person_id
    WHERE n.phone_hash = $1 AND n.agreed_at IS NOT NULL
    LIMIT 1
) p LEFT JOIN stops s ON s.person_id = p.id
GROUP BY p.id, p.agreed, p.state`

// ReadStanding says what may be done with a number, known by its keyed hash: a person's main one, or a further one, which is not bad because the
// main one is. A number that we do not know has agreed to nothing.
func ReadStanding(ctx context.Context, tx sqlx.ExtContext, phoneHash []byte, topic string) (Standing, error) {
	var standing Standing
	err := sqlx.GetContext(ctx, tx, &standing, sqlStanding, phoneHash, topic)
	if errors.Is(err, sql.ErrNoRows) {
		return Standing{}, nil
	}
	return standing, wrap("read the standing of a number", err)
}

const sqlCountUp = `
INSERT INTO send_counts AS c (day, scope, name, n)
SELECT $1::date, $2::text, $3::bytea, $4::int WHERE $4::int <= $5::int
ON CONFLICT (day, scope, name) DO UPDATE SET n = c.n + $4::int WHERE c.n + $4::int <= $5::int`

// CountUp adds to a counter unless that would take it over its limit, and reports whether it did. The counter is held until tx ends, so of
// any number of replicas none goes over.
func CountUp(ctx context.Context, tx sqlx.ExtContext, c Count, add, limit int) (bool, error) {
	fits, err := execChanged(ctx, tx, sqlCountUp, c.Day, c.Scope, c.Name, add, limit)
	return fits, wrap("count "+c.Scope, err)
}

const sqlCountDown = `
UPDATE send_counts SET n = n - $4
WHERE day = $1::date AND scope = $2 AND name = $3`

// CountDown gives back what CountUp took in the same transaction.
func CountDown(ctx context.Context, tx sqlx.ExtContext, c Count, add int) error {
	_, err := tx.ExecContext(ctx, sqlCountDown, c.Day, c.Scope, c.Name, add)
	return wrap("give back "+c.Scope, err)
}

const sqlCounted = `
SELECT coalesce(sum(n), 0)
FROM send_counts
WHERE day = $1::date AND scope = $2`

// Counted is the sum of a day's counters of one scope.
func Counted(ctx context.Context, db sqlx.QueryerContext, day, scope string) (n int, err error) {
	err = sqlx.GetContext(ctx, db, &n, sqlCounted, day, scope)
	return n, wrap("read counts of "+scope, err)
}

const sqlDropCounts = `
DELETE FROM send_counts
WHERE day < $1::date`

// DropCounts forgets the counters of the days before.
func DropCounts(ctx context.Context, tx sqlx.ExtContext, before time.Time) error {
	_, err := tx.ExecContext(ctx, sqlDropCounts, before.UTC().Format(time.DateOnly))
	return wrap("drop counts", err)
}

// execChanged runs a statement and reports whether it changed a row.
func execChanged(ctx context.Context, tx sqlx.ExecerContext, query string, args ...any) (bool, error) {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
