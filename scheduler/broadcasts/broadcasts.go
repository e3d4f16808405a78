// Package broadcasts sends one text to many people: counted and priced before, approved by a second person, at each one's decent hour, once each,
// and stopped by one word.
package broadcasts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sms"
)

// Desk is where broadcasts are made and looked after.
type Desk struct {
	DB       *database.DB
	Keys     *database.Keys
	Guard    *sms.Guard // the day's budget; nil is without limit
	Now      func() time.Time
	Kind     func(name string) (sensitive, known bool) // of applications; nil knows them all, and none is sensitive
	Approval int                                       // a broadcast to more people than this needs a second person's word
	Lease    time.Duration                             // how long whoever queues a part may be silent; zero is 15 s
}

// Plan is a broadcast as somebody wants it.
type Plan struct {
	Name      string
	Cause     string        // what makes it by itself, once ever; "" is an operator
	Topic     string        // what people may stop, one of people.Topics
	Urgent    bool          // at night and on a holiday too
	Text      menus.Wording // at least Kyrgyz and Russian; who reads another language gets its text, or the Russian one
	Segment   sms.Segment
	DueWithin int       // only people with a deadline in this many days; 0 is anybody
	Kind      string    // only people with an open application of this kind, which is not a sensitive one; "" is anybody
	Starts    time.Time // zero: at once
	Local     time.Time // on each one's own clock, whatever zone it is written in; zero: as soon as it starts
	Until     time.Time // on each one's own clock, no longer useful then; zero: Ends
	Ends      time.Time // no longer useful then; zero: sms.Useful after it starts
	By        string    // who makes it
}

// Broadcast is one that was made.
type Broadcast struct {
	Number      int
	Name        string
	Topic       string
	Urgent      bool
	Segment     sms.Segment
	State       State
	People      int // in the segment when it was last counted, of whom not everybody can be sent to; 0: not counted, since something made it by itself
	Segments    int // likewise
	MadeBy      string
	MadeAt      time.Time
	ApprovedBy  string
	ApprovedFor int
	Starts      time.Time
	Local       time.Time // zero: none
	Until       time.Time // likewise
	Ends        time.Time
	Started     time.Time
	Ended       time.Time
	Note        string // what it waits for
}

// State is how far a broadcast is.
type State string

// The states of a broadcast.
const (
	Draft     State = "draft"
	Sending   State = "sending" // also while it waits for its time
	Paused    State = "paused"
	Cancelled State = "cancelled"
	Done      State = "done"
)

// Why a broadcast cannot be made, or what was asked of it cannot be done.
var (
	ErrNone     = errors.New("no broadcast has this number")
	ErrState    = errors.New("the broadcast is past that")
	ErrApproval = errors.New("so many people need a second person's approval: sapar broadcasts approve")
	ErrSelf     = errors.New("whoever made a broadcast does not approve it")
	ErrNobody   = errors.New("there is nobody in the segment")
	ErrKind     = errors.New("there is no such kind of application")
	ErrTells    = errors.New("applications of this kind are sensitive: a text to all who filed one would tell who they are")
	ErrMade     = errors.New("this was made before")
)

// ErrSame says that the same text was sent a short while ago.
type ErrSame struct{ Number int }

// Error names the other broadcast.
func (e ErrSame) Error() string {
	return fmt.Sprintf("broadcast %d said the same within a day: say --again when it is meant", e.Number)
}

// sameWithin is how long the same text is asked about.
const sameWithin = 24 * time.Hour

// longestText is how many segments a text may have: more is read by nobody on a basic phone.
const longestText = 6

// check says what a plan lacks.
func (p *Plan) check() error {
	switch {
	case p.Name == "" || p.By == "":
		return errors.New("a broadcast needs a name, and somebody who makes it")
	case !slices.Contains(people.Topics, p.Topic):
		return fmt.Errorf("topic %q: people can stop %s", p.Topic, strings.Join(people.Topics, ", "))
	case p.DueWithin < 0 || p.DueWithin > 366:
		return errors.New("a deadline within 1 to 366 days")
	case p.DueWithin > 0 && p.Kind != "":
		return errors.New("either people with a deadline or people with an application")
	case !p.Ends.IsZero() && !p.Ends.After(p.Starts):
		return errors.New("it ends before it starts")
	}
	return p.checkText()
}

func (p *Plan) checkText() error {
	for _, language := range []menus.Language{menus.Kyrgyz, menus.Russian} {
		if strings.TrimSpace(p.Text[language]) == "" {
			return fmt.Errorf("the text in %s is missing", language)
		}
	}
	for language, text := range p.Text {
		switch {
		case !slices.Contains(menus.Languages, language):
			return fmt.Errorf("nobody reads %q here", language)
		case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }):
			return fmt.Errorf("the text in %s has characters that no phone shows", language)
		case sms.Segments(menus.Fold(text)) > longestText:
			return fmt.Errorf("the text in %s has more than %d segments", language, longestText)
		case strings.ContainsAny(text, "{}"):
			return fmt.Errorf("the text in %s has a blank that was not filled", language)
		}
	}
	return nil
}

