package accounts

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// State is what something was or became, for the audit: never a phone, a name of a person or what somebody wrote.
type State map[string]string

// Entry is one thing that somebody did. Entries are only ever added.
type Entry struct {
	By
	ID     int64
	At     time.Time // when it is recorded, by Accounts
	Action string
	About  string // a reference number, an operator
	Before State  // nil where there was nothing
	After  State  // nil where there is nothing
}

// Record adds an entry, in the transaction of what it tells about.
func (a *Accounts) Record(ctx context.Context, tx execer, e Entry) error {
	before, err := json.Marshal(e.Before)
	if err != nil {
		return fmt.Errorf("write an audit entry: %w", err)
	}
	after, err := json.Marshal(e.After)
	if err != nil {
		return fmt.Errorf("write an audit entry: %w", err)
	}
	return record(ctx, tx, a.Now(), e, string(before), string(after))
}

// Search says which entries are looked for.
type Search struct {
	Who    string // "" for everybody
	About  string // "" for everything
	Before int64  // goes on behind this entry; 0 begins with the latest
	Limit  int
}

// Audit lists what was done, the latest first.
func (a *Accounts) Audit(ctx context.Context, s Search) ([]Entry, error) {
	return readAudit(ctx, a.DB, s)
}
