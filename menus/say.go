package menus

import (
	"strings"
	"time"
)

// say returns a phrase in the person's language, as the channel words it, with its {places} filled in.
func (t *turn) say(p Phrase) string { return t.fill(t.in(p.on(&t.facts.Channel))) }

// in is a name in the person's language.
func (t *turn) in(w Wording) string { return w.In(t.language(), t.tree.Base) }

func (t *turn) fill(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(t.value(name))
		text = after
	}
}

// value is what stands for {name} in a wording: a contact, the reference number, the code, or an earlier answer.
func (t *turn) value(name string) string {
	switch kind, id, of := strings.Cut(name, ":"); {
	case of && kind == "phone":
		return t.phone(id)
	case of && kind == "name":
		e, _ := t.facts.Directory.Entry(id)
		return t.in(e.Name)
	case name == "code" && t.facts.Code == "" && len(t.tree.Codes) > 0: // of who texts
		return t.tree.Codes[0]
	case name == "code":
		return t.facts.Code
	}
	if v, ok := t.vars[name]; ok {
		return v
	}
	answer, _ := t.earlier(name)
	return shownAnswer(answer)
}

// phone prints the numbers of a contact; one that is not confirmed prints the Consular Department's instead.
func (t *turn) phone(id string) string {
	e, ok := t.facts.Directory.Entry(id)
	if !ok || !e.Shown() {
		e, _ = t.facts.Directory.Entry(t.facts.Directory.fallback())
	}
	return strings.Join(e.Phones, ", ")
}

func (d *Directory) fallback() string {
	if d == nil {
		return ""
	}
	return d.Fallback
}

// standIn is shown in place of what is not confirmed: whom to ask.
func (t *turn) standIn() string {
	return t.words.Unconfirmed + "\n" + t.contact(t.facts.Directory.fallback())
}

// contact prints a contact with the date of its source beside the numbers.
func (t *turn) contact(id string) string {
	e, ok := t.facts.Directory.Entry(id)
	if !ok {
		return ""
	}
	name := t.in(e.Name)
	if !e.Shown() {
		if id == t.facts.Directory.fallback() {
			return name
		}
		return name + "\n" + t.standIn()
	}
	if e.Address != "" {
		return name + "\n" + e.Address + t.dated("\n", e)
	}
	return name + "\n" + strings.Join(e.Phones, "\n") + t.dated("\n", e)
}

// dated is the date of a contact's source behind a separator, so that everybody sees how old a number is; nothing when it is not known.
func (t *turn) dated(separator string, e Entry) string {
	if e.Date == "" {
		return ""
	}
	return separator + strings.ReplaceAll(t.words.AsOf, "{date}", dotted(e.Date))
}

// grouped writes a reference number as it is read aloud: 123-456-7890.
func grouped(number string) string {
	if len(number) != NumberDigits {
		return number
	}
	return number[:3] + "-" + number[3:6] + "-" + number[6:]
}

// dotted writes a date of a source the way it is read here: 2025-11-18 as 18.11.2025, 2025-11 as 11.2025.
func dotted(date string) string {
	parts := strings.Split(date, "-")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ".")
}

// shownAnswer writes a kept answer as a person reads it: dates with dots, the rest as it is.
func shownAnswer(value string) string {
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return day.Format("02.01.2006")
	}
	return value
}