// times fills in what a plan leaves out.
func (p *Plan) times(now time.Time) {
	if p.Starts.IsZero() {
		p.Starts = now.Truncate(time.Microsecond) // as it is stored: not after now
	}
	if p.Ends.IsZero() {
		p.Ends = p.Starts.Add(sms.Useful)
	}
}

// content is a keyed hash of what a plan says, the same for the same texts.
func (d *Desk) content(text menus.Wording) []byte {
	parts := []string{"broadcast"}
	for _, language := range menus.Languages {
		parts = append(parts, menus.Fold(strings.TrimSpace(text[language])))
	}
	return d.Keys.Hash(parts...)
}

// errPreview undoes a transaction that only counted.
var errPreview = errors.New("preview")

// Preview counts whom a plan would reach and what it would cost, and keeps nothing.
func (d *Desk) Preview(ctx context.Context, p Plan) (c Count, err error) {
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		if c, err = d.make(ctx, tx, &p); err != nil {
			return err
		}
		return errPreview
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	return c, err
}

// Create makes a draft, and says whom it reaches. Nothing is sent before it is started. A plan with a cause that was made before is ErrMade.
func (d *Desk) Create(ctx context.Context, p Plan) (number int, c Count, err error) {
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		if c, err = d.make(ctx, tx, &p); err != nil {
			return err
		}
		number = c.Number
		return keepCount(ctx, tx, c)
	})
	return number, c, err
}

func (d *Desk) make(ctx context.Context, tx *database.Tx, p *Plan) (c Count, err error) {
	if err := errors.Join(p.check(), d.mayList(p.Kind)); err != nil {
		return c, err
	}
	p.times(d.Now())
	number, err := d.insert(ctx, tx, p)
	if err != nil {
		return c, err
	}
	if c, err = d.count(ctx, tx, p.Topic, p.Segment, p.Text); err != nil {
		return c, err
	}
	c.Number = number
	if c.Same, err = sameContent(ctx, tx, d.content(p.Text), number, d.Now().Add(-sameWithin)); err != nil {
		return c, err
	}
	if c.People == 0 {
		return c, ErrNobody
	}
	return c, nil
}

// mayList refuses people with an application of a kind that tells about them. The database lists nobody of such a kind either.
func (d *Desk) mayList(kind string) error {
	if kind == "" || d.Kind == nil {
		return nil
	}
	sensitive, known := d.Kind(kind)
	switch {
	case !known:
		return fmt.Errorf("kind %q: %w", kind, ErrKind)
	case sensitive:
		return fmt.Errorf("kind %q: %w", kind, ErrTells)
	}
	return nil
}

// insert stores a plan, its texts, and the list of its people where it needs one.
func (d *Desk) insert(ctx context.Context, tx *database.Tx, p *Plan) (number int, err error) {
	if number, err = insertBroadcast(ctx, tx, p, d.content(p.Text), d.Now()); err != nil {
		return 0, err
	}
	for language, text := range p.Text {
		if err := insertText(ctx, tx, number, language, d.Keys.Seal([]byte(text), textContext(number, language))); err != nil {
			return 0, err
		}
	}
	switch {
	case p.DueWithin > 0:
		err = listDue(ctx, tx, number, d.Now(), p.DueWithin)
	case p.Kind != "":
		err = listApplicants(ctx, tx, number, p.Kind)
	default:
		return number, nil
	}
	p.Segment.List = number
	if err == nil {
		err = keepSegment(ctx, tx, number, p.Segment)
	}
	return number, err
}

// textContext is what a text of a broadcast is sealed for.
func textContext(number int, language menus.Language) []byte {
	return fmt.Appendf(nil, "broadcast text %d/%s", number, language)
}

// Text opens what a broadcast says.
func (d *Desk) Text(ctx context.Context, number int) (menus.Wording, error) {
	sealed, err := readTexts(ctx, d.DB, number)
	if err != nil {
		return nil, err
	}
	text := menus.Wording{}
	for language, value := range sealed {
		plain, err := d.Keys.Open(value, textContext(number, language))
		if err != nil {
			return nil, fmt.Errorf("read broadcast %d: %w", number, err)
		}
		text[language] = string(plain)
	}
	return text, nil
}

// Read reads a broadcast.
func (d *Desk) Read(ctx context.Context, number int) (Broadcast, error) {
	return readBroadcast(ctx, d.DB, number)
}

// List lists the latest broadcasts, the newest first.
func (d *Desk) List(ctx context.Context, most int) ([]Broadcast, error) {
	return listBroadcasts(ctx, d.DB, most)
}
