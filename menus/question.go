package menus

import (
	"strconv"
	"strings"
	"time"
)

// Question is one thing a person is asked, in a form or by an ask node.
type Question struct {
	Name     string
	Type     AnswerType
	Label    Phrase // short name, for the review
	Title    Phrase // the question itself
	Min, Max int    // digits: how many; number: the range; text: the most characters
	Back     int    // year: how many years before this one
	Ahead    int    // year: how many years after this one
	From     int    // date: days from today
	Until    int    // date: days from today
	Level    string // place: "oblast"
	In       string // place: the answer whose raions are meant
	Of       string // choice: "regions" of the directory, asked when the answer In is the country they lie in
	Options  []Option
	Optional bool
	Keep     string // of an ask node: the field of the profile that is remembered
	Must     bool   // yes or no: "no" cancels the form
	Repeat   *Repeat
	key      string // of its answer in the state, or of the answer that says how often; only inside a form
	at       position
}

// Repeat asks a group of questions as often as an earlier answer says.
type Repeat struct {
	Of        string
	Questions []Question
}

// Option is one answer of a choice.
type Option struct {
	Value string
	Label Phrase
}

// AnswerType is what kind of answer a question takes.
type AnswerType string

// The types of answers.
const (
	TypeDigits AnswerType = "digits"
	TypeNumber AnswerType = "number"
	TypeYear   AnswerType = "year"
	TypeDate   AnswerType = "date"
	TypePhone  AnswerType = "phone"
	TypePlace  AnswerType = "place"
	TypeChoice AnswerType = "choice"
	TypeYesNo  AnswerType = "yesno"
	TypeText   AnswerType = "text"
	TypePIN    AnswerType = "pin"
)

// AnswerTypes lists every type of answer.
var AnswerTypes = []AnswerType{TypeDigits, TypeNumber, TypeYear, TypeDate, TypePhone, TypePlace, TypeChoice, TypeYesNo, TypeText, TypePIN}

// The stored values of a yes or no.
const (
	yes = "yes"
	no  = "no"
)

// items are the choices a question shows, or none when it is typed.
func (q *Question) items(t *turn) []string {
	switch q.Type {
	case TypeChoice:
		options := q.options(t)
		out := make([]string, len(options))
		for i := range options {
			out[i] = t.say(options[i].Label)
		}
		return out
	case TypeYesNo:
		return []string{t.words.Yes, t.words.No}
	case TypePlace:
		places := t.places(q)
		out := make([]string, len(places))
		for i := range places {
			out[i] = t.in(places[i].Name)
		}
		return out
	}
	if q.Optional {
		return []string{t.words.Unknown}
	}
	return nil
}

// accept reads an input as an answer; ok is false when it is none, and why says so in the person's words.
func (q *Question) accept(t *turn, input string) (value string, ok bool, why string) {
	if q.Optional && input == "1" && !q.chosen() {
		return "", true, ""
	}
	switch q.Type {
	case TypeDigits:
		ok = len(input) >= q.Min && len(input) <= q.Max && digitsOnly(input)
		return input, ok, t.words.BadDigits
	case TypeNumber:
		return q.number(t, input, q.Min, q.Max)
	case TypeYear:
		year := t.facts.Today.Year()
		return q.number(t, input, year-q.Back, year+q.Ahead)
	case TypeDate:
		day, ok := readDate(input, t.facts.Today, q.From, q.Until)
		return day, ok, t.words.BadDate
	case TypePhone:
		phone, ok := NormalizePhone(input)
		return phone, ok, t.words.BadPhone
	case TypeText:
		return q.text(t, input)
	}
	return q.option(t, input)
}

// chosen reports whether the answer is one of numbered items.
func (q *Question) chosen() bool {
	return q.Type == TypeChoice || q.Type == TypeYesNo || q.Type == TypePlace
}

func (q *Question) number(t *turn, input string, low, high int) (string, bool, string) {
	n, err := strconv.Atoi(input)
	if err != nil || n < low || n > high {
		return "", false, strings.NewReplacer("{min}", strconv.Itoa(low), "{max}", strconv.Itoa(high)).Replace(t.words.BadNumber)
	}
	return strconv.Itoa(n), true, ""
}

