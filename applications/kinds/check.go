package kinds

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sapar/applications/offices"
	"sapar/menus"
)

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// check says what is wrong with a kind that could be read.
func (s *source) check(all *Kinds) {
	k := &s.kind
	if s.name[strings.LastIndexByte(s.name, '/')+1:] != k.Name+".yaml" {
		s.add("$.kind", "the file of the kind %s is named %s.yaml", k.Name, k.Name)
	}
	s.wording("$.name", k.Called)
	if k.Retention == 0 {
		s.add("$.kind", "retention is missing: how long is the content of a closed case kept?")
	}
	s.checkRoute()
	s.checkFields()
	for status, state := range k.Statuses {
		s.checkState(all, status, state)
	}
	s.checkWays()
	s.checkExpiry()
}

func (s *source) checkRoute() {
	if !slices.Contains([]offices.By{offices.ByPlace, offices.ByRegion, offices.ByNational}, s.kind.Route.By) {
		s.add("$.route", "by is one of place, region and national")
	}
	for _, name := range s.kind.Route.Answers() {
		s.field("$.route", name)
	}
	if s.kind.Never == nil {
		return
	}
	s.field("$.never.answer", s.kind.Never.Answer)
	for value, barred := range s.kind.Never.Kinds {
		for _, kind := range barred {
			if !slices.Contains([]offices.Kind{offices.Raion, offices.Oblast, offices.Aiyl, offices.Consulate}, kind) {
				s.add("$.never.kinds."+value, "%s is no kind of office that can be barred", kind)
			}
		}
	}
}

// field asks for a field of a name.
func (s *source) field(at, name string) {
	if !slices.ContainsFunc(s.kind.Fields, func(f Field) bool { return f.Name == name }) {
		s.add(at, "there is no field %s", name)
	}
}

func (s *source) checkFields() {
	for i, f := range s.kind.Fields {
		at := "$.fields[" + strconv.Itoa(i) + "]"
		if !slices.Contains(menus.AnswerTypes, f.Type) {
			s.add(at, "%s: %s is no type of answer", f.Name, f.Type)
		}
		if f.Sensitive && f.Why == "" {
			s.add(at, "%s: a sensitive field says why it is asked", f.Name)
		}
		if f.Repeat != "" {
			s.field(at, f.Repeat)
		}
	}
	for _, name := range s.kind.Duplicate {
		s.field("$.duplicate", name)
	}
}

func (s *source) checkState(all *Kinds, status Status, state State) {
	at := "$.statuses." + string(status)
	s.wording(at+".text", state.Text)
	if all.statuses[status] == nil {
		s.add(at, "statuses.yaml says nothing of %s", status)
	}
	for _, to := range state.To {
		if _, ok := s.kind.Statuses[to]; !ok || to == Merged {
			s.add(at, "nothing leads to %s", to)
		}
	}
	if state.Final == (len(state.To) > 0) {
		s.add(at, "a status leads on, or it is final")
	}
	for lang, text := range state.Text {
		for _, place := range placeholder.FindAllString(text, -1) {
			if place != "{office}" && (place != "{date}" || !state.Date) {
				s.add(at+".text."+string(lang), "%s is not known here", place)
			}
		}
		if state.Date && !strings.Contains(text, "{date}") {
			s.add(at+".text."+string(lang), "{date} is missing")
		}
	}
}

// checkWays asks that every status can be reached from the first, and that what every kind needs is there.
func (s *source) checkWays() {
	for _, needed := range []Status{Received, Review, Closed, Merged} {
		if _, ok := s.kind.Statuses[needed]; !ok {
			s.add("$.statuses", "%s is missing", needed)
		}
	}
	reached := map[Status]bool{Merged: true}
	next := []Status{Received}
	for len(next) > 0 {
		status := next[0]
		next = next[1:]
		if !reached[status] {
			reached[status] = true
			next = append(next, s.kind.Statuses[status].To...)
		}
	}
	for status := range s.kind.Statuses {
		if !reached[status] {
			s.add("$.statuses."+string(status), "no way leads here from received")
		}
	}
}

func (s *source) checkExpiry() {
	e := s.kind.Expires
	if e == nil {
		return
	}
	state := s.kind.Statuses[e.Status]
	if !state.Date || !slices.Contains(state.To, Expiring) || !s.kind.Statuses[Expiring].Date || e.Before == 0 {
		s.add("$.expires", "what expires has a date and leads to expiring, which has one too, some days before")
	}
}

// wording asks for all four languages.
func (s *source) wording(at string, w menus.Wording) {
	for _, lang := range menus.Languages {
		if strings.TrimSpace(w[lang]) == "" {
			s.add(at, "the wording in %s is missing", lang)
		}
	}
	if len(w) > len(menus.Languages) {
		s.add(at, "the wording is in ky, ru, uz and en")
	}
}

// checkStatuses asks that what goes out as a text says which application it is about, and nothing of what that is about.
func (s *source) checkStatuses(statuses map[Status]menus.Wording) {
	for status, w := range statuses {
		at := "$." + string(status)
		s.wording(at, w)
		for lang, text := range w {
			if !strings.Contains(text, "{ref}") {
				s.add(at+"."+string(lang), "{ref} is missing")
			}
			for _, place := range placeholder.FindAllString(text, -1) {
				if place != "{ref}" && (place != "{question}" || status != asks) {
					s.add(at+"."+string(lang), "%s is not filled in here", place)
				}
			}
			if word, found := Topic(text); found {
				s.add(at+"."+string(lang), "%s tells what it is about", word)
			}
		}
	}
}
