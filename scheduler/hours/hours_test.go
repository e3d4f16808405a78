package hours_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sapar/scheduler/hours"
)

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestTheZoneIsThatOfTheCityElseOfTheCountryElseHome(t *testing.T) {
	for _, c := range []struct{ country, city, want string }{
		{"ru", "", "Europe/Moscow"},
		{"RU", "Екатеринбург", "Asia/Yekaterinburg"},
		{"ru", "г. екатеринбург ", "Asia/Yekaterinburg"},
		{"ru", "новый уренгой", "Asia/Yekaterinburg"},
		{"ru", "Perm", "Asia/Yekaterinburg"},
		{"RU", "Ulan-Ude", "Asia/Irkutsk"},
		{"RU", "novosibirsk-oblast", "Asia/Novosibirsk"},
		{"ru", "Петропавловск-Камчатский", "Asia/Kamchatka"},
		{"ru", "a village", "Europe/Moscow"},
		{"kz", "Актау", "Asia/Almaty"},
		{"us", "chicago", "America/Chicago"},
		{"kg", "", "Asia/Bishkek"},
		{"other", "", "Asia/Bishkek"},
		{"", "Екатеринбург", "Asia/Bishkek"},
	} {
		if got := hours.Zone(c.country, c.city).String(); got != c.want {
			t.Errorf("%q %q is in %s, not %s", c.country, c.city, got, c.want)
		}
	}
}

func TestAZoneOfTheProfileComesBeforeTheCountry(t *testing.T) {
	if got := hours.Of("Asia/Seoul", "ru", "").String(); got != "Asia/Seoul" {
		t.Error(got)
	}
	for _, name := range []string{"", "Local", "No/Where"} {
		if got := hours.Of(name, "ru", "").String(); got != "Europe/Moscow" {
			t.Errorf("%q: %s", name, got)
		}
	}
}

func TestTheNextMomentIsByDayAndOnNoHoliday(t *testing.T) {
	for _, c := range []struct {
		name, at, country, want string
		urgent                  bool
	}{
		{"by day at once", "2026-12-10T12:00:00+06:00", "kg", "2026-12-10T12:00:00+06:00", false},
		{"at night in the morning", "2026-12-10T03:00:00+06:00", "kg", "2026-12-10T08:00:00+06:00", false},
		{"at nine in the evening tomorrow", "2026-12-10T21:00:00+06:00", "kg", "2026-12-11T08:00:00+06:00", false},
		{"a minute before nine still today", "2026-12-10T20:59:00+06:00", "kg", "2026-12-10T20:59:00+06:00", false},
		{"what is urgent does not wait", "2026-12-10T03:00:00+06:00", "kg", "2026-12-10T03:00:00+06:00", true},
		{"a holiday waits", "2027-03-21T12:00:00+06:00", "kg", "2027-03-22T08:00:00+06:00", false},
		{"the Russian New Year ends on the ninth", "2026-12-31T22:00:00+03:00", "ru", "2027-01-09T08:00:00+03:00", false},
		{"Korea sleeps while Bishkek is awake", "2026-12-10T18:30:00+06:00", "kr", "2026-12-11T08:00:00+09:00", false},
		{"Almaty was on +06 until 2024-03-01", "2024-02-29T07:00:00+06:00", "kz", "2024-02-29T08:00:00+06:00", false},
		{"the night Almaty moved to +05 is an hour longer", "2024-02-29T22:00:00+06:00", "kz", "2024-03-01T08:00:00+05:00", false},
		{"and from then on it is on +05", "2024-03-02T02:30:00Z", "kz", "2024-03-02T03:00:00Z", false},
		{"Berlin loses an hour", "2026-03-28T22:00:00+01:00", "de", "2026-03-29T08:00:00+02:00", false},
		{"in the hour Berlin skips", "2026-03-29T01:30:00Z", "de", "2026-03-29T06:00:00Z", false},
		{"Berlin has an hour twice", "2026-10-25T00:30:00Z", "de", "2026-10-25T07:00:00Z", false},
		{"New York loses an hour", "2026-03-08T07:00:00Z", "us", "2026-03-08T12:00:00Z", false},
		{"New York has an hour twice", "2026-11-01T05:30:00Z", "us", "2026-11-01T13:00:00Z", false},
	} {
		zone := hours.Zone(c.country, "")
		if got := hours.Next(moment(t, c.at), zone, c.country, c.urgent); !got.Equal(moment(t, c.want)) {
			t.Errorf("%s: %s, not %s", c.name, got.In(zone).Format(time.RFC3339), c.want)
		}
	}
}

func TestOnAHolidayOneMayBeAwake(t *testing.T) {
	night := moment(t, "2027-01-01T03:00:00+03:00")
	if got := hours.Awake(night, hours.Zone("ru", "")); !got.Equal(moment(t, "2027-01-01T08:00:00+03:00")) {
		t.Error(got)
	}
}

var places = []struct{ country, city string }{
	{"kg", ""},
	{"ru", ""},
	{"ru", "Калининград"},
	{"ru", "Якутск"},
	{"ru", "Анадырь"},
	{"kz", ""},
	{"tr", ""},
	{"kr", ""},
	{"gb", ""},
	{"ae", ""},
	{"us", ""},
	{"us", "Лос-Анджелес"},
	{"de", ""},
	{"in", ""},
	{"ir", ""},
	{"eg", ""},
	{"", ""},
}

func TestTheNextMomentIsAlwaysDecentAndNeverBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		place := rapid.SampledFrom(places).Draw(t, "place")
		zone := hours.Zone(place.country, place.city)
		at := time.Unix(rapid.Int64Range(1767225600, 1924991999).Draw(t, "at"), 0) // 2026 to 2030
		next := hours.Next(at, zone, place.country, false)
		if next.Before(at) || hours.Quiet(next, zone) {
			t.Fatalf("%s becomes %s", at.In(zone), next.In(zone))
		}
		if name, rest := hours.Holiday(next, zone, place.country); rest {
			t.Fatalf("%s is %s", next.In(zone), name)
		}
		if again := hours.Next(next, zone, place.country, false); !again.Equal(next) {
			t.Fatalf("%s is decent, and yet becomes %s", next, again)
		}
		if wait := next.Sub(at); wait > 10*24*time.Hour {
			t.Fatalf("%s waits for %s", at.In(zone), wait)
		}
	})
}
