package menus

import (
	"slices"
	"strings"
)

// Contacts shows entries of the directory: a short list at once, or one entry after a choice of country, city or region.
type Contacts struct {
	Common
	Of      string   // "posts", "hotlines" or "stations"
	By      []string // "country", "city" or "region", in the order of the choices
	Country string   // only entries of this country
	In      string   // hotlines that can be called from this country
	Only    []string // these entries, in this order
	None    string   // the node that stands in where there is none to choose; "" is none
}

func (n *Contacts) body(t *turn) Body {
	if text, ok := n.found(t); ok {
		return t.offerText(Body{Text: text})
	}
	_, names := n.choices(t)
	return Body{Text: n.heading(t), Items: names}
}

func (n *Contacts) answer(t *turn, input string) {
	if text, ok := n.found(t); ok {
		if input == "1" && t.mayText() {
			t.textMe(text)
			return
		}
		t.wrong(t.words.Wrong)
		return
	}
	ids, _ := n.choices(t)
	if i, ok := choose(input, len(ids)); ok {
		t.pick(ids[i])
		return
	}
	t.wrong(t.words.Wrong)
}

// found is what there is to read when nothing is left to choose: the short list, the picked entry, or the only one.
func (n *Contacts) found(t *turn) (text string, ok bool) {
	switch {
	case len(n.Only) > 0 || n.In != "":
		return n.list(t), true
	case t.isEntry(t.state.Here.Pick):
		return t.contact(t.state.Here.Pick), true
	}
	if ids, _ := n.choices(t); len(ids) == 1 && t.isEntry(ids[0]) {
		return t.contact(ids[0]), true
	}
	return "", false
}

func (n *Contacts) heading(t *turn) string {
	if !n.Title.Given() || t.state.Here.Pick != "" {
		return ""
	}
	return t.say(n.Title)
}

// list prints the entries that may be shown, one a line; with none of them the Consular Department stands in.
func (n *Contacts) list(t *turn) string {
	var lines []string
	for _, e := range n.entries(t) {
		if e.Shown() {
			lines = append(lines, t.in(e.Name)+": "+strings.Join(e.Phones, ", ")+t.dated(" ", e))
		}
	}
	if len(lines) == 0 {
		return t.standIn()
	}
	if n.Title.Given() {
		lines = append([]string{t.say(n.Title)}, lines...)
	}
	return strings.Join(lines, "\n")
}

func (n *Contacts) entries(t *turn) []Entry {
	var out []Entry
	for _, id := range n.Only {
		if e, ok := t.facts.Directory.Entry(id); ok {
			out = append(out, e)
		}
	}
	if n.In == "" || t.facts.Directory == nil {
		return out
	}
	for _, e := range t.facts.Directory.Entries {
		if e.Kind+"s" == n.Of && (e.Country == n.In || e.Country == "") {
			out = append(out, e)
		}
	}
	return out
}

// choices are what can be picked now, by id and by name.
func (n *Contacts) choices(t *turn) (ids, names []string) {
	d := t.facts.Directory
	country := n.Country
	if country == "" {
		country = t.state.Here.Pick
	}
	switch {
	case d == nil:
		return nil, nil
	case slices.Contains(n.By, "region"):
		return n.regions(t)
	case country == "":
		return n.countries(t)
	}
	return n.cities(t, country)
}

func (n *Contacts) regions(t *turn) (ids, names []string) {
	for _, r := range t.facts.Directory.Regions {
		ids = append(ids, r.Post)
		names = append(names, t.in(r.Name))
	}
	return ids, names
}

func (n *Contacts) countries(t *turn) (ids, names []string) {
	for _, c := range t.facts.Directory.Countries {
		if n.anyIn(t, c.ID) {
			ids = append(ids, c.ID)
			names = append(names, t.in(c.Name))
		}
	}
	return ids, names
}

// cities are the entries of a country by their city, or by their name where two share one.
func (n *Contacts) cities(t *turn, country string) (ids, names []string) {
	for i := range t.facts.Directory.Entries {
		e := &t.facts.Directory.Entries[i]
		if !n.lists(e, country) {
			continue
		}
		name := t.in(e.City)
		if name == "" || slices.Contains(names, name) {
			name = t.in(e.Name)
		}
		if slices.Contains(names, name) && e.Address != "" {
			name += ", " + e.Address
		}
		ids = append(ids, e.ID)
		names = append(names, name)
	}
	return ids, names
}

// lists reports whether an entry is one of those of a country that can be picked here.
func (n *Contacts) lists(e *Entry, country string) bool {
	return e.Country == country && strings.TrimSuffix(n.Of, "s") == e.Kind
}

func (n *Contacts) anyIn(t *turn, country string) bool {
	for i := range t.facts.Directory.Entries {
		if n.lists(&t.facts.Directory.Entries[i], country) {
			return true
		}
	}
	return false
}

// none reports whether another node stands in for this one: there is nothing to choose.
func (n *Contacts) none(t *turn) bool {
	if n.None == "" || t.isEntry(t.state.Here.Pick) {
		return false
	}
	ids, _ := n.choices(t)
	return len(ids) == 0
}

func (t *turn) isEntry(id string) bool {
	_, ok := t.facts.Directory.Entry(id)
	return ok
}

func (n *Contacts) links() []Link {
	if n.None == "" {
		return nil
	}
	return []Link{{To: n.None, at: n.at}}
}

func (n *Contacts) inspect(r *report) {
	if n.Of != "posts" && n.Of != "hotlines" && n.Of != "stations" {
		r.add(n.at, "%s: a directory is of posts, of hotlines or of stations, not %q", n.Name, n.Of)
	}
	for _, by := range n.By {
		if by != "country" && by != "city" && by != "region" {
			r.add(n.at, "%s: a directory is chosen by country, city or region, not by %q", n.Name, by)
		}
	}
	for _, id := range n.Only {
		r.tree.contacts = append(r.tree.contacts, contactRef{id, n.at})
	}
	if len(n.By) == 0 && len(n.Only) == 0 && n.In == "" {
		r.add(n.at, "%s: a directory needs by, in or only", n.Name)
	}
}
