package applications

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sapar/applications/kinds"
	"sapar/menus"
)

// row is a case as it is stored.
type row struct {
	ID          uuid.UUID      `db:"id"`
	Number      string         `db:"number"`
	Kind        string         `db:"kind"`
	PersonID    uuid.NullUUID  `db:"person_id"`
	Office      string         `db:"office"`
	Tree        string         `db:"tree"`
	Revision    int            `db:"revision"`
	Language    menus.Language `db:"language"`
	Answers     []byte         `db:"answers"`
	Status      kinds.Status   `db:"status"`
	FiledAt     time.Time      `db:"filed_at"`
	Version     int            `db:"version"`
	DueAt       sql.NullTime   `db:"due_at"`
	Date        string         `db:"date"`
	Notify      bool           `db:"notify"`
	Sensitive   bool           `db:"sensitive"`
	Channel     string         `db:"channel"`
	Assignee    string         `db:"assignee"`
	HandedFrom  string         `db:"handed_from"`
	MergedInto  uuid.NullUUID  `db:"merged_into"`
	Reopened    int            `db:"reopened"`
	Fingerprint []byte         `db:"fingerprint"`
	DecidedAt   sql.NullTime   `db:"decided_at"`
	ClosedAt    sql.NullTime   `db:"closed_at"`
	EmptiedAt   sql.NullTime   `db:"emptied_at"`
}

func (r *row) line() Line {
	return Line{r.Number, r.Kind, r.Status, r.Office, r.Assignee, r.Version, r.FiledAt, r.DueAt.Time}
}

func (r *row) shown() Case {
	return Case{
		Line: r.line(), Tree: r.Tree, Revision: r.Revision, Language: r.Language, Channel: r.Channel, Notify: r.Notify, Sensitive: r.Sensitive,
		Date: r.Date, HandedFrom: r.HandedFrom, Reopened: r.Reopened, DecidedAt: r.DecidedAt.Time, ClosedAt: r.ClosedAt.Time,
		Emptied: r.EmptiedAt.Valid,
	}
}

// filedRow is an application as its person may see it.
type filedRow struct {
	Number     string        `db:"number"`
	Kind       string        `db:"kind"`
	Status     kinds.Status  `db:"status"`
	FiledAt    time.Time     `db:"filed_at"`
	Date       string        `db:"date"`
	OfficeName string        `db:"office_name"`
	Listed     bool          `db:"listed"`
	QuestionID uuid.NullUUID `db:"question_id"`
	Question   []byte        `db:"question"`
}

// changed reports whether a statement changed a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
