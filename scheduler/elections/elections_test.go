package elections_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts"
	"sapar/scheduler/elections"
)

const election = "presidential-2027"

const list = "\ufeffcountry;city_ky;city_ru;city_uz;city_en;address;source;source_date\n" +
	"RU;Казан;Казань;Qozon;Kazan;ул. Баумана 1;https://shailoo.gov.kg/;2026-11-20\n" +
	"KR;Сеул;Сеул;Seul;Seoul;\"Itaewon-ro 1; Yongsan\";https://shailoo.gov.kg/;2026-11-20\n"

type world struct {
	t    *testing.T
	db   *database.DB
	keys *database.Keys
	now  time.Time
	desk *elections.Desk
}

func newWorld(t *testing.T) *world {
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: database.New(t), keys: keys, now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.now }
	w.desk = &elections.Desk{DB: w.db, Keys: keys, Now: now, Broadcasts: &broadcasts.Desk{DB: w.db, Keys: keys, Now: now, Approval: 2}}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) person(country, city, zone string) {
	w.t.Helper()
	id := uuid.New()
	hash := people.CityHash(w.keys, city)
	if city == "" {
		hash = []byte{}
	}
	_, err := w.db.Exec(`INSERT INTO people (id, phone_hash, phone, language, country, city_hash, zone, created_at, agreed_at)
		VALUES ($1, $2, $3, 'ru', $4, $5, $6, now(), now())`, id, id[:], w.keys.Seal([]byte("+996700000001"), id[:]), country, hash, zone)
	w.must(err)
}

// remind does the job, and lists the texts that are queued by then, each with how many people get it.
func (w *world) remind() (texts []string) {
	w.t.Helper()
	_, err := w.desk.Remind(w.t.Context())
	w.must(err)
	all, err := w.desk.Broadcasts.List(w.t.Context(), 100)
	w.must(err)
	for _, b := range all {
		w.must(w.desk.Broadcasts.Queue(w.t.Context(), b.Number))
		text, err := w.desk.Broadcasts.Text(w.t.Context(), b.Number)
		w.must(err)
		p, err := w.desk.Broadcasts.Progress(w.t.Context(), b.Number)
		w.must(err)
		texts = append(texts, fmt.Sprintf("%s ×%d", text[menus.Russian], p.Queued))
	}
	slices.Sort(texts)
	return texts
}

func TestTheBuiltInElectionsAreWhole(t *testing.T) {
	all, err := elections.All()
	if err != nil || len(all) != 1 || len(all[0].Reminders) != 6 {
		t.Errorf("%d, %v", len(all), err)
	}
}

func TestNothingIsSentBeforeAnOperatorSaysSo(t *testing.T) {
	w := newWorld(t)
	w.person("RU", "Казань", "Europe/Moscow")
	w.now = time.Date(2026, 11, 25, 6, 0, 0, 0, time.UTC)
	if got := w.remind(); len(got) != 0 {
		t.Errorf("%q", got)
	}
	w.must(w.desk.Confirm(t.Context(), election, elections.Reminders, true, "aida"))
	want := []string{"Выборы 24.01.2027. Проверьте себя в списке: tizme.gov.kg или 1255 ×1"}
	for range 3 { // again changes nothing
		if got := w.remind(); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	}
}

func TestRulesAreToldOnceTheyAreConfirmed(t *testing.T) {
	for _, confirmed := range []bool{false, true} {
		w := newWorld(t)
		w.person("RU", "", "")
		w.must(w.desk.Confirm(t.Context(), election, elections.Reminders, true, "aida"))
		if confirmed {
			w.must(w.desk.Confirm(t.Context(), election, elections.Rules, true, "aida"))
		}
		w.now = time.Date(2027, 1, 10, 6, 0, 0, 0, time.UTC)
		if got := w.remind(); len(got) != map[bool]int{false: 0, true: 1}[confirmed] {
			t.Errorf("confirmed %v: %q", confirmed, got)
		}
	}
}

