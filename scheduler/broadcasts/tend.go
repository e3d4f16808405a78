package broadcasts

import (
	"context"
	"errors"
	"fmt"

	"sapar/scheduler/broadcasts/crowd"
)

// sweepSize is how many rows one statement marks.
const sweepSize = 5000

// Tend is the job: it queues whose time has come and what was cut off, ends what is sent, and marks what waits in vain.
func (d *Desk) Tend(ctx context.Context) (counts map[string]int, err error) {
	counts = map[string]int{}
	var problems []error
	open, err := openBroadcasts(ctx, d.DB)
	if err != nil {
		return counts, err
	}
	for _, b := range open {
		if err := d.tend(ctx, b, counts); err != nil {
			problems = append(problems, fmt.Errorf("broadcast %d: %w", b.Number, err))
		}
	}
	return counts, errors.Join(problems...)
}

func (d *Desk) tend(ctx context.Context, b Broadcast, counts map[string]int) error {
	if b.State == Cancelled {
		return d.sweep(ctx, b.Number, counts)
	}
	expired, err := d.repeat(ctx, func() (int, error) { return crowd.Expire(ctx, d.DB, b.Number, sweepSize) })
	counts["expired"] += expired
	if err != nil || b.State != Sending {
		return err
	}
	counts["sending"]++
	if err := d.Queue(ctx, b.Number); err != nil {
		return err
	}
	ended, err := crowd.Finish(ctx, d.DB, b.Number, d.Now())
	if ended {
		counts["done"]++
		err = errors.Join(err, crowd.DropList(ctx, d.DB, b.Number))
	}
	return err
}

// sweep marks what a cancelled broadcast left in the outbox.
func (d *Desk) sweep(ctx context.Context, number int, counts map[string]int) error {
	cancelled, err := d.repeat(ctx, func() (int, error) { return crowd.Cancel(ctx, d.DB, number, sweepSize) })
	counts["cancelled"] += cancelled
	if err != nil {
		return err
	}
	return errors.Join(crowd.Swept(ctx, d.DB, number), crowd.DropList(ctx, d.DB, number))
}

// repeat does some at a time until there is no more.
func (d *Desk) repeat(ctx context.Context, some func() (int, error)) (total int, err error) {
	for ctx.Err() == nil {
		n, err := some()
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
	return total, ctx.Err()
}
