package operators

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"sapar/operators/accounts"
)

// does sends a form of a case as it is now, and gives the page that follows.
func (w *world) does(o accounts.Operator, number, action string, form url.Values) string {
	w.t.Helper()
	var version int
	state, err := readCaseOf(w.t.Context(), w.DB, o.Office, number)
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = fmt.Sscan(state["version"], &version)
	if form.Get("version") == "" {
		form.Set("version", fmt.Sprint(version))
	}
	cookie := w.session(o, map[string]any{"purpose " + number: "test"})
	got := w.ask("POST", "/console/cases/"+number+"/"+action, form, cookie)
	if got.StatusCode != 303 {
		w.t.Fatalf("%s: %d", action, got.StatusCode)
	}
	return textOf(w.t, w.ask("GET", got.Header.Get("Location"), nil, cookie))
}

func says(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(page, text) {
			at := strings.Index(page, "<main")
			t.Errorf("the page does not say %q:\n%s", text, page[max(at, 0):])
		}
	}
}

func TestACaseIsWorkedOn(t *testing.T) {
	w := newWorld(t)
	o := w.operator("aigul", ours, accounts.CaseWorker)
	w.operator("bakyt", ours, accounts.CaseWorker)
	number, second := w.filed(ours, "Gulnara"), w.filed(ours, "Gulnara")

	says(t, w.does(o, number, "move", url.Values{"to": {"review"}, "why": {"because"}}), "The status is changed.", "An SMS is queued:", "because", "In review")
	says(t, w.does(o, number, "move", url.Values{"to": {"closed"}}), "cannot go there")
	says(t, w.does(o, number, "move", url.Values{"to": {"appointment"}}), "needs a day")
	says(t, w.does(o, number, "move", url.Values{"to": {"appointment"}, "date": {"2026-12-01"}}), "01.12.2026")
	says(t, w.does(o, number, "note", url.Values{"text": {"the neighbour knows"}}), "The note is kept.", "the neighbour knows")
	says(t, w.does(o, number, "note", url.Values{"text": {strings.Repeat("long ", 500)}}), "too long", "long long")
	says(t, w.does(o, number, "ask", url.Values{"question": {"Качан чалсак болот?"}}), "The question is kept.", "no answer yet")
	says(t, w.does(o, number, "ask", url.Values{"question": {"Балаңыз кайда?"}}), "must not say what the case is about")
	says(t, w.does(o, number, "assign", url.Values{"who": {"bakyt"}}), "Assigned.", "bakyt")
	says(t, w.does(o, number, "assign", url.Values{"who": {"stranger"}}), "Nobody of that name")
	says(t, w.does(o, number, "merge", url.Values{"into": {number}, "why": {"same"}}), "Only two different open cases")
	says(t, w.does(o, number, "move", url.Values{"to": {"review"}, "version": {"1"}}), "Somebody else changed the case")
	says(t, w.does(o, second, "merge", url.Values{"into": {number}, "why": {"same"}}), "The cases are one now.", "Goes on as")
	says(t, w.does(o, second, "reopen", url.Values{"why": {"not the same"}}), "The case is open again.")
	says(t, w.does(o, second, "hand-over", url.Values{"office": {"batken"}, "why": {"moved house"}}), "The case is handed over.")
	if got := w.ask("GET", "/console/cases/"+second, nil, w.session(o, map[string]any{"purpose " + second: "x"})); got.StatusCode != 404 {
		t.Errorf("a case that was handed over: %d", got.StatusCode)
	}
	if len(w.sent) < 5 {
		t.Errorf("%d texts", len(w.sent))
	}
}

// Every change is in the audit with what was and what is, and none that did not happen.
func TestEveryChangeOfACaseIsInTheAudit(t *testing.T) {
	w := newWorld(t)
	o := w.operator("aigul", ours, accounts.CaseWorker)
	number := w.filed(ours, "Canary-name")
	w.does(o, number, "move", url.Values{"to": {"review"}, "why": {"Canary-why"}})
	w.does(o, number, "move", url.Values{"to": {"review"}, "version": {"1"}}) // refused
	w.does(o, number, "note", url.Values{"text": {"Canary-note"}})
	w.does(o, number, "hand-over", url.Values{"office": {"batken"}, "why": {"Canary-reason"}})
	entries, err := w.Accounts.Audit(t.Context(), accounts.Search{About: number, Limit: 10})
	if err != nil || len(entries) != 3 {
		t.Fatalf("%d entries: %v", len(entries), err)
	}
	moved, handed := entries[2], entries[0]
	if moved.Who != "aigul" || moved.Before["status"] != "received" || moved.After["status"] != "review" || moved.Address == "" {
		t.Errorf("moved: %+v", moved)
	}
	if handed.Before["office"] != ours || handed.After["office"] != "batken" {
		t.Errorf("handed over: %+v", handed)
	}
	if strings.Contains(fmt.Sprint(entries), "Canary") {
		t.Error("the audit holds what somebody wrote")
	}
}

