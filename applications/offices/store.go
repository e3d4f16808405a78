package offices

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/menus"
)

const sqlLoad = `
INSERT INTO offices AS o (id, kind, name, oblast, raion, aiyl, regions, countries, parent, sort)
SELECT id, kind, name, oblast, raion, aiyl, coalesce(regions, '{}'), coalesce(countries, '{}'), parent, ordinality
FROM jsonb_populate_recordset(NULL::offices, $1) WITH ORDINALITY
ON CONFLICT (id) DO UPDATE SET (kind, name, oblast, raion, aiyl, regions, countries, parent, sort) = (
    EXCLUDED.kind, EXCLUDED.name, EXCLUDED.oblast, EXCLUDED.raion, EXCLUDED.aiyl, EXCLUDED.regions, EXCLUDED.countries, EXCLUDED.parent,
    EXCLUDED.sort)
WHERE o.edited_at IS NULL AND o.* IS DISTINCT FROM EXCLUDED.*`

// Load puts offices into the database: what is missing is added, and a row that no operator edited is brought up to date. Rows that are not
// in the list stay. Loading the same list again changes nothing.
func Load(ctx context.Context, db sqlx.ExecerContext, list []Office) error {
	text, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("write offices as rows: %w", err)
	}
	if _, err := db.ExecContext(ctx, sqlLoad, string(text)); err != nil {
		return fmt.Errorf("load offices: %w", err)
	}
	return nil
}

const sqlRead = `
SELECT id, kind, name, oblast, raion, aiyl, regions, countries, parent
FROM offices
WHERE closed_at IS NULL
ORDER BY sort, id`

// Read lists the offices that take cases.
func Read(ctx context.Context, db sqlx.QueryerContext) (Offices, error) {
	var rows []struct {
		Office
		Name      []byte
		Regions   pq.StringArray
		Countries pq.StringArray
	}
	if err := sqlx.SelectContext(ctx, db, &rows, sqlRead); err != nil {
		return nil, fmt.Errorf("read offices: %w", err)
	}
	out := make(Offices, 0, len(rows))
	for _, r := range rows {
		r.Office.Regions, r.Office.Countries, r.Office.Name = r.Regions, r.Countries, menus.Wording{}
		if err := json.Unmarshal(r.Name, &r.Office.Name); err != nil {
			return nil, fmt.Errorf("read the name of an office: %w", err)
		}
		out = append(out, r.Office)
	}
	return out, nil
}

const sqlEvery = `
SELECT id
FROM offices
ORDER BY id`

// Every lists the ids of all offices, the closed ones too: for work on all cases, which is done for one office after the other.
func Every(ctx context.Context, db sqlx.QueryerContext) (ids []string, err error) {
	if err := sqlx.SelectContext(ctx, db, &ids, sqlEvery); err != nil {
		return nil, fmt.Errorf("list offices: %w", err)
	}
	return ids, nil
}
