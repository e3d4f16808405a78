package bench

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
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

// baseline is the open dialogues and the queue in front of the writers.
type baseline struct {
	write *sql.Stmt
	queue chan *baselineTurn
	state []byte
	mu    sync.Mutex
	open  map[string]*baselineTurn
}

// baselineTurn is the latest turn of a dialogue; done tells its caller that it is stored.
type baselineTurn struct {
	id   uuid.UUID
	turn int32
	done chan error
}

// ServeBaseline serves the least that stores a turn on this stack, until the context ends: it decodes the form, knows the turn from memory,
// has two writers store up to 64 waiting turns in one statement, and answers after the commit. There is no engine, no sealing, no person
// and no check. The address of the database is one that Program.Prepare has migrated.
func ServeBaseline(ctx context.Context, listen, databaseURL string) error {
	db, err := database.Open(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	b := &baseline{queue: make(chan *baselineTurn, 4*baselineBatch), state: bytes.Repeat([]byte{7}, baselineState), open: map[string]*baselineTurn{}}
	if b.write, err = db.PrepareContext(ctx, sqlBaseline); err != nil {
		return err
	}
	for range baselineWriters {
		go b.work(ctx)
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	e := echo.New()
	e.POST("/ussd/:channel", b.answer)
	server := &http.Server{Handler: e}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

func (b *baseline) answer(c echo.Context) error {
	turn := b.next(c.FormValue("sessionId"), c.FormValue("phoneNumber"))
	b.queue <- turn
	if err := <-turn.done; err != nil {
		return fmt.Errorf("store a turn: %w", err)
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", baselineAnswer)
}

// next is the next turn of a dialogue.
func (b *baseline) next(session, phone string) *baselineTurn {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := session + phone
	turn, ok := b.open[key]
	if !ok {
		turn = &baselineTurn{id: uuid.New(), done: make(chan error, 1)}
		b.open[key] = turn
	}
	if turn.turn++; turn.turn == dialogueTurns {
		delete(b.open, key)
	}
	return turn
}

func (b *baseline) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-b.queue:
			b.store(ctx, b.gather(first))
		}
	}
}

func (b *baseline) gather(first *baselineTurn) []*baselineTurn {
	batch := []*baselineTurn{first}
	for len(batch) < baselineBatch {
		select {
		case turn := <-b.queue:
			batch = append(batch, turn)
		default:
			return batch
		}
	}
	return batch
}

const sqlBaseline = `
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

// store writes a batch and answers its callers.
func (b *baseline) store(ctx context.Context, batch []*baselineTurn) {
	var ids []string
	var turns []int32
	var states, callbacks, replies pq.ByteaArray
	for _, turn := range batch {
		ids, turns = append(ids, turn.id.String()), append(turns, turn.turn)
		states, callbacks, replies = append(states, b.state), append(callbacks, turn.id[:]), append(replies, baselineAnswer)
	}
	stored, err := b.write.ExecContext(ctx, pq.StringArray(ids), pq.Int32Array(turns), states, callbacks, replies)
	if err == nil {
		if n, _ := stored.RowsAffected(); n != int64(len(batch)) {
			err = fmt.Errorf("%d of %d turns stored", n, len(batch))
		}
	}
	for _, turn := range batch {
		turn.done <- err
	}
}
