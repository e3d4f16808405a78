package rules

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"sapar/menus"
)

//go:embed *.yaml
var files embed.FS

// Rules are all that are known, in the order of the files.
type Rules []*Rule

// BuiltIn are the rules of the program. They are part of it, so they are read once, and an error is one of the program.
var BuiltIn = sync.OnceValues(func() (Rules, error) {
	var list []menus.File
	for _, name := range []string{"russia.yaml", "others.yaml"} {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read rules of deadlines: %w", err)
		}
		list = append(list, menus.File{Name: name, Text: text})
	}
	rules, problems := Read(list)
	if len(problems) > 0 {
		return nil, fmt.Errorf("read rules of deadlines: %w", errors.New(problems[0].String()))
	}
	return rules, nil
})

// Find is the rule of an id, or nil.
func (all Rules) Find(id string) *Rule {
	if i := slices.IndexFunc(all, func(r *Rule) bool { return r.ID == id }); i >= 0 {
		return all[i]
	}
	return nil
}

// Read makes rules of files, each a list. They are only as good as the problems are none.
func Read(list []menus.File) (Rules, []menus.Problem) {
	var all Rules
	var problems []menus.Problem
	for _, f := range list {
		s := &source{name: f.Name}
		for i, rule := range s.decode(f.Text) {
			s.at = fmt.Sprintf("$[%d]", i)
			if rule.Remind == nil {
				rule.Remind = usualRemind
			}
			if all.Find(rule.ID) != nil {
				s.add(".id", "the rule %s stands twice", rule.ID)
			}
			s.check(rule)
			all = append(all, rule)
		}
		problems = append(problems, s.problems...)
	}
	return all, problems
}

// source is one file as it is read.
type source struct {
	name     string
	tree     *ast.File
	at       string // the path of the rule that is checked
	problems []menus.Problem
}

// decode reads a file strictly: a key that is not known is a problem at its place.
func (s *source) decode(text []byte) (rules []*Rule) {
	tree, err := parser.ParseBytes(text, 0)
	if err == nil {
		s.tree = tree
		err = yaml.UnmarshalWithOptions(text, &rules, yaml.Strict())
	}
	if err == nil {
		return rules
	}
	at, said := menus.Problem{File: s.name, Line: 1, Col: 1, Text: err.Error()}, yaml.Error(nil)
	if errors.As(err, &said) {
		at.Text = said.GetMessage()
		if token := said.GetToken(); token != nil && token.Position != nil {
			at.Line, at.Col = token.Position.Line, token.Position.Column
		}
	}
	s.problems = append(s.problems, at)
	return nil
}

// add notes a problem at a key of the rule, or at the rule itself where it has no such key.
func (s *source) add(key, format string, args ...any) {
	p := menus.Problem{File: s.name, Line: 1, Col: 1, Text: fmt.Sprintf(format, args...)}
	for _, at := range []string{s.at + key, s.at} {
		where, err := yaml.PathString(at)
		if err != nil {
			continue
		}
		if node, err := where.FilterFile(s.tree); err == nil {
			if token := node.GetToken(); token != nil && token.Position != nil {
				p.Line, p.Col = token.Position.Line, token.Position.Column
				break
			}
		}
	}
	s.problems = append(s.problems, p)
}

var (
	idShape   = regexp.MustCompile(`^[a-z][a-z0-9-]{2,40}$`)
	dateShape = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2})?)?$`)
	countries = regexp.MustCompile(`^([A-Z]{2})?$`)
)

// check says what is wrong with a rule that could be read.
func (s *source) check(r *Rule) {
	for _, c := range []struct {
		wrong     bool
		key, said string
	}{
		{!idShape.MatchString(r.ID), ".id", "an id is small letters, digits and hyphens"},
		{!countries.MatchString(r.Country), ".country", "a country is two capital letters, as RU"},
		{!slices.Contains(Events, r.Event), ".event", "the event is not known; it is one of " + strings.Join(Events, ", ")},
		{!slices.Contains([]string{"high", "medium", "low"}, r.Confidence), ".confidence", "confidence is high, medium or low"},
		{r.Status != "" && r.Status != "unconfirmed", ".status", "status is unconfirmed, or left out"},
		{r.Source == "" || r.Action == "" || r.Audience == "", "", "a rule has a source, an action and an audience"},
		{r.SourceDate != "" && !dateShape.MatchString(r.SourceDate), ".source_date", "a date is YYYY, YYYY-MM or YYYY-MM-DD"},
		{r.Reserve < 0 || r.Reserve > 3, ".reserve", "a reserve is up to 3 days"},
		{r.Late < 0 || r.Late > 90, ".late", "late is up to 90 days"},
		{r.Offset < -366 || r.Offset > 366 || r.Months < 0 || r.Months > 120, ".offset", "an offset is up to 366 days, or 120 months"},
	} {
		if c.wrong {
			s.add(c.key, "%s", c.said)
		}
	}
	s.checkEvent(r)
	s.checkRemind(r)
	s.wording(".name", r.Name)
	s.wording(".text", r.Text)
}

// checkEvent asks for what the kind of event needs, and for nothing else.
func (s *source) checkEvent(r *Rule) {
	_, err := time.Parse(time.DateOnly, "2024-"+r.On)
	if (r.Event == FixedDate) != (err == nil) {
		s.add(".on", "on is the month and day of a fixed date, as 11-15, and of nothing else")
	}
	if (r.Event == DaysInCountry) != (r.Count != nil) {
		s.add(".count", "count belongs to %s, and to nothing else", DaysInCountry)
	}
	if r.Count == nil {
		return
	}
	if days, err := strconv.Atoi(r.Count.Per); r.Count.Per != perYear && (err != nil || days < r.Count.Limit || days > 366) {
		s.add(".count.per", "per is year, or a number of days up to 366")
	}
	if r.Count.Limit < 1 || r.Country == "" {
		s.add(".count", "a count has a limit, and a country")
	}
}

func (s *source) checkRemind(r *Rule) {
	for i, days := range r.Remind {
		if days < 0 || days > 366 || i > 0 && days >= r.Remind[i-1] {
			s.add(".remind", "reminders are in days before, the most first, each once")
			return
		}
	}
	if len(r.Remind) == 0 {
		s.add(".remind", "a rule has a reminder")
	}
}

// wording asks for all four languages.
func (s *source) wording(key string, w menus.Wording) {
	for _, lang := range menus.Languages {
		if strings.TrimSpace(w[lang]) == "" {
			s.add(key, "the wording in %s is missing", lang)
		}
	}
	if len(w) > len(menus.Languages) {
		s.add(key, "the wording is in ky, ru, uz and en")
	}
}
