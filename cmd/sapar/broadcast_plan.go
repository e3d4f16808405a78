package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts"
	"sapar/scheduler/hours"
	"sapar/sms"
)

// broadcastPlan is a broadcast as somebody types it.
type broadcastPlan struct {
	Config
	Name     string            `required:"" help:"What it is called here."`
	Who      string            `env:"USER" required:"" help:"Who makes it."`
	Topic    string            `default:"broadcasts" help:"What people may have stopped: broadcasts or elections."`
	Text     map[string]string `mapsep:"none" help:"What it says in a language, as ky='…'; once for each language, at least for ky and ru."`
	Template string            `help:"Instead of texts, one worded beforehand: consul-visit, raid, flight, war."`
	Fill     map[string]string `mapsep:"none" help:"A blank of the template, as city=Казань, or for one language city.en=Kazan."`
	Urgent   bool              `help:"At night and on a holiday too. Templates of danger are, by themselves."`
	Country  string            `help:"Only people who stay in this country, as RU."`
	City     string            `help:"Only people who stay in this city of the country, as they may have typed it."`
	Oblast   string            `help:"Only people from this oblast."`
	Lang     menus.Language    `help:"Only people who read this language."`
	Due      int               `help:"Only people with a deadline within so many days."`
	Kind     string            `help:"Only people with an open application of this kind; not a sensitive one."`
	At       string            `help:"Not before this time in Bishkek, as 2026-12-01T10:00."`
	Local    string            `help:"Not before this time on each one's own clock."`
	Until    string            `help:"No longer useful from this time in Bishkek on; usually three days after it starts."`
}

// plan reads what was typed.
func (c *broadcastPlan) plan(keys *database.Keys) (p broadcasts.Plan, err error) {
	p = broadcasts.Plan{
		Name: c.Name, By: c.Who, Topic: c.Topic, Urgent: c.Urgent, DueWithin: c.Due, Kind: c.Kind, Text: menus.Wording{},
		Segment: sms.Segment{Country: c.Country, Oblast: c.Oblast, Language: c.Lang},
	}
	if c.City != "" {
		if c.Country == "" {
			return p, fmt.Errorf("a city is one of a country: --country")
		}
		p.Segment.In = []string{sms.Place(c.Country, people.CityHash(keys, c.City))}
	}
	for language, text := range c.Text {
		p.Text[menus.Language(language)] = text
	}
	if c.Template != "" {
		template, err := broadcasts.FindTemplate(c.Template)
		if err != nil {
			return p, err
		}
		if p.Text, err = template.Fill(c.Fill); err != nil {
			return p, err
		}
		p.Topic, p.Urgent = template.Topic, p.Urgent || template.Urgent
	}
	return p, c.times(&p)
}

// minute is how a time is typed.
const minute = "2006-01-02T15:04"

func (c *broadcastPlan) times(p *broadcasts.Plan) error {
	for _, t := range []struct {
		typed string
		zone  *time.Location
		into  *time.Time
	}{{c.At, hours.Home, &p.Starts}, {c.Local, time.UTC, &p.Local}, {c.Until, hours.Home, &p.Ends}} {
		if t.typed == "" {
			continue
		}
		at, err := time.ParseInLocation(minute, t.typed, t.zone)
		if err != nil {
			return fmt.Errorf("%q is no time, as 2026-12-01T10:00", t.typed)
		}
		*t.into = at
	}
	return nil
}

// print shows whom a plan reaches, and what it costs.
func (c *broadcastPlan) print(out io.Writer, p broadcasts.Plan, count broadcasts.Count) error {
	printTexts(out, p.Text)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "READ\tARE SENT\tPEOPLE\tPARTS EACH\tPARTS")
	for _, g := range count.Groups {
		reader, text := string(g.Reader), string(g.Language)
		if reader == "" {
			reader = "not chosen"
		}
		if g.Latin {
			text += ", Latin letters"
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\n", reader, text, g.People, g.Segments, g.People*g.Segments)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d people: %d are sent it, skipped %v; %d parts of messages, %s\n", count.People, count.Reached, count.Skipped, count.Segments,
		c.price(count.Segments))
	if count.Same != 0 {
		fmt.Fprintf(out, "broadcast %d said the same within a day: to start this one, say --again\n", count.Same)
	}
	return nil
}

// price is what parts of messages cost.
func (c *broadcastPlan) price(segments int) string {
	if c.SMSPrice == 0 {
		return "the price of a part is not known: SAPAR_SMS_PRICE"
	}
	return fmt.Sprintf("for %.2f", float64(segments)*c.SMSPrice)
}

func printTexts(out io.Writer, text menus.Wording) {
	for _, language := range menus.Languages {
		if said := text[language]; said != "" {
			fmt.Fprintf(out, "%s (%d): %s\n", language, sms.Segments(menus.Fold(said)), strings.ReplaceAll(said, "\n", "⏎"))
		}
	}
}
