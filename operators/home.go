package operators

import (
	"slices"
	"time"

	"sapar/applications/kinds"
	"sapar/scheduler"
)

// overview is what the first page shows.
type overview struct {
	Cases    *charts // nil for those without cases
	Texts    chart
	Calls    chart
	Jobs     []scheduler.Line
	Channels []Channel
	Empty    bool // nothing has ever happened here
}

// charts are the cases of the office.
type charts struct {
	Office   string
	ByStatus chart
	ByDue    chart
}

// chart is bars with a table behind them.
type chart struct {
	ID   string
	Bars []bar
}

// bar is one row of a chart; its length is that of the longest at most.
type bar struct {
	Label  string
	Class  string
	Count  int
	Y      int // of its upper edge
	Length int // of 200
}

const rowHeight = 26

// add puts a bar below the others.
func (c *chart) add(label, class string, count int) {
	c.Bars = append(c.Bars, bar{Label: label, Class: class, Count: count, Y: len(c.Bars) * rowHeight})
	most := 1
	for _, b := range c.Bars {
		most = max(most, b.Count)
	}
	for i := range c.Bars {
		c.Bars[i].Length = c.Bars[i].Count * 200 / most
	}
}

// Height is that of the drawing.
func (c chart) Height() int { return len(c.Bars) * rowHeight }

// Total is the sum of the bars.
func (c chart) Total() (n int) {
	for _, b := range c.Bars {
		n += b.Count
	}
	return n
}

// home shows how things go, as far as the visitor may see it.
func (c *Console) home(v *visit) error {
	var data overview
	var err error
	if v.May("cases") {
		if data.Cases, err = c.caseCharts(v); err != nil {
			return err
		}
	}
	today := startOfDay(c.Now())
	if data.Texts, err = c.textChart(v, today); err != nil {
		return err
	}
	if data.Calls, err = c.callChart(v, today); err != nil {
		return err
	}
	if data.Jobs, err = c.Jobs(v.r.Context()); err != nil {
		return err
	}
	data.Channels = c.Channels()
	if data.Empty, err = readEmpty(v.r.Context(), c.DB); err != nil {
		return err
	}
	return v.show("home", data)
}

// startOfDay is the last midnight in the office.
func startOfDay(at time.Time) time.Time {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

func (c *Console) caseCharts(v *visit) (*charts, error) {
	name, err := c.officeName(v, v.Operator.Office)
	if err != nil {
		return nil, err
	}
	today := startOfDay(c.Now())
	counts, err := readCaseCounts(v.r.Context(), c.DB, v.Operator.Office, today)
	if err != nil {
		return nil, err
	}
	out := &charts{Office: name, ByStatus: chart{ID: "status"}, ByDue: chart{ID: "due"}}
	slices.SortFunc(counts.ByStatus, func(a, b counted) int { return b.Count - a.Count })
	for _, n := range counts.ByStatus {
		out.ByStatus.add(v.StatusName(kinds.Status(n.Name)), "fine", n.Count)
	}
	for _, d := range []struct{ key, class string }{{"late", "late"}, {"today", "soon"}, {"week", "fine"}, {"later", "fine"}, {"none", "none"}} {
		out.ByDue.add(v.T("home.due."+d.key), d.class, counts.ByDue[d.key])
	}
	return out, nil
}

// textChart is the messages that were made today, by what became of them.
func (c *Console) textChart(v *visit, since time.Time) (chart, error) {
	out := chart{ID: "texts"}
	counts, err := readTexts(v.r.Context(), c.DB, since)
	for _, n := range counts {
		class := "fine"
		switch n.Name {
		case "failed", "undelivered", "unknown":
			class = "late"
		case "expired", "cancelled":
			class = "none"
		case "pending", "submitting":
			class = "soon"
		}
		out.add(v.named("sms.", n.Name), class, n.Count)
	}
	return out, err
}

func (c *Console) callChart(v *visit, since time.Time) (chart, error) {
	out := chart{ID: "calls"}
	calls, err := readCalls(v.r.Context(), c.DB, since)
	out.add(v.T("home.dials"), "fine", calls.Sessions)
	out.add(v.T("home.turns"), "fine", calls.Turns)
	out.add(v.T("home.ended"), "fine", calls.Ended)
	out.add(v.T("home.dropped"), "soon", calls.Dropped)
	return out, err
}
