package kinds_test

import (
	"strings"
	"testing"

	"sapar/applications/kinds"
	"sapar/menus"
)

func builtIn(t *testing.T) []menus.File {
	t.Helper()
	files, err := kinds.BuiltInFiles()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTheBuiltInKindsHaveNoProblem(t *testing.T) {
	all, problems := kinds.Read(builtIn(t))
	for _, p := range problems {
		t.Error(p)
	}
	const want = "callback child_abroad complaint detained guardianship other rights_report"
	if got := strings.Join(all.Names(), " "); got != want {
		t.Errorf("%s", got)
	}
}

// spoiled is the list of files with one of them changed.
func spoiled(t *testing.T, file, old, text string) []menus.File {
	t.Helper()
	files := builtIn(t)
	for i, f := range files {
		if f.Name != file {
			continue
		}
		changed := strings.Replace(string(f.Text), old, text, 1)
		if changed == string(f.Text) {
			t.Fatalf("%s does not hold %q", file, old)
		}
		files[i].Text = []byte(changed)
	}
	return files
}

func TestWhatIsWrongWithAKindIsSaidWithItsPlace(t *testing.T) {
	for _, c := range []struct{ file, old, text, want string }{
		{"callback.yaml", "retention: 365d", "retention: 365d\nkeeps: 3d", `callback.yaml:60:1: unknown field "keeps"`},
		{"callback.yaml", "due: 1d", "dew: 1d", `callback.yaml:13:5: unknown field "dew"`},
		{"callback.yaml", "due: 1d", "due: soon", "callback.yaml:13:10: a number of days is expected here, as 3d"},
		{"callback.yaml", "due: 1d", "due: -1d", "callback.yaml:13:10: a number of days is expected here, as 3d"},
		{"callback.yaml", "kind: callback", "kind: call", "callback.yaml:2:7: the file of the kind call is named call.yaml"},
		{"callback.yaml", "{by: national}", "{by: luck}", "callback.yaml:4:8: by is one of place, region and national"},
		{"callback.yaml", "{by: national}", "{by: region, region: where}", "callback.yaml:4:8: there is no field where"},
		{"callback.yaml", "type: choice", "type: guess", "callback.yaml:8:5: when: guess is no type of answer"},
		{"callback.yaml", ", why: to greet the person", "", "callback.yaml:6:5: name: a sensitive field says why it is asked"},
		{"callback.yaml", "duplicate: [phone]", "duplicate: [fax]", "callback.yaml:9:12: there is no field fax"},
		{"callback.yaml", "to: [closed]", "to: [merged]", "callback.yaml:28:7: nothing leads to merged"},
		{"callback.yaml", "to: [closed]", "to: [limbo]", "callback.yaml:28:7: nothing leads to limbo"},
		{"callback.yaml", "en: Call me back", "en: ''", "callback.yaml:3:7: the wording in en is missing"},
		{"callback.yaml", "retention: 365d", "", "callback.yaml:2:7: retention is missing: how long is the content of a closed case kept?"},
		{"callback.yaml", "  withdrawn:\n    to: [closed]", "  withdrawn:\n    final: true", ""},
		{"callback.yaml", "    to: [closed]\n    due: 7d", "    due: 7d", "callback.yaml:28:8: a status leads on, or it is final"},
		{"callback.yaml", "  review:\n", "  looked:\n", "callback.yaml:11:11: review is missing"},
		{"callback.yaml", "It was withdrawn.", "It was withdrawn by {phone}.", "callback.yaml:44:11: {phone} is not known here"},
		{"guardianship.yaml", "The guardian is registered until {date}", "The guardian is registered", "guardianship.yaml:61:11: {date} is missing"},
		{"guardianship.yaml", "{status: granted, before: 30d}", "{status: refused, before: 30d}", "what expires has a date"},
		{"complaint.yaml", "{answer: office, ", "{answer: whom, ", "complaint.yaml:6:17: there is no field whom"},
		{"complaint.yaml", "consulate: [consulate]", "consulate: [palace]", "palace is no kind of office that can be barred"},
		{"statuses.yaml", "{ref}: closed.", "closed.", "{ref} is missing"},
		{"statuses.yaml", "{ref}: closed.", "{ref} {name}: closed.", "{name} is not filled in here"},
		{"statuses.yaml", "{ref}: closed.", "{ref}: complaint closed.", "complaint tells what it is about"},
	} {
		_, problems := kinds.Read(spoiled(t, c.file, c.old, c.text))
		var said []string
		for _, p := range problems {
			said = append(said, p.String())
		}
		if all := strings.Join(said, "\n"); !strings.Contains(all, c.want) || (c.want == "") != (all == "") {
			t.Errorf("%s with %q:\n%s\nnot %s", c.file, c.text, all, c.want)
		}
	}
}

func TestNoNeutralTextTellsWhatItIsAbout(t *testing.T) {
	all, problems := kinds.Read(builtIn(t))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	texts := 0
	for _, name := range all.Names() {
		for status := range all.Kind(name).Statuses {
			for _, lang := range menus.Languages {
				for _, text := range []string{
					all.Neutral(status, lang, "1234567890"), menus.Transliterate(all.Neutral(status, lang, "1234567890"), lang), all.Asks(lang, "1234567890", "?"),
				} {
					texts++
					if word, found := kinds.Topic(text); found || !strings.Contains(text, "123-456-7890") || strings.Contains(text, "{") {
						t.Errorf("%s in %s: %q holds %q", status, lang, text, word)
					}
				}
			}
		}
	}
	t.Logf("%d texts", texts)
}

func TestTopicWordsAreFoundInEveryLanguageAndScript(t *testing.T) {
	for _, text := range []string{
		"Your child", "the GUARDIAN is", "police came", "a raid", "HIV test", "your complaint", "deported", "Балаңыз", "балдарга", "камкорчу", "даттануу",
		"рейд болду", "полицияга", "кармалды", "ребёнка", "ребенок", "опекун", "жалоба", "полиция", "ВИЧ", "депортация", "задержали", "bolaga",
		"vasiylik", "shikoyatingiz", "politsiya", "ushlashdi", "OIV", "kamkorchu", "rebenok", "zhaloba", "opeka", "politsiia", "болага", "васийлик",
		"(child)", "no-child", "Консулга", "зарплата", "shaylo", "zo'ravonlik", "zoʻravonlik",
	} {
		if _, found := kinds.Topic(text); !found {
			t.Errorf("nothing is found in %q", text)
		}
	}
	for _, text := range []string{
		"", "123-456-7890", "Can you come tomorrow at 10?", "Эртең саат 10до келе аласызбы?", "Вы можете прийти завтра?", "Ertaga soat 10da kela olasizmi?",
		"Документтерди алып келиңиз", "Принесите документы", "Hujjatlarni olib keling", "Кайсы айылда?",
	} {
		if word, found := kinds.Topic(text); found {
			t.Errorf("%q is found in %q", word, text)
		}
	}
}

// Full wording is read on a phone of the smallest screen: it is paged, but not over more than a few pages.
func TestFullWordingIsShort(t *testing.T) {
	all, _ := kinds.Read(builtIn(t))
	for _, name := range all.Names() {
		for status, state := range all.Kind(name).Statuses {
			for _, lang := range menus.Languages {
				if text := state.Fill(lang, "2027-01-31", ""); len([]rune(text)) > 110 || strings.Contains(text, "{") || state.Date != strings.Contains(text, "31.01.2027") {
					t.Errorf("%s %s in %s: %q", name, status, lang, text)
				}
			}
		}
	}
}
