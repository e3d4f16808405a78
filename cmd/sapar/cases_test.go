package main

import (
	"slices"
	"testing"

	"sapar/applications/kinds"
	"sapar/menus"
)

// What a form asks and what its kind knows are two files: a question without a field would reach no office by its name, and a field without
// a question would route nothing.
func TestEveryFormAsksWhatItsKindKnows(t *testing.T) {
	known, err := kinds.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	trees, problems := menus.Read(menus.BuiltIn())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	filed := map[string]bool{}
	for _, tree := range trees {
		for name, node := range tree.Nodes {
			form, ok := node.(*menus.Form)
			if !ok {
				continue
			}
			filed[form.File] = true
			if !known.Known(form.File) {
				t.Errorf("%s files %s, which is no kind", name, form.File)
				continue
			}
			kind := known.Kind(form.File)
			if kind.Sensitive && !form.Sensitive {
				t.Errorf("%s files the sensitive kind %s and is not sensitive", name, form.File)
			}
			asksWhat(t, name, form, kind)
		}
	}
	for _, kind := range known.Names() {
		if !filed[kind] && kind != "other" && kind != "callback" {
			t.Errorf("no form files %s", kind)
		}
	}
}

// asksWhat compares the questions of a form with the fields of its kind. Whether to send texts, and a PIN, are asked and never among the answers.
func asksWhat(t *testing.T, name string, form *menus.Form, kind *kinds.Kind) {
	t.Helper()
	asked := map[string]menus.Question{}
	for _, q := range form.Questions {
		if q.Repeat == nil {
			asked[q.Name] = q
			continue
		}
		for _, inner := range q.Repeat.Questions {
			asked[q.Repeat.Of+".1."+inner.Name] = inner
		}
	}
	for answer, q := range asked {
		field, ok := kind.Field(answer)
		if q.Type == "pin" || answer == "notify" {
			continue
		}
		if !ok || field.Type != q.Type || field.Required && q.Optional {
			t.Errorf("%s asks %s (%s, optional %v), and %s has %+v", name, answer, q.Type, q.Optional, kind.Name, field)
		}
	}
	for _, field := range kind.Fields {
		answer := field.Name
		if field.Repeat != "" {
			answer = field.Repeat + ".1." + field.Name
		}
		if _, ok := asked[answer]; !ok && field.Required {
			t.Errorf("%s does not ask %s, which %s requires", name, answer, kind.Name)
		}
	}
	for _, answer := range kind.Route.Answers() {
		if _, ok := asked[answer]; !ok && !slices.Contains([]string{"region"}, answer) {
			t.Errorf("%s does not ask %s, which finds the office of %s", name, answer, kind.Name)
		}
	}
}
