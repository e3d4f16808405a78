package sessions

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"sapar/database"
)

// Two writers put up to maxBatch waiting turns into one statement, and answer each caller after its commit: twice the throughput and a
// quarter of the p99 of a transaction each, since only as many backends run as there are processors.
const (
	writers  = 2
	maxBatch = 64
)

// ErrStale says that the session was not at the expected turn, or not of the expected person: another replica or an older callback has moved
// it. An effect returns it that finds the person changed; the turn is read and taken again.
var ErrStale = errors.New("the session has moved on")

var errClosed = errors.New("sessions are closed")

// turnRow is one turn to be written.
type turnRow struct {
	id        uuid.UUID
	turn      int
	person    uuid.UUID
	owner     uuid.UUID // whose the session was when it was read
	phoneHash []byte    // of a newcomer, or of whoever texts, else empty
	phone     []byte    // sealed, of a newcomer, else empty
	channel   string
	tree      string
	revision  int
	state     []byte
	ended     bool
	fresh     bool // a dialogue begins in a session that is there already
	carries   bool // the state holds an earlier dropped dialogue besides
	node      string
	callback  []byte
	reply     []byte
	raw       []byte // sealed: a text as it came, else empty
	text      []byte // sealed: a text as it is read, else empty
	at        time.Time
	within    func(ctx context.Context, tx *database.Tx) error // what else belongs to the turn, in its transaction; may be nil
}

// commits is the queue in front of the writers.
type commits struct {
	store   *store
	queue   chan *waiting
	done    chan struct{}
	closing sync.Once
}

// waiting is a turn whose caller waits for its commit.
type waiting struct {
	row    *turnRow
	result chan error
}

func newCommits(store *store) *commits {
	c := &commits{store: store, queue: make(chan *waiting, 4*maxBatch), done: make(chan struct{})}
	for range writers {
		go c.work()
	}
	return c
}

// write hands a turn to the writers and waits until it is committed (nil), was not expected (ErrStale), or may or may not have been.
func (c *commits) write(ctx context.Context, row *turnRow) error {
	w := &waiting{row, make(chan error, 1)}
	select {
	case c.queue <- w:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.done:
		return errClosed
	}
	select {
	case err := <-w.result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *commits) work() {
	for {
		select {
		case first := <-c.queue:
			c.commit(c.gather(first))
		case <-c.done:
			return
		}
	}
}

// gather takes what is waiting besides the first, without waiting for more.
func (c *commits) gather(first *waiting) []*waiting {
	batch := append(make([]*waiting, 0, maxBatch), first)
	for len(batch) < maxBatch {
		select {
		case w := <-c.queue:
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

// commit writes a batch and answers its callers. An error of a batch is retried one by one, so that one bad turn spoils no other;
// the expected turn makes that safe even when the batch was written and only its answer got lost.
func (c *commits) commit(batch []*waiting) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	moved, err := c.store.writeBatch(ctx, batch)
	switch {
	case err == nil:
		answer(batch, moved)
	case len(batch) == 1 || isAway(err) || isLocked(err):
		for _, w := range batch {
			w.result <- err
		}
	default:
		for _, w := range batch {
			c.commit([]*waiting{w})
		}
	}
}

func answer(batch []*waiting, moved map[uuid.UUID]bool) {
	for _, w := range batch {
		if moved[w.row.id] {
			w.result <- nil
		} else {
			w.result <- ErrStale
		}
	}
}

func (c *commits) close() { c.closing.Do(func() { close(c.done) }) }

// writeBatch writes the turns of a batch: with one statement, or, where one asks for more, with one transaction.
func (s *store) writeBatch(ctx context.Context, batch []*waiting) (moved map[uuid.UUID]bool, err error) {
	rows := make([]*turnRow, len(batch))
	plain := true
	for i, w := range batch {
		rows[i] = w.row
		plain = plain && w.row.within == nil
	}
	if plain {
		return s.writeTurns(ctx, s.write, rows)
	}
	return s.writeTogether(ctx, rows)
}

// writeTogether writes turns in one transaction with what else they ask for, once each is written.
func (s *store) writeTogether(ctx context.Context, rows []*turnRow) (moved map[uuid.UUID]bool, err error) {
	err = database.InTx(ctx, s.db, func(tx *database.Tx) error {
		if moved, err = s.writeTurns(ctx, tx.StmtxContext(ctx, s.write), rows); err != nil {
			return err
		}
		for _, row := range rows {
			if row.within == nil || !moved[row.id] {
				continue
			}
			if err := row.within(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	return moved, err
}
