package people

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

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

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
