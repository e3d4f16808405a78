package elections

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sapar/menus"
)

// Station is a polling station abroad.
type Station struct {
	ID      string
	Country string // ISO 3166-1
	City    menus.Wording
	Address string // as published
	Source  string
	Date    string // of the source, as 2026-12-20
}

// Columns are those of a list of stations, in any order.
var Columns = []string{"country", "city_ky", "city_ru", "city_uz", "city_en", "address", "source", "source_date"}

const (
	longestName    = 40  // characters of a city
	longestAddress = 120 // characters of an address, which is a part of a text
	mostStations   = 2000
)

// Problems are what is wrong with a list, each with its line. Of a list with one nothing is taken.
type Problems []string

// Error prints a line for each.
func (p Problems) Error() string { return strings.Join(p, "\n") }

// ReadStations reads a list of stations: comma- or semicolon-separated, UTF-8, with the names of the columns in its first line. The error is
// Problems when the list itself is wrong.
func ReadStations(election string, in io.Reader, now time.Time) ([]Station, error) {
	text, err := io.ReadAll(io.LimitReader(in, 4<<20))
	if err != nil {
		return nil, fmt.Errorf("read stations: %w", err)
	}
	if !utf8.Valid(text) {
		return nil, Problems{"line 1: the file is not UTF-8"}
	}
	l := list{election: election, now: now, seen: map[string]int{}}
	l.read(strings.TrimPrefix(string(text), "\ufeff"))
	if len(l.problems) == 0 && len(l.stations) == 0 {
		l.say(1, "no station is in it")
	}
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return l.stations, nil
}

// list is a list that is being read.
type list struct {
	election string
	now      time.Time
	columns  []string
	stations []Station
	seen     map[string]int // country and address, by line
	problems Problems
}

func (l *list) say(line int, format string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
}

func (l *list) read(text string) {
	first, _, _ := strings.Cut(text, "\n")
	rows := csv.NewReader(strings.NewReader(text))
	rows.FieldsPerRecord = -1
	if strings.Count(first, ";") > strings.Count(first, ",") {
		rows.Comma = ';'
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			l.say(bad.Line, "%v", bad.Err)
			return
		}
		line, _ := rows.FieldPos(0)
		switch {
		case l.columns == nil:
			l.head(line, row)
		case len(row) != len(l.columns):
			l.say(line, "%d columns, want %d", len(row), len(l.columns))
		case len(l.stations) == mostStations:
			l.say(line, "more than %d stations", mostStations)
			return
		default:
			l.station(line, row)
		}
		if len(l.columns) == 0 {
			return
		}
	}
}

// head reads the names of the columns.
func (l *list) head(line int, row []string) {
	for _, name := range row {
		l.columns = append(l.columns, strings.ToLower(strings.TrimSpace(name)))
	}
	for _, want := range Columns {
		if !slices.Contains(l.columns, want) {
			l.say(line, "the column %s is missing", want)
		}
	}
	for i, name := range l.columns {
		if !slices.Contains(Columns, name) || slices.Index(l.columns, name) != i {
			l.say(line, "the column %q is not known, or comes twice", name)
		}
	}
	if len(l.problems) > 0 {
		l.columns = []string{}
	}
}

func (l *list) station(line int, row []string) {
	field := func(name string) string { return strings.TrimSpace(row[slices.Index(l.columns, name)]) }
	s := Station{
		ID: fmt.Sprintf("%s/%03d", l.election, len(l.stations)+1), Country: field("country"), City: menus.Wording{}, Address: field("address"),
		Source: field("source"), Date: field("source_date"),
	}
	for _, language := range menus.Languages {
		name := "city_" + string(language)
		s.City[language] = field(name)
		l.plain(line, name, field(name), longestName)
	}
	l.plain(line, "address", s.Address, longestAddress)
	l.plain(line, "source", s.Source, 500)
	if len(s.Country) != 2 || strings.ToUpper(s.Country) != s.Country || s.Country == "KG" {
		l.say(line, "country: %q is no code of another country, as RU", s.Country)
	}
	if day, err := time.Parse(time.DateOnly, s.Date); err != nil || day.After(l.now) {
		l.say(line, "source_date: %q is no day of the past, as 2026-12-20", s.Date)
	}
	key := s.Country + "/" + strings.ToLower(s.Address)
	if before := l.seen[key]; before != 0 {
		l.say(line, "address: the same as in line %d", before)
	}
	l.seen[key] = line
	l.stations = append(l.stations, s)
}

// plain checks what is shown on a phone as it is.
func (l *list) plain(line int, name, value string, most int) {
	switch {
	case value == "":
		l.say(line, "%s: is missing", name)
	case utf8.RuneCountInString(value) > most:
		l.say(line, "%s: more than %d characters", name, most)
	case strings.ContainsFunc(value, unicode.IsControl) || strings.ContainsAny(value, "{}"):
		l.say(line, "%s: has characters that no phone shows", name)
	}
}

// Entry is a station as the menus show it.
func (s *Station) Entry() menus.Entry {
	return menus.Entry{ID: s.ID, Kind: "station", Country: s.Country, Name: s.City, City: s.City, Address: s.Address, Date: s.Date, Confirmed: true}
}