func (q *Question) text(t *turn, input string) (string, bool, string) {
	n := len([]rune(input))
	if n == 0 || n > q.Max {
		return "", false, strings.ReplaceAll(t.words.BadText, "{max}", strconv.Itoa(q.Max))
	}
	return input, true, ""
}

func (q *Question) option(t *turn, input string) (string, bool, string) {
	i, ok := choose(input, len(q.items(t)))
	if !ok {
		return "", false, t.words.Wrong
	}
	switch q.Type {
	case TypeYesNo:
		return [2]string{yes, no}[i], true, ""
	case TypePlace:
		return t.places(q)[i].ID, true, ""
	}
	return q.options(t)[i].Value, true, ""
}

// options are the answers of a choice: its own, or the regions of the country that was answered before.
func (q *Question) options(t *turn) []Option {
	if q.Of != ofRegions {
		return q.Options
	}
	var out []Option
	if country, _ := t.earlier(q.In); country == regionsOf && t.facts.Directory != nil {
		for _, r := range t.facts.Directory.Regions {
			out = append(out, Option{Value: r.ID, Label: Phrase{Wording: r.Name}})
		}
	}
	return out
}

// The directory has regions of one country, by which posts are told apart.
const (
	ofRegions = "regions"
	regionsOf = "ru"
)

// asked reports whether there is anything to answer: a place or a country may have no part to choose, and a PIN is not for a text message.
func (q *Question) asked(t *turn) bool {
	switch {
	case q.Type == TypePIN:
		return !t.facts.Channel.SMS
	case q.Type == TypePlace && q.In != "":
		return len(t.places(q)) > 0
	case q.Of == ofRegions:
		country, _ := t.earlier(q.In)
		return country == regionsOf
	}
	return true
}

// shown writes a kept answer the way the person chose it.
func (q *Question) shown(t *turn, value string) string {
	switch {
	case q.Type == TypePIN && value != "":
		return hiddenPIN
	case value == "":
		return "-"
	case q.Type == TypeYesNo && value == yes:
		return t.words.Yes
	case q.Type == TypeYesNo:
		return t.words.No
	case q.Type == TypePlace:
		return t.in(placeName(value))
	}
	for _, o := range q.options(t) {
		if o.Value == value {
			return t.say(o.Label)
		}
	}
	return shownAnswer(value)
}

// hiddenPIN stands for a PIN in the review.
const hiddenPIN = "****"

// free reports whether any text is an answer, also one that holds a star.
func (q *Question) free() bool { return q.Type == TypeText }

func digitsOnly(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// readDate reads a day as dd.mm.yyyy, ddmmyyyy or ddmm and returns it as yyyy-mm-dd. Without a year it is the day nearest to today within
// the range from..until, which counts in days from today.
func readDate(input string, today time.Time, from, until int) (string, bool) {
	digits, ok := dateDigits(input)
	if !ok {
		return "", false
	}
	first, last := day(today, from), day(today, until)
	if len(digits) == 8 {
		d, err := time.Parse("02012006", digits)
		return d.Format(time.DateOnly), err == nil && !d.Before(first) && !d.After(last)
	}
	best, found := time.Time{}, false
	for year := today.Year() - 2; year <= today.Year()+2; year++ {
		d, err := time.Parse("02012006", digits+strconv.Itoa(year))
		if err != nil || d.Before(first) || d.After(last) {
			continue
		}
		if !found || distance(d, today) < distance(best, today) {
			best, found = d, true
		}
	}
	return best.Format(time.DateOnly), found
}

// dateDigits brings a typed date to ddmmyyyy or ddmm.
func dateDigits(input string) (string, bool) {
	parts := strings.FieldsFunc(input, func(r rune) bool { return r == '.' || r == '/' || r == '-' || r == ' ' || r == ',' })
	for i, p := range parts {
		if !digitsOnly(p) {
			return "", false
		}
		if len(parts) > 1 && len(p) == 1 {
			parts[i] = "0" + p
		}
	}
	digits := strings.Join(parts, "")
	return digits, len(parts) <= 3 && (len(digits) == 4 || len(digits) == 8)
}

// day is the midnight some days from today, in UTC: dates are compared as calendar days.
func day(today time.Time, days int) time.Time {
	y, m, d := today.Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, time.UTC)
}

func distance(a, b time.Time) time.Duration { return a.Sub(day(b, 0)).Abs() }
