package applications

import (
	"context"
	"fmt"

	"sapar/applications/kinds"
	"sapar/database"
)

// filing is an application on its way into the table.
type filing struct {
	Application
	Receipt     Receipt
	answers     []byte
	fingerprint []byte
	sensitive   bool
}

// File stores an application in the transaction of the turn that confirmed it, and gives it to its office: never to one it complains about,
// and to the central one where no other is found. A filing of a kind that is not known is kept as the kind "other".
func (d *Desk) File(ctx context.Context, tx *database.Tx, a Application) (Receipt, error) {
	kind := d.Kinds.Kind(a.Kind)
	all, err := d.openOffices(ctx, tx, a.FiledAt)
	if err != nil {
		return Receipt{}, err
	}
	sealed, err := d.sealAnswers(kind.Sensitive, a.Number, a.Answers)
	if err != nil {
		return Receipt{}, err
	}
	c := filing{
		Application: a, answers: sealed, sensitive: kind.Sensitive, fingerprint: d.fingerprint(kind, a.Answers),
		Receipt: Receipt{Office: kind.Office(all, a.Answers), Due: kind.Statuses[kinds.Received].DueAt(a.FiledAt, a.FiledAt)},
	}
	if err := actAs(ctx, tx, actor{person: a.PersonID}); err != nil {
		return Receipt{}, err
	}
	if err := c.store(ctx, tx); err != nil {
		return Receipt{}, err
	}
	if a.Notify {
		c.Receipt.Notice = d.confirmed(a)
	}
	return c.Receipt, actAs(ctx, tx, nobody)
}

// confirmed is the text that says a filing is here.
func (d *Desk) confirmed(a Application) Notice {
	return Notice{
		Key: noticeKey(a.Number, 1), Person: a.PersonID, Number: a.Number, Language: a.Language,
		Text: d.Kinds.Neutral(kinds.Received, a.Language, a.Number),
	}
}

func noticeKey(number string, n int) string { return fmt.Sprintf("case/%s/%d", number, n) }
