package operators

import (
	"context"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"sapar/applications"
	"sapar/applications/kinds"
	"sapar/database"
	"sapar/operators/accounts"
)

// shape counts the elements of a page with the names of their attributes. Words may differ, the shape may not.
func shape(t *testing.T, text string) map[string]int {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			out["a comment"]++
		}
		if n.Type != html.ElementNode {
			continue
		}
		names := []string{n.Data}
		for _, a := range n.Attr {
			names = append(names, a.Key)
			if strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") && a.Key != "value" {
				t.Errorf("%s %s is %q", n.Data, a.Key, a.Val)
			}
		}
		slices.Sort(names[1:])
		out[strings.Join(names, " ")]++
	}
	return out
}

// written is a case in which everything that somebody can write says the same.
func (w *world) written(o accounts.Operator, text string) string {
	w.t.Helper()
	number := w.filed(ours, text)
	worker := w.Desk.As(applications.Viewer{Who: o.Name, Office: ours})
	ref := func() applications.Ref {
		c, err := worker.Read(context.Background(), noon, number, text)
		if err != nil {
			w.t.Fatal(err)
		}
		return applications.Ref{Number: number, Version: c.Version}
	}
	if _, err := worker.Move(context.Background(), noon, ref(), applications.Step{To: kinds.Review, Why: text}); err != nil {
		w.t.Fatal(err)
	}
	if err := worker.Note(context.Background(), noon, number, text); err != nil {
		w.t.Fatal(err)
	}
	if _, err := worker.Ask(context.Background(), noon, ref(), "Качан?"); err != nil {
		w.t.Fatal(err)
	}
	err := database.InTx(context.Background(), w.DB, func(tx *database.Tx) error {
		var person uuid.UUID
		if _, err := tx.Exec("SELECT set_config('sapar.office', $1, true)", ours); err != nil {
			return err
		}
		if err := tx.Get(&person, "SELECT person_id FROM applications WHERE number = $1", number); err != nil {
			return err
		}
		_, _, err := w.Desk.Answer(context.Background(), tx, applications.Reply{Person: person, Number: number, Text: text, At: noon})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return number
}

func TestNothingThatIsWrittenBecomesPartOfAPage(t *testing.T) {
	w := newWorld(t)
	o := w.operator("worker", ours, accounts.Supervisor, accounts.Administrator)
	list, err := os.ReadFile("testdata/payloads.txt")
	if err != nil {
		t.Fatal(err)
	}
	payloads := strings.Split(strings.TrimSpace(string(list)), "\n")
	if len(payloads) < 40 {
		t.Errorf("only %d payloads", len(payloads))
	}
	harmless := w.shapes(o, w.written(o, "harmless"), "harmless")
	for _, payload := range payloads {
		got := w.shapes(o, w.written(o, payload), payload)
		for page, want := range harmless {
			if !maps.Equal(got[page], want) {
				t.Errorf("%q changes %s: %v, not %v", payload, page, got[page], want)
			}
		}
	}
}

// shapes are those of every page that shows what was written; a refused form shows what was typed again.
func (w *world) shapes(o accounts.Operator, number, text string) map[string]map[string]int {
	w.t.Helper()
	at := "/console/cases/" + number
	keep := map[string]any{"purpose " + number: text, "flash.kind": "wrong", "flash.text": text, "flash.form": "noted", "flash.typed": text}
	out := map[string]map[string]int{
		"the case":      shape(w.t, textOf(w.t, w.ask("GET", at, nil, w.session(o, keep)))),
		"the preview":   shape(w.t, textOf(w.t, w.ask("POST", at+"/preview", url.Values{"question": {either(text[:min(len(text), 100)], "x")}}, w.session(o, keep)))),
		"the part":      shape(w.t, textOf(w.t, w.ask("POST", at+"/preview", url.Values{"question": {text}}, w.session(o, keep), "HX-Request", "true"))),
		"the audit":     shape(w.t, strings.Split(textOf(w.t, w.ask("GET", "/console/audit?who="+url.QueryEscape(text), nil, w.session(o, keep))), "</form></div>")[0]),
		"the queue":     shape(w.t, strings.Split(textOf(w.t, w.ask("GET", "/console/cases?status="+url.QueryEscape(text), nil, w.session(o, keep))), "<details")[0]),
		"a number":      shape(w.t, textOf(w.t, w.ask("GET", "/console/cases/"+url.PathEscape(strings.ReplaceAll(text, "/", "")), nil, w.session(o, nil)))),
		"the name":      shape(w.t, textOf(w.t, w.ask("POST", "/console/login", url.Values{"name": {text + strconv.Itoa(len(number))}}, nil))),
		"the overview":  shape(w.t, textOf(w.t, w.ask("GET", "/console", nil, w.session(o, keep)))),
		"the operators": shape(w.t, textOf(w.t, w.ask("GET", "/console/operators", nil, w.session(o, keep)))),
		"the settings":  shape(w.t, textOf(w.t, w.ask("GET", "/console/settings", nil, w.session(o, keep)))),
	}
	w.drawn.Add(1)
	return out
}
