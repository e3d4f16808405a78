package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"

	"sapar/database"
)

// prototype drains a table of its own as fast as this stack can: each claim is committed before its POSTs begin, and their results are stored
// by the batch. Nothing is sealed, nobody is asked about stops, and nothing has a lease, a class, a priority or a limit.
type prototype struct {
	db            *database.DB
	client        *http.Client
	sink          string
	claimed, done chan prototypeRow
}

type prototypeRow struct {
	ID          int64
	Phone, Text string
	ref         string
}

const (
	prototypeInFlight = 32
	prototypeBatch    = 500                    // messages of one claim, and results of one statement
	prototypeWait     = 100 * time.Millisecond // longest time a result waits for others
)

// Its table is none of the program's, so its statements cannot be checked against the migrations as those named sql… are.
const (
	prototypeTable = `
DROP TABLE IF EXISTS prototype;
CREATE TABLE prototype (id bigint PRIMARY KEY, key text UNIQUE, phone text, text text, status text, attempt int, ref text);
INSERT INTO prototype SELECT i, 'message ' || i, '+996700000001', '` + broadcastText + `', 'pending', 0, '' FROM generate_series(1, %d) i;
CREATE INDEX ON prototype (id) WHERE status = 'pending';
GRANT SELECT, UPDATE ON prototype TO ` + database.AppRole + `;
ANALYZE prototype`

	prototypeClaim = `
UPDATE prototype SET status = 'submitting', attempt = attempt + 1
WHERE id IN (SELECT id FROM prototype WHERE status = 'pending' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id, phone, text`

	prototypeResults = `
UPDATE prototype p SET status = 'accepted', ref = r.ref
FROM unnest($1::bigint[], $2::text[]) AS r (id, ref)
WHERE p.id = r.id`
)

// drainPrototype begins to drain; what goes wrong is logged, and then too few messages arrive.
func drainPrototype(ctx context.Context, part Part, db *database.DB) (http.Handler, error) {
	p := &prototype{
		db: db, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: prototypeInFlight}}, sink: part.Sink,
		claimed: make(chan prototypeRow, prototypeBatch), done: make(chan prototypeRow, prototypeBatch),
	}
	go p.claim(ctx)
	go p.store(ctx)
	var posting sync.WaitGroup
	for range prototypeInFlight {
		posting.Go(func() { p.post(ctx) })
	}
	go func() {
		posting.Wait()
		close(p.done)
	}()
	return nil, nil
}

func (p *prototype) claim(ctx context.Context) {
	defer close(p.claimed)
	for {
		var rows []prototypeRow
		if err := p.db.SelectContext(ctx, &rows, prototypeClaim, prototypeBatch); err != nil {
			slog.Error("claim", "error", err)
			return
		}
		if len(rows) == 0 {
			return
		}
		for _, row := range rows {
			p.claimed <- row
		}
	}
}

func (p *prototype) post(ctx context.Context) {
	for row := range p.claimed {
		var err error
		if row.ref, err = p.submit(ctx, &row); err != nil {
			slog.Error("post", "error", err)
			continue
		}
		p.done <- row
	}
}

// submit posts a message and returns the carrier's id of it.
func (p *prototype) submit(ctx context.Context, row *prototypeRow) (string, error) {
	form := url.Values{"id": {strconv.FormatInt(row.ID, 10)}, "to": {row.Phone}, "text": {row.Text}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.sink, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := p.client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var body struct{ ID string }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		return "", fmt.Errorf("answer: %w", err)
	}
	return body.ID, nil
}

func (p *prototype) store(ctx context.Context) {
	for first := range p.done {
		ids, refs := p.results(first)
		if _, err := p.db.ExecContext(ctx, prototypeResults, ids, refs); err != nil {
			slog.Error("store", "error", err)
		}
	}
}

// results are the first result and those that come soon after it.
func (p *prototype) results(first prototypeRow) (ids pq.Int64Array, refs pq.StringArray) {
	ids, refs = append(ids, first.ID), append(refs, first.ref)
	late := time.After(prototypeWait)
	for len(ids) < prototypeBatch {
		select {
		case row, more := <-p.done:
			if !more {
				return ids, refs
			}
			ids, refs = append(ids, row.ID), append(refs, row.ref)
		case <-late:
			return ids, refs
		}
	}
	return ids, refs
}
