// Package applications keeps what people ask an office for: guardianship referrals and other filings.
package applications

import (
	"errors"
	"time"

	"sapar/menus"
	"sapar/people"
)

// Application is one filing. Its number is what the person was shown and can read aloud.
type Application struct {
	Number   string
	Kind     string
	PersonID people.ID
	Tree     string
	Revision int // of the tree the questions were asked from
	Language menus.Language
	Answers  []menus.Answer
	FiledAt  time.Time
}

// ErrNumberTaken says that another application has the number already; the caller draws another and tries again.
var ErrNumberTaken = errors.New("the reference number is taken")
