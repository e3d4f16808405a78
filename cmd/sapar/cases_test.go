package main

import (
	"fmt"
	"slices"
	"strings"
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

func TestAFormOfAnUnknownKindIsAProblemWithItsPlace(t *testing.T) {
	tree := `tree: x
start: a
nodes:
  a:
    title: {ky: x, ru: x, uz: x, en: x}
    form:
      file: guardianshop
      questions:
        - {name: who, type: text, max: 40, label: {ky: x, ru: x, uz: x, en: x}, title: {ky: x, ru: x, uz: x, en: x}}
      done: {ky: "{number}", ru: "{number}", uz: "{number}", en: "{number}"}
`
	for text, want := range map[string]string{tree: `x.yaml:4:3: a: there is no kind of application "guardianshop"`, strings.Replace(tree, "shop", "ship", 1): ""} {
		problems, err := checkTrees([]menus.File{{Name: "x.yaml", Text: []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range problems {
			got = append(got, fmt.Sprint(p))
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%q, not %q", got, want)
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
