package deadlines

import (
	"context"
	"time"

	"sapar/scheduler/deadlines/rules"
)

// Word is what an operator said last of a rule.
type Word struct {
	Rule      string    `db:"rule"`
	Version   string    `db:"version"` // of the rule then
	Confirmed bool      `db:"confirmed"`
	Who       string    `db:"who"`
	At        time.Time `db:"at"`
}

// Standing is whether a rule may be used, and why.
type Standing struct {
	Rule *rules.Rule
	On   bool
	Word *Word // the latest; nil when no operator has said anything
}

// stands decides: the latest word counts where it is of the rule as it is now; a withdrawal counts for every version. Else a rule is on that can be
// trusted by itself.
func stands(r *rules.Rule, w *Word) Standing {
	s := Standing{Rule: r, On: r.Trusted(), Word: w}
	switch {
	case w == nil:
	case !w.Confirmed:
		s.On = false
	case w.Version == r.Version():
		s.On = true
	}
	return s
}

// Standings are all rules in the order of the files.
func (d *Desk) Standings(ctx context.Context) ([]Standing, error) {
	words, err := readWords(ctx, d.DB)
	if err != nil {
		return nil, err
	}
	out := make([]Standing, len(d.Rules))
	for i, r := range d.Rules {
		out[i] = stands(r, words[r.ID])
	}
	return out, nil
}

// Say keeps an operator's word on a rule as it is now: that it is right, or that it may not be used. ErrOff tells that there is no such rule.
func (d *Desk) Say(ctx context.Context, rule, who string, confirmed bool, at time.Time) error {
	r := d.Rules.Find(rule)
	if r == nil {
		return ErrOff
	}
	return insertWord(ctx, d.DB, &Word{Rule: rule, Version: r.Version(), Confirmed: confirmed, Who: who, At: at})
}

func (d *Desk) isOn(ctx context.Context, db queryer, r *rules.Rule) (bool, error) {
	words, err := readWords(ctx, db)
	return stands(r, words[r.ID]).On, err
}
