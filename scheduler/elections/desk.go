package elections

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts"
	"sapar/sms"
)

// Desk is where elections are looked after.
type Desk struct {
	DB         *database.DB
	Keys       *database.Keys
	Broadcasts *broadcasts.Desk
	Now        func() time.Time
}

// Import takes a list of stations for an election, in place of the one before. Either all of it is right and taken, or nothing is. The new list is
// not shown before it is confirmed, unless it is the same.
func (d *Desk) Import(ctx context.Context, election string, in io.Reader, by string) (n int, err error) {
	if _, err := Find(election); err != nil {
		return 0, err
	}
	stations, err := ReadStations(election, in, d.Now())
	if err != nil {
		return 0, err
	}
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		if err := dropStations(ctx, tx, election); err != nil {
			return err
		}
		return insertStations(ctx, tx, election, stations, by, d.Now())
	})
	return len(stations), err
}

// Confirmation is what is said of a part of an election as it is now.
type Confirmation struct {
	Part Part
	On   bool
	Who  string // said so last; "" is nobody
	At   time.Time
	Old  bool // it was said of something that has changed since
}

// Status is what is confirmed of an election, and its stations.
func (d *Desk) Status(ctx context.Context, e Election) (said []Confirmation, stations []Station, err error) {
	if stations, err = readStations(ctx, d.DB, e.ID); err != nil {
		return nil, nil, err
	}
	rows, err := readConfirmations(ctx, d.DB, e.ID)
	for _, part := range Parts {
		c := Confirmation{Part: part}
		if i := slices.IndexFunc(rows, func(r confirmation) bool { return r.Part == part }); i >= 0 {
			r := rows[i]
			c.Who, c.At, c.Old = r.Who, r.At, r.Version != e.version(part, stations)
			c.On = r.Confirmed && !c.Old && (part != Stations || len(stations) > 0)
		}
		said = append(said, c)
	}
	return said, stations, err
}

// Confirm says that a part of an election is right as it is now, or (on is false) takes that back.
func (d *Desk) Confirm(ctx context.Context, election string, part Part, on bool, by string) error {
	e, err := Find(election)
	if err != nil {
		return err
	}
	if by == "" || !slices.Contains(Parts, part) {
		return fmt.Errorf("somebody confirms one of %v", Parts)
	}
	stations, err := readStations(ctx, d.DB, e.ID)
	if err != nil {
		return err
	}
	if on && part == Stations && len(stations) == 0 {
		return errors.New("there are no stations: import them first")
	}
	return insertConfirmation(ctx, d.DB, e.ID, confirmation{part, e.version(part, stations), on, by, d.Now()})
}

// Entries are the confirmed stations of elections to come, for menus.
func (d *Desk) Entries(ctx context.Context) (entries []menus.Entry, err error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if !e.Open(d.Now()) {
			continue
		}
		said, stations, err := d.Status(ctx, e)
		if err != nil {
			return nil, err
		}
		if !on(said, Stations) {
			continue
		}
		for i := range stations {
			entries = append(entries, stations[i].Entry())
		}
	}
	return entries, nil
}

func on(said []Confirmation, part Part) bool {
	return part == "" || slices.ContainsFunc(said, func(c Confirmation) bool { return c.Part == part && c.On })
}

// early is how long before the moment on an own clock the first clock of the world shows it.
const early = 14 * time.Hour

// Remind is the job: it makes and starts the broadcasts of the reminders whose day has come somewhere. Any number of replicas may, at any time.
func (d *Desk) Remind(ctx context.Context) (counts map[string]int, err error) {
	counts = map[string]int{}
	all, err := All()
	if err != nil {
		return counts, err
	}
	var problems []error
	for i := range all {
		if e := &all[i]; e.Open(d.Now()) {
			problems = append(problems, d.remind(ctx, e, counts))
		}
	}
	return counts, errors.Join(problems...)
}

