package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sapar/menus"
	"sapar/scheduler/deadlines/rules"
	"sapar/scheduler/hours"
	"sapar/sms"
)

func builtIn(t testing.TB) rules.Rules {
	t.Helper()
	all, err := rules.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

func TestEveryRuleFallsDueAndRemindsAsItsSourceSays(t *testing.T) {
	moscow := hours.Zone("ru", "")
	golden := []struct{ rule, event, due, reminders string }{
		{"ru-registration", "2026-12-01", "2026-12-30", "23.12 27.12 29.12"},
		{"ru-fingerprint-medical", "2026-12-01", "2026-12-30", "23.12 27.12 29.12"},
		{"ru-fingerprint-other", "2026-12-01", "2027-02-28", "21.02 25.02 27.02"},
		{"ru-medical-renew", "2027-03-10", "2027-04-08", "01.04 05.04 07.04"},
		{"ru-90-per-year", "", "", ""},
		{"ru-contract-extension", "2027-05-31", "2027-05-31", "01.05 24.05 28.05 30.05"},
		{"ru-new-contract", "2027-03-01", "2027-03-15", "03.03 08.03 12.03 14.03"},
		{"ru-ruid-before-entry", "2026-12-20", "2026-12-17", "10.12 14.12 16.12"},
		{"ru-ban-check", "2027-03-01", "2026-12-31", "31.12"},
		{"ru-sim-check", "2026-12-05", "2026-12-05", "05.12"},
		{"kg-exit-debt-check", "2026-12-20", "2026-12-06", "06.12"},
		{"consular-registration", "2026-12-01", "2026-12-15", "08.12 12.12 14.12"},
		{"return-certificate-valid", "2028-01-31", "2028-02-29", "22.02 26.02 28.02"},
		{"kz-registration", "2027-01-31", "2027-03-01", "22.02 26.02 28.02"},
		{"kz-90-180", "", "", ""},
		{"tr-90-180", "", "", ""},
		{"kr-alien-registration", "2026-12-01", "2027-02-28", "29.01 21.02 25.02 27.02"},
		{"gb-seasonal-end", "2027-10-31", "2027-10-31", "01.10 17.10 24.10 30.10"},
		{"gb-poultry-apply", "2026-11-16", "2027-11-15", "08.11 12.11 14.11"},
		{"passport-expiry", "2028-02-29", "2028-02-29", "02.09 01.12 30.01"},
		{"medicine-refill", "2027-02-01", "2027-02-01", "18.12 02.01 18.01"},
		{"guardianship-end", "2027-12-31", "2027-12-31", "01.12 17.12 24.12"},
	}
	all := builtIn(t)
	if len(all) != 22 || len(golden) != len(all) {
		t.Fatalf("%d rules, %d in the calendar", len(all), len(golden))
	}
	for _, g := range golden {
		r := all.Find(g.rule)
		if r == nil {
			t.Errorf("there is no rule %s", g.rule)
			continue
		}
		if r.Count != nil {
			continue // TestDaysOfSeveralStaysAreCounted
		}
		due := r.Due(day(g.event))
		if got := due.Format(time.DateOnly); got != g.due {
			t.Errorf("%s of %s is due on %s, not %s", g.rule, g.event, got, g.due)
		}
		var days []string
		for _, reminder := range r.Plan(due, moscow) {
			days = append(days, reminder.At.Format("02.01"))
			if at := reminder.At.Format("15:04"); at != "09:00" {
				t.Errorf("%s reminds at %s", g.rule, at)
			}
		}
		if got := strings.Join(days, " "); got != g.reminders {
			t.Errorf("%s of %s reminds on %s, not %s", g.rule, g.event, got, g.reminders)
		}
	}
}

func TestWhatNobodyHasConfirmedIsOff(t *testing.T) {
	var off []string
	for _, r := range builtIn(t) {
		if !r.Trusted() {
			off = append(off, r.ID)
		}
	}
	if got := strings.Join(off, " "); got != "ru-new-contract ru-ruid-before-entry tr-90-180" {
		t.Errorf("off are %s", got)
	}
}

func TestEachReminderIsOneTextMessage(t *testing.T) {
	for _, r := range builtIn(t) {
		for _, lang := range menus.Languages {
			text := r.Say(lang, day("2026-12-30"))
			if strings.Contains(text, "{") || !strings.HasPrefix(text, "Sapar: ") || !strings.HasSuffix(text, ": 1") {
				t.Errorf("%s in %s: %s", r.ID, lang, text)
			}
			for _, script := range lang.Scripts() {
				spelt := text
				if lang == menus.Uzbek && script == menus.Cyrillic {
					spelt = menus.UzbekCyrillic(text)
				}
				if n := sms.Segments(spelt); n != 1 {
					t.Errorf("%s in %s %s is %d messages: %s", r.ID, lang, script, n, spelt)
				}
			}
		}
	}
}

func TestThePrivateRuleNamesNothing(t *testing.T) {
	for _, r := range builtIn(t) {
		if !r.Private {
			continue
		}
		for _, lang := range menus.Languages {
			words := strings.ToLower(r.Name[lang] + " " + r.Text[lang])
			for _, word := range []string{"arv", "hiv", "вич", "лекарств", "дары", "dori", "medicine", "аптек", "врач", "болезн", "ооруу"} {
				if strings.Contains(words, word) {
					t.Errorf("%s says %q in %s", r.ID, word, lang)
				}
			}
		}
	}
}

func TestMonthsEndWithTheMonth(t *testing.T) {
	for _, c := range []struct {
		event, want string
		months      int
	}{
		{"2026-08-31", "2027-02-28", 6},
		{"2027-08-31", "2028-02-29", 6},
		{"2028-02-29", "2029-02-28", 12},
		{"2028-02-29", "2028-08-29", 6},
		{"2026-10-31", "2026-11-30", 1},
		{"2026-11-15", "2027-05-15", 6},
	} {
		if got := (&rules.Rule{Event: "entry_date", Months: c.months}).Due(day(c.event)).Format(time.DateOnly); got != c.want {
			t.Errorf("%d months after %s is %s, not %s", c.months, c.event, got, c.want)
		}
	}
}

func TestAFixedDateIsTheNextOne(t *testing.T) {
	for _, c := range []struct{ on, from, want string }{
		{"11-15", "2026-11-14", "2026-11-15"},
		{"11-15", "2026-11-15", "2026-11-15"},
		{"11-15", "2026-11-16", "2027-11-15"},
		{"02-29", "2027-01-01", "2027-02-28"},
		{"02-29", "2027-03-01", "2028-02-29"},
	} {
		if got := (&rules.Rule{Event: rules.FixedDate, On: c.on}).Due(day(c.from)).Format(time.DateOnly); got != c.want {
			t.Errorf("%s from %s is %s, not %s", c.on, c.from, got, c.want)
		}
	}
}

func TestAReminderIsByDayAndInTimeOrSkipped(t *testing.T) {
	all := builtIn(t)
	places := []rules.Place{}
	for _, country := range []string{"kg", "ru", "kz", "tr", "kr", "gb", "us", "de", "ae", "in"} {
		places = append(places, rules.Place{Zone: hours.Zone(country, ""), Country: country})
	}
	for _, city := range []string{"Калининград", "Якутск", "Анадырь"} {
		places = append(places, rules.Place{Zone: hours.Zone("ru", city), Country: "ru"})
	}
	rapid.Check(t, func(t *rapid.T) {
		rule, place := rapid.SampledFrom(all).Draw(t, "rule"), rapid.SampledFrom(places).Draw(t, "place")
		due := day("2026-01-01").AddDate(0, 0, rapid.IntRange(0, 5*365).Draw(t, "due"))
		plan := rule.Plan(due, place.Zone)
		for i, r := range plan {
			if i > 0 && !plan[i-1].Until.Before(r.At) {
				t.Fatalf("%s: two reminders are of use at once", rule.ID)
			}
			from := r.At.Add(time.Duration(rapid.IntRange(0, 14*24*60).Draw(t, "late")) * time.Minute)
			sending, ok := place.Send(from, r.Until)
			if !ok {
				if from.Add(12 * time.Hour).Before(r.Until) {
					t.Fatalf("%s: %s is skipped though it is of use until %s", rule.ID, from, r.Until)
				}
				continue
			}
			if sending.After.Before(from) || !sending.After.Before(sending.Until) || sending.Until.After(r.Until) {
				t.Fatalf("%s: from %s until %s it leaves from %s until %s", rule.ID, from, r.Until, sending.After, sending.Until)
			}
			if hours.Quiet(sending.After, place.Zone) || hours.Quiet(sending.Until.Add(-time.Second), place.Zone) || sending.Until.Sub(sending.After) > 13*time.Hour {
				t.Fatalf("%s: by night, %s until %s", rule.ID, sending.After.In(place.Zone), sending.Until.In(place.Zone))
			}
		}
	})
}

func TestAWrongRuleIsRefusedWithItsPlace(t *testing.T) {
	good := func(change string) string {
		text := `- id: a-rule
  event: entry_date
  offset: 30
  audience: all
  action: act
  source: a law
  confidence: high
  name: {ky: а, ru: а, uz: a, en: a}
  text: {ky: а, ru: а, uz: a, en: a}
`
		from, to, _ := strings.Cut(change, " => ")
		return strings.Replace(text, from, to, 1)
	}
	if _, problems := rules.Read([]menus.File{{Name: "a.yaml", Text: []byte(good(""))}}); len(problems) > 0 {
		t.Fatal(problems)
	}
	for change, want := range map[string]string{
		"offset: 30 => ofset: 30":                     `a.yaml:3:3: unknown field "ofset"`,
		"entry_date => birthday":                      "a.yaml:2:10: the event is not known",
		"confidence: high => confidence: sure":        "a.yaml:7:15: confidence is high, medium or low",
		"offset: 30 => remind: [1, 3]":                "a.yaml:3:11: reminders are in days before, the most first",
		"event: entry_date => event: fixed_date":      "a.yaml:1:5: on is the month and day",
		"event: entry_date => event: days_in_country": "a.yaml:1:5: count belongs to days_in_country",
		"uz: a, en: a}\n  text => en: a}\n  text":     "a.yaml:8:9: the wording in uz is missing",
		"source: a law => source: \"\"":               "a.yaml:1:5: a rule has a source",
		"offset: 30 => count: {limit: 90, per: 180}":  "count",
		"- id: a-rule => - id: A":                     "a.yaml:1:7: an id is small letters",
	} {
		_, problems := rules.Read([]menus.File{{Name: "a.yaml", Text: []byte(good(change))}})
		if len(problems) == 0 || !strings.Contains(fmt.Sprint(problems), want) {
			t.Errorf("%s: %v", change, problems)
		}
	}
	twice := []menus.File{{Name: "a.yaml", Text: []byte(good("") + good(""))}}
	if _, problems := rules.Read(twice); len(problems) != 1 || !strings.Contains(problems[0].Text, "twice") {
		t.Errorf("twice: %v", problems)
	}
}

func TestAConfirmationIsOfOneVersion(t *testing.T) {
	a, b := *builtIn(t)[0], *builtIn(t)[0]
	if a.Version() != b.Version() {
		t.Error("the same rule has two versions")
	}
	if b.Offset++; a.Version() == b.Version() {
		t.Error("another term has the same version")
	}
	c, d := *builtIn(t).Find("kz-90-180"), *builtIn(t).Find("kz-90-180")
	count := *d.Count
	d.Count = &count
	if c.Version() != d.Version() {
		t.Error("a version depends on where the count lies")
	}
	if count.Limit++; c.Version() == d.Version() {
		t.Error("another limit has the same version")
	}
}