func TestTheAddressIsToldWhereAConfirmedStationIs(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		w.person("RU", "г. Казань", "Europe/Moscow")
	}
	w.person("RU", "kazan", "Europe/Moscow")
	w.person("TR", "Казань", "Europe/Istanbul")
	w.person("RU", "Пермь", "Asia/Yekaterinburg")
	w.person("KR", "Сеул", "Asia/Seoul")
	n, err := w.desk.Import(t.Context(), election, strings.NewReader(list), "aida")
	if err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	w.must(w.desk.Confirm(t.Context(), election, elections.Reminders, true, "aida"))
	w.now = time.Date(2027, 1, 17, 0, 30, 0, 0, time.UTC)
	if got := w.remind(); len(got) != 1 || !strings.HasSuffix(got[0], "×6") || strings.Contains(got[0], "Баумана") {
		t.Errorf("before the list is confirmed: %q", got)
	}
	if entries, err := w.desk.Entries(t.Context()); err != nil || len(entries) != 0 {
		t.Errorf("shown before: %v, %v", entries, err)
	}
	w.must(w.desk.Confirm(t.Context(), election, elections.Stations, true, "bakyt"))
	w.now = time.Date(2027, 1, 22, 22, 0, 0, 0, time.UTC)
	got := w.remind()
	want := []string{
		"24.01 ваш участок: Itaewon-ro 1; Yongsan, 8:00-20:00 ×1", "24.01 ваш участок: ул. Баумана 1, 8:00-20:00 ×3",
		"Выборы 24.01.2027. Уточните ваш участок: tizme.gov.kg или 1255 ×2", "Выборы 24.01.2027. Уточните ваш участок: tizme.gov.kg или 1255 ×6",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	var wrong int
	w.must(w.db.Get(&wrong, `SELECT count(*) FROM outbox o JOIN people p ON p.id = o.person_id
		WHERE to_char(o.send_after AT TIME ZONE p.zone, 'HH24:MI') <> '10:00' OR o.topic <> 'elections'
			OR o.send_until > CASE WHEN o.batch = 1 THEN '2027-01-19'::timestamp ELSE '2027-01-24 20:00'::timestamp END AT TIME ZONE p.zone`))
	if wrong != 0 {
		t.Errorf("%d at another hour", wrong)
	}
	if entries, err := w.desk.Entries(t.Context()); err != nil || len(entries) != 2 || !entries[0].Shown() {
		t.Errorf("shown: %v, %v", entries, err)
	}
	_, err = w.desk.Import(t.Context(), election, strings.NewReader(strings.Replace(list, "Баумана 1", "Баумана 2", 1)), "aida")
	w.must(err)
	if entries, err := w.desk.Entries(t.Context()); err != nil || len(entries) != 0 {
		t.Errorf("a list that changed: %v, %v", entries, err)
	}
}

// Of ninety cities each has a text of its own; nobody is counted for that, and to a city where nobody stays nothing goes.
func TestNinetyCitiesEachGetTheirAddressOnce(t *testing.T) {
	w := newWorld(t)
	w.desk.Broadcasts.Approval = 0
	text := strings.SplitAfter(list, "\n")[0]
	for n := range 90 {
		text += fmt.Sprintf("RU;ш%d;г%d;sh%d;c%d;ул. %d;s;2026-11-20\n", n, n, n, n, n)
	}
	w.person("RU", "г7", "Europe/Moscow")
	w.person("RU", "c7", "Europe/Moscow")
	w.person("RU", "г8", "Europe/Moscow")
	w.person("KR", "", "Asia/Seoul")
	_, err := w.desk.Import(t.Context(), election, strings.NewReader(text), "aida")
	w.must(err)
	w.must(w.desk.Confirm(t.Context(), election, elections.Reminders, true, "aida"))
	w.must(w.desk.Confirm(t.Context(), election, elections.Stations, true, "bakyt"))
	w.now = time.Date(2027, 1, 17, 0, 30, 0, 0, time.UTC)
	for _, want := range []int{91, 0} { // again changes nothing
		if counts, err := w.desk.Remind(t.Context()); err != nil || counts["made"] != want {
			t.Errorf("%v, %v", counts, err)
		}
	}
	if got := w.remind(); len(got) != 91 {
		t.Errorf("%d broadcasts", len(got))
	}
	var twice, sent int
	w.must(w.db.QueryRow("SELECT count(*) - count(DISTINCT person_id), count(*) FROM outbox").Scan(&twice, &sent))
	if twice != 0 || sent != 4 {
		t.Errorf("%d texts, %d twice", sent, twice)
	}
}

func TestAListWithAnyMistakeIsNotTaken(t *testing.T) {
	w := newWorld(t)
	_, err := w.desk.Import(t.Context(), election, strings.NewReader(list), "aida")
	w.must(err)
	bad := list + "XX1;а;б;в;;ул. Баумана 1;s;2027-11-20\nRU;Казан;Казань;Qozon;Kazan;ул. Баумана 1;s;2026-11-20\nRU;Казан\n"
	_, err = w.desk.Import(t.Context(), election, strings.NewReader(bad), "aida")
	var problems elections.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	want := []string{
		`line 4: city_en: is missing`, `line 4: country: "XX1" is no code of another country, as RU`,
		`line 4: source_date: "2027-11-20" is no day of the past, as 2026-12-20`, `line 5: address: the same as in line 2`, `line 6: 2 columns, want 8`,
	}
	if !slices.Equal(problems, want) {
		t.Errorf("%q", problems)
	}
	for text, want := range map[string]string{
		"": "no station", "country,city\n": "line 1: the column city_ky is missing", "\xff": "UTF-8", list + "RU;\"x\n": "line 4", list + "RU;a\x00;б;в;г;д;s;2026-11-20\n": "no phone shows",
	} {
		if _, err := w.desk.Import(t.Context(), election, strings.NewReader(text), "aida"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, stations, err := w.desk.Status(t.Context(), must(elections.Find(election))); err != nil || len(stations) != 2 {
		t.Errorf("%d stations, %v", len(stations), err)
	}
}

func must(e elections.Election, err error) elections.Election {
	if err != nil {
		panic(err)
	}
	return e
}