func (d *Desk) remind(ctx context.Context, e *Election, counts map[string]int) error {
	said, stations, err := d.Status(ctx, *e)
	if err != nil {
		return err
	}
	if !on(said, Reminders) {
		counts["unconfirmed"]++
		return nil
	}
	by := said[slices.IndexFunc(said, func(c Confirmation) bool { return c.Part == Reminders })].Who
	if !on(said, Stations) {
		stations = nil
	}
	var plans []broadcasts.Plan
	for _, r := range e.Reminders {
		plans = append(plans, d.plans(e, r, said, stations)...)
	}
	made, err := d.Broadcasts.Announce(ctx, plans, by)
	if made > 0 {
		counts["made"] += made
	}
	return err
}

// plans are the broadcasts of a reminder whose time has come: one for each city with stations, where the text names them, and one for everywhere else.
func (d *Desk) plans(e *Election, r Reminder, said []Confirmation, stations []Station) (plans []broadcasts.Plan) {
	base := e.plan(r)
	if now := d.Now(); now.Before(base.Starts) || !now.Before(base.Ends) {
		return nil
	}
	text := e.Texts[r.Text]
	elsewhere := base
	elsewhere.Text = text.Plain
	if text.Needs == Stations {
		for _, c := range d.cities(stations) {
			p, ok := c.plan(base, text.Say)
			if ok {
				plans = append(plans, p)
				elsewhere.Segment.NotIn = append(elsewhere.Segment.NotIn, c.places...)
			}
		}
	} else if on(said, text.Needs) {
		elsewhere.Text = text.Say
	}
	if len(elsewhere.Text) > 0 {
		plans = append(plans, elsewhere)
	}
	return plans
}

// plan is a reminder to everybody, without words: from its hour on each one's own clock, until the evening after, and on the last days until the
// stations close.
func (e *Election) plan(r Reminder) broadcasts.Plan {
	local, _ := time.Parse(time.DateOnly+" 15:04", r.On+" "+r.At)        // checked
	closes, _ := time.Parse(time.DateOnly+" 15:04", e.Date+" "+e.Closes) // likewise
	until := local.Add(36 * time.Hour)
	if until.After(closes) {
		until = closes
	}
	return broadcasts.Plan{
		Name: e.ID + " " + r.On, Cause: "election/" + e.ID + "/" + r.On, Topic: people.Elections, By: "sapar",
		Local: local, Until: until, Starts: local.Add(-early), Ends: until.Add(early),
	}
}

// city is where stations are.
type city struct {
	name      string
	places    []string // as a segment names them: the city in each language
	addresses []string
}

// cities are those of a list, in its order.
func (d *Desk) cities(stations []Station) (out []city) {
	for i := range stations {
		s := &stations[i]
		name := s.Country + "/" + strings.ToLower(s.City[menus.English])
		at := slices.IndexFunc(out, func(c city) bool { return c.name == name })
		if at < 0 {
			at = len(out)
			out = append(out, city{name: name})
		}
		c := &out[at]
		c.addresses = append(c.addresses, s.Address)
		for _, language := range menus.Languages {
			if place := sms.Place(s.Country, people.CityHash(d.Keys, s.City[language])); !slices.Contains(c.places, place) {
				c.places = append(c.places, place)
			}
		}
	}
	return out
}

// mostSegments is how long a text with addresses may be; where there are more stations than fit, the menus list them.
const mostSegments = 4

// plan is the reminder to a city, unless its stations are too many for a text.
func (c *city) plan(p broadcasts.Plan, say menus.Wording) (broadcasts.Plan, bool) {
	p.Text = menus.Wording{}
	for language, text := range say {
		p.Text[language] = strings.ReplaceAll(text, address, strings.Join(c.addresses, "; "))
		if sms.Segments(menus.Fold(p.Text[language])) > mostSegments {
			return p, false
		}
	}
	p.Name, p.Cause, p.Segment.In = p.Name+" "+c.name, p.Cause+"/"+c.name, c.places
	return p, true
}
