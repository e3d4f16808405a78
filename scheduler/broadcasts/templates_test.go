package broadcasts_test

import (
	"slices"
	"strings"
	"testing"

	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts"
	"sapar/sms"
)

func TestEveryTemplateIsFilledInFourLanguages(t *testing.T) {
	all, err := broadcasts.Templates()
	if err != nil || len(all) != 4 {
		t.Fatalf("%d, %v", len(all), err)
	}
	for _, template := range all {
		values := map[string]string{}
		for blank := range template.Blanks {
			values[blank] = "Екатеринбург"
		}
		text, err := template.Fill(values)
		if err != nil || !slices.Contains(people.Topics, template.Topic) || template.About == "" {
			t.Errorf("%s: %v", template.ID, err)
		}
		for _, language := range menus.Languages {
			if s := text[language]; s == "" || strings.ContainsAny(s, "{}") || sms.Segments(s) > 2 {
				t.Errorf("%s %s: %q", template.ID, language, s)
			}
		}
		for blank := range template.Blanks {
			if !strings.Contains(template.Text[menus.Kyrgyz], "{"+blank+"}") {
				t.Errorf("%s: nowhere is {%s}", template.ID, blank)
			}
		}
	}
}

func TestATemplateIsNotSentWithABlank(t *testing.T) {
	template, err := broadcasts.FindTemplate("raid")
	if err != nil {
		t.Fatal(err)
	}
	_, err = template.Fill(map[string]string{"city.ru": "Казань", "cty": "Казань", "phone": "112"})
	for _, want := range []string{"cty is no blank", "city.ky is missing", "city.uz is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	text, err := template.Fill(map[string]string{"city": "Kazan", "city.ru": "Казань", "phone": "112"})
	if err != nil || !strings.HasPrefix(text[menus.Russian], "Казань: ") || !strings.HasPrefix(text[menus.English], "Kazan: ") {
		t.Errorf("%v, %v", text, err)
	}
	if _, err := broadcasts.FindTemplate("flood"); err == nil || !strings.Contains(err.Error(), "consul-visit") {
		t.Error(err)
	}
	p := plan()
	p.Text = template.Text
	w := newWorld(t)
	if _, _, err := w.desk.Create(t.Context(), p); err == nil || !strings.Contains(err.Error(), "blank") {
		t.Error(err)
	}
}