func TestACaseIsReadForAPurposeAndItsPhonesOnce(t *testing.T) {
	w := newWorld(t)
	o := w.operator("boss", ours, accounts.Supervisor)
	number := w.filed(ours, "Gulnara")
	cookie, at := w.session(o, nil), "/console/cases/"+number
	if page := textOf(t, w.ask("GET", at, nil, cookie)); strings.Contains(page, "Gulnara") || !strings.Contains(page, "What do you open it for?") {
		t.Error("a case is shown without a purpose")
	}
	w.ask("POST", at+"/open", url.Values{"purpose": {"other"}}, cookie)
	says(t, textOf(t, w.ask("GET", at, nil, cookie)), "Say what for.")
	w.ask("POST", at+"/open", url.Values{"purpose": {"new"}}, cookie)
	page := textOf(t, w.ask("GET", at, nil, cookie))
	says(t, page, "Gulnara", "…56", "Show in full", "Received")
	if strings.Contains(page, "+996") {
		t.Error("a phone is shown")
	}
	w.ask("POST", at+"/unmask", url.Values{}, cookie)
	says(t, textOf(t, w.ask("GET", at, nil, cookie)), "&#43;996700123456")
	if strings.Contains(textOf(t, w.ask("GET", at, nil, cookie)), "996700123456") {
		t.Error("the phone is shown a second time")
	}
	if looks, full := w.count("SELECT count(*) FROM application_reads"), w.count("SELECT count(*) FROM application_reads WHERE unmasked"); looks != 3 || full != 1 {
		t.Errorf("%d looks are kept, %d of them with phones", looks, full)
	}
}

func TestTheQueueShowsWhatIsUrgentInWords(t *testing.T) {
	w := newWorld(t)
	o := w.operator("aigul", ours, accounts.CaseWorker)
	number := w.filed(ours, "Gulnara")
	w.filed(theirs, "Stranger")
	page := textOf(t, w.ask("GET", "/console/cases", nil, w.session(o, nil)))
	says(t, page, number[:3]+"-"+number[3:6]+"-"+number[6:], "3 d left", "Child guardian", "Received", "nobody")
	if strings.Count(page, "d left") != 1 || strings.Contains(page, "Gulnara") {
		t.Error("the queue shows another office's case, or a name")
	}
	w.Now = func() time.Time { return noon.AddDate(0, 0, 5) }
	says(t, textOf(t, w.ask("GET", "/console/cases?due=late", nil, w.session(o, nil))), "2 d overdue", "due late")
	says(t, textOf(t, w.ask("GET", "/console/cases?mine=1", nil, w.session(o, nil))), "No case fits this filter.")
	if got := w.ask("GET", "/console/cases?number=123-456-7890", nil, w.session(o, nil)); got.Header.Get("Location") != "/console/cases/1234567890" {
		t.Errorf("a number leads to %q", got.Header.Get("Location"))
	}
}

func TestALongQueueIsTurnedPageByPage(t *testing.T) {
	w := newWorld(t)
	o := w.operator("aigul", ours, accounts.CaseWorker)
	for range linesShown + 3 {
		w.filed(ours, "x")
	}
	for _, order := range []string{"", "newest"} {
		seen, path := map[string]bool{}, "/console/cases?order="+order
		for range 2 {
			page := textOf(t, w.ask("GET", path, nil, w.session(o, nil)))
			for _, part := range strings.Split(page, `<th scope="row"><a href="/console/cases/`)[1:] {
				seen[part[:10]] = true
			}
			_, after, _ := strings.Cut(page, `<p class="pager"><a href="`)
			next, _, _ := strings.Cut(after, `"`)
			path = strings.ReplaceAll(next, "&amp;", "&")
		}
		if len(seen) != linesShown+3 {
			t.Errorf("%q: two pages show %d cases", order, len(seen))
		}
	}
}

func TestAnExportIsTextAndLeavesATrace(t *testing.T) {
	w := newWorld(t)
	o, plain := w.operator("boss", ours, accounts.Supervisor), "=HYPERLINK(\"http://evil.example\")"
	number := w.filed(ours, plain)
	form := url.Values{"words": {"report"}, "as": {"csv"}}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(textOf(t, w.ask("POST", "/console/cases/export", form, w.session(o, nil))), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != number {
		t.Fatalf("%v: %v", rows, err)
	}
	if rows[1][6] != "…56" || strings.Contains(fmt.Sprint(rows), "996777") {
		t.Errorf("phones are not masked: %v", rows[1])
	}
	form.Set("as", "xlsx")
	form.Set("unmask", "1")
	got := w.ask("POST", "/console/cases/export", form, w.session(o, nil))
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	phone, err := book.GetCellValue("Sheet1", "G2")
	kind, _ := book.GetCellType("Sheet1", "H2")
	if err != nil || phone != "+996700123456" || kind != excelize.CellTypeSharedString && kind != excelize.CellTypeInlineString {
		t.Errorf("the phone is %q, the type of a cell %v: %v", phone, kind, err)
	}
	entries, err := w.Accounts.Audit(t.Context(), accounts.Search{Who: "boss", Limit: 5})
	if err != nil || len(entries) != 2 || entries[0].After["phones"] != "true" || entries[1].After["cases"] != "1" {
		t.Errorf("the audit: %+v, %v", entries, err)
	}
	if got := w.ask("POST", "/console/cases/export", url.Values{"as": {"csv"}}, w.session(o, nil)); got.StatusCode != 303 {
		t.Errorf("an export for nothing: %d", got.StatusCode)
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, cell := range []string{"=1+1", "+996700123456", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x", "|calc", "%x", "\u00a0=1"} {
		if got := asText(cell); got != "'"+cell {
			t.Errorf("%q becomes %q", cell, got)
		}
	}
	for _, cell := range []string{"", "x=1", "Гүлнара", "12.12.2026", "…56"} {
		if got := asText(cell); got != cell {
			t.Errorf("%q becomes %q", cell, got)
		}
	}
}
