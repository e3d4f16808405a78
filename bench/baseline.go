package bench

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/lib/pq"

	"sapar/database"
)

// baselineAnswer is what the baseline says to every turn, as long as a screen.
var baselineAnswer = []byte("CON " + strings.Repeat("Sapar ", 33))

const (
	baselineState   = 1024 // bytes
	baselineWriters = 2
	baselineBatch   = 64
)

// baseline is the open dialogues, and the queues in front of the writers: one of turns, one of texts.
type baseline struct {
	state        []byte
	turns, texts chan *baselineTurn
	mu           sync.Mutex
	open         map[string]*baselineTurn
}

// baselineTurn is the latest turn of a dialogue; done tells its caller that it is stored.
type baselineTurn struct {
	id   uuid.UUID
	turn int32
	text []byte // as it was texted
	done chan error
}

// newBaseline serves the least that stores a turn or a text on this stack: it decodes the form, knows the dialogue from memory, has two
// writers store up to 64 that wait in one statement, and answers after the commit. There is no engine, no sealing, no person and no check.
func newBaseline(ctx context.Context, _ Part, db *database.DB) (http.Handler, error) {
	b := &baseline{
		state: bytes.Repeat([]byte{7}, baselineState), open: map[string]*baselineTurn{},
		turns: make(chan *baselineTurn, 4*baselineBatch), texts: make(chan *baselineTurn, 4*baselineBatch),
	}
	if err := b.work(ctx, db, sqlBaselineTurns, b.turns, b.columns); err != nil {
		return nil, err
	}
	if err := b.work(ctx, db, sqlBaselineTexts, b.texts, b.textColumns); err != nil {
		return nil, err
	}
	e := echo.New()
	e.POST("/ussd/:channel", func(c echo.Context) error {
		return b.answer(c, b.turns, b.next(c.FormValue("sessionId")+c.FormValue("phoneNumber"), ""))
	})
	e.POST("/sms/:channel", func(c echo.Context) error {
		return b.answer(c, b.texts, b.next(c.FormValue("from"), c.FormValue("text")))
	})
	return e, nil
}

func (b *baseline) answer(c echo.Context, queue chan<- *baselineTurn, turn *baselineTurn) error {
	queue <- turn
	if err := <-turn.done; err != nil {
		return fmt.Errorf("store a turn: %w", err)
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", baselineAnswer)
}

// next is the next turn of a dialogue. All texts of a phone are one dialogue.
func (b *baseline) next(key, text string) *baselineTurn {
	b.mu.Lock()
	defer b.mu.Unlock()
	turn, ok := b.open[key]
	if !ok {
		turn = &baselineTurn{id: uuid.New(), done: make(chan error, 1)}
		b.open[key] = turn
	}
	turn.text = []byte(text)
	if turn.turn++; turn.turn == dialogueTurns && text == "" {
		delete(b.open, key)
	}
	return turn
}

// work has writers store what is in a queue with a statement.
func (b *baseline) work(ctx context.Context, db *database.DB, statement string, queue chan *baselineTurn, columns func([]*baselineTurn) []any) error {
	write, err := db.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	for range baselineWriters {
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case first := <-queue:
					batch := gatherTurns(queue, first)
					store(ctx, write, batch, columns(batch))
				}
			}
		}()
	}
	return nil
}

func gatherTurns(queue <-chan *baselineTurn, first *baselineTurn) []*baselineTurn {
	batch := []*baselineTurn{first}
	for len(batch) < baselineBatch {
		select {
		case turn := <-queue:
			batch = append(batch, turn)
		default:
			return batch
		}
	}
	return batch
}

// store writes a batch and answers its callers.
func store(ctx context.Context, write *sql.Stmt, batch []*baselineTurn, columns []any) {
	stored, err := write.ExecContext(ctx, columns...)
	if err == nil {
		if n, _ := stored.RowsAffected(); n != int64(len(batch)) {
			err = fmt.Errorf("%d of %d turns stored", n, len(batch))
		}
	}
	for _, turn := range batch {
		turn.done <- err
	}
}

const sqlBaselineTurns = `
WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::bytea[], $4::bytea[], $5::bytea[]) AS i (id, turn, state, callback, reply)
), begun AS (
    INSERT INTO sessions (id, person_id, channel, tree, revision, turn, state, started_at, last_seen_at)
    SELECT id, id, 'africastalking', 'main', 1, 1, state, now(), now() FROM input WHERE turn = 1
    RETURNING id, turn
), moved AS (
    UPDATE sessions s SET turn = i.turn, state = i.state, last_seen_at = now()
    FROM input i
    WHERE s.id = i.id AND s.turn = i.turn - 1
    RETURNING s.id, s.turn
)
INSERT INTO turns (session_id, turn, callback, node, reply, at)
SELECT i.id, i.turn, i.callback, 'node', i.reply, now()
FROM input i JOIN (SELECT * FROM begun UNION ALL SELECT * FROM moved) m ON m.id = i.id`

// columns are a batch as the arrays the statement takes.
func (b *baseline) columns(batch []*baselineTurn) []any {
	var ids []string
	var turns []int32
	var states, callbacks, replies pq.ByteaArray
	for _, turn := range batch {
		ids, turns = append(ids, turn.id.String()), append(turns, turn.turn)
		states, callbacks, replies = append(states, b.state), append(callbacks, turn.id[:]), append(replies, baselineAnswer)
	}
	return []any{pq.StringArray(ids), pq.Int32Array(turns), states, callbacks, replies}
}

// A text is stored besides its turn, as it came and cleaned.
const sqlBaselineTexts = `
WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::bytea[], $4::bytea[], $5::bytea[], $6::uuid[], $7::bytea[])
    AS i (id, turn, state, callback, reply, message, text)
), begun AS (
    INSERT INTO sessions (id, person_id, channel, tree, revision, turn, state, started_at, last_seen_at)
    SELECT id, id, 'sms/form', 'main', 1, 1, state, now(), now() FROM input WHERE turn = 1
    RETURNING id, turn
), moved AS (
    UPDATE sessions s SET turn = i.turn, state = i.state, last_seen_at = now()
    FROM input i
    WHERE s.id = i.id AND s.turn = i.turn - 1
    RETURNING s.id, s.turn
), kept AS (
    INSERT INTO inbox (channel, message, person_id, session_id, turn, raw, text, at)
    SELECT 'form', message, id, id, turn, text, text, now() FROM input
)
INSERT INTO turns (session_id, turn, callback, node, reply, at)
SELECT i.id, i.turn, i.callback, 'node', i.reply, now()
FROM input i JOIN (SELECT * FROM begun UNION ALL SELECT * FROM moved) m ON m.id = i.id`

// textColumns are a batch of texts as the arrays the statement takes.
func (b *baseline) textColumns(batch []*baselineTurn) []any {
	var messages []string
	var texts pq.ByteaArray
	for _, turn := range batch {
		messages, texts = append(messages, uuid.NewString()), append(texts, turn.text)
	}
	return append(b.columns(batch), pq.StringArray(messages), texts)
}
