package directory

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"

	"sapar/menus"
)

func builtIn(t *testing.T) *Contents {
	t.Helper()
	contents, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

func TestEveryNameIsCompleteInFourLanguages(t *testing.T) {
	c := builtIn(t)
	for _, contact := range c.Contacts {
		complete(t, contact.ID, contact.Name)
		if contact.Kind == Post {
			complete(t, contact.ID, contact.City)
		}
	}
	for _, country := range c.Countries {
		complete(t, country.ID, country.Name)
	}
	for _, region := range c.Regions {
		complete(t, region.ID, region.Name)
	}
}

// plainLatin is what Uzbek is written in, so that its screens stay in GSM 03.38.
var plainLatin = regexp.MustCompile(`^[A-Za-z0-9 '(),.-]+$`)

func complete(t *testing.T, id string, w menus.Wording) {
	t.Helper()
	if len(w) != len(menus.Languages) {
		t.Errorf("%s has wording in %v", id, slices.Sorted(maps.Keys(w)))
	}
	for _, language := range menus.Languages {
		if strings.TrimSpace(w[language]) == "" || w[language] != strings.TrimSpace(w[language]) {
			t.Errorf("%s: wording in %s is %q", id, language, w[language])
		}
	}
	if !plainLatin.MatchString(w[menus.Uzbek]) {
		t.Errorf("%s: Uzbek wording %q is not plain Latin", id, w[menus.Uzbek])
	}
}

func TestNoNameGivesAwayANumberThatIsNotShown(t *testing.T) {
	for _, c := range builtIn(t).Contacts {
		for language, name := range c.Name {
			for _, number := range slices.Concat(c.Phones, c.Candidates) {
				if strings.Contains(name, number) {
					t.Errorf("%s: the name in %s holds one of its numbers", c.ID, language)
				}
			}
		}
	}
}

func TestIDsAreUniqueAndNothingRefersToWhatIsMissing(t *testing.T) {
	c := builtIn(t)
	contacts, countries, regions := map[string]string{"": "none"}, map[string]bool{"": true}, map[string]bool{}
	for _, country := range c.Countries {
		unique(t, country.ID, countries[country.ID])
		countries[country.ID] = true
	}
	for _, contact := range c.Contacts {
		unique(t, contact.ID, contacts[contact.ID] != "")
		contacts[contact.ID] = contact.Kind
	}
	for _, contact := range c.Contacts {
		if contacts[contact.Via] == "" || !countries[contact.Country] || contact.From != "any" && !countries[contact.From] {
			t.Errorf("%s refers to something missing: via %q, country %q, from %q", contact.ID, contact.Via, contact.Country, contact.From)
		}
	}
	for _, region := range c.Regions {
		unique(t, region.ID, regions[region.ID])
		regions[region.ID] = true
		if contacts[region.Post] != Post {
			t.Errorf("region %s names %q, which is not a post", region.ID, region.Post)
		}
	}
}

func unique(t *testing.T, id string, seen bool) {
	t.Helper()
	if id == "" || seen {
		t.Errorf("id %q is empty or used twice", id)
	}
}

func TestEveryCountryHasAContact(t *testing.T) {
	c := builtIn(t)
	for _, country := range c.Countries {
		if !slices.ContainsFunc(c.Contacts, func(contact Contact) bool { return contact.Country == country.ID }) {
			t.Errorf("nothing stands in or serves %s", country.ID)
		}
	}
}

func TestNumbersCanBeDialled(t *testing.T) {
	short := regexp.MustCompile(`^[0-9]{3,12}$`)
	for _, c := range builtIn(t).Contacts {
		for _, phone := range c.Phones {
			if short.MatchString(phone) {
				continue
			}
			number, err := phonenumbers.Parse(phone, "")
			if err != nil || !phonenumbers.IsValidNumber(number) || phonenumbers.Format(number, phonenumbers.E164) != phone {
				t.Errorf("%s: %q is no number in E.164 and no short one", c.ID, phone)
			}
		}
	}
}

func TestContactsSayHowFarTheyCanBeTrusted(t *testing.T) {
	for _, c := range builtIn(t).Contacts {
		trusted(t, c.ID, c.Source, c.SourceDate, c.Confidence, c.ReviewBy)
		if len(c.Phones) > 0 && c.Source == "" {
			t.Errorf("%s has phones without a source", c.ID)
		}
		if (c.Kind == Post) != (c.Office != "") {
			t.Errorf("%s is a %s with office %q", c.ID, c.Kind, c.Office)
		}
	}
}

func TestRegionsSayHowFarTheyCanBeTrusted(t *testing.T) {
	for _, r := range builtIn(t).Regions {
		trusted(t, r.ID, r.Source, r.SourceDate, r.Confidence, r.ReviewBy)
	}
}

// gathered is the day the data was put together: what has no date is due for review then.
const gathered = "2026-11-21"

func trusted(t *testing.T, id, source, date, confidence, reviewBy string) {
	t.Helper()
	if !slices.Contains([]string{"high", "medium", "low", "none"}, confidence) {
		t.Errorf("%s has confidence %q", id, confidence)
	}
	if source == "" && confidence != "none" {
		t.Errorf("%s is of confidence %s without a source", id, confidence)
	}
	if want := yearAfter(t, id, date); reviewBy != want {
		t.Errorf("%s is to be reviewed by %q, not a year after %q", id, reviewBy, date)
	}
}

func yearAfter(t *testing.T, id, date string) string {
	t.Helper()
	if date == "" {
		return gathered
	}
	const day = "2006-01-02"
	from, err := time.Parse(day[:min(len(date), len(day))], date)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return from.AddDate(1, 0, 0).Format(day)
}

// shown are the contacts whose phones a person may see before any operator confirmed one.
var shown = map[string][]string{
	"kg-mfa-consular":     {"+996999312002"},
	"ru-moscow-embassy":   {"+79251155047", "+79252855047"},
	"kr-seoul-embassy":    {"+821097980951", "+8223790951"},
	"ae-abudhabi-embassy": {"+971522255269"},
	"ae-dubai-cg":         {"+971522918840"},
	"sa-riyadh-embassy":   {"+966583769945"},
	"gb-london-embassy":   {"+447341185777"},
	"us-chicago-cg":       {"+13129293442"},
	"emergency-112":       {"112"},
	"kg-mlssm":            {"1966", "+996312660107"},
	"kg-child-111":        {"111"},
	"kg-exit-ban":         {"+996503394044"},
	"kg-cec":              {"1255", "119"},
	"kg-emergency":        {"112", "+996312881684"},
	"kg-minjust-trust":    {"+996312651010"},
	"kg-fire":             {"101"},
	"kg-police":           {"102"},
	"kg-ambulance":        {"103"},
	"tr-yimer":            {"157"},
}

func TestOnlyTrustedNumbersAreShown(t *testing.T) {
	seen := 0
	for _, e := range builtIn(t).Directory().Entries {
		if e.Shown() != (shown[e.ID] != nil) {
			t.Errorf("%s of confidence %s: shown is %v", e.ID, e.Confidence, e.Shown())
		}
		if e.Shown() {
			seen++
			if !slices.Equal(e.Phones, shown[e.ID]) {
				t.Errorf("%s shows %v", e.ID, e.Phones)
			}
		}
	}
	if seen != len(shown) {
		t.Errorf("%d contacts are shown, want %d", seen, len(shown))
	}
}

func TestAllThatWasGatheredIsThere(t *testing.T) {
	got := map[string]int{}
	for _, c := range builtIn(t).Contacts {
		got[c.Kind+" "+c.Confidence]++
	}
	want := map[string]int{
		"post high": 5, "post medium": 3, "post low": 32, "post none": 12,
		"hotline high": 4, "hotline medium": 7, "hotline low": 22, "hotline none": 10,
	}
	if !maps.Equal(got, want) {
		t.Errorf("contacts by confidence: %v, want %v", got, want)
	}
}

func TestTheContactThatStandsInForOthersIsShown(t *testing.T) {
	d := builtIn(t).Directory()
	if e, ok := d.Entry(d.Fallback); !ok || !e.Shown() {
		t.Errorf("%s is not there to stand in for others", d.Fallback)
	}
}
