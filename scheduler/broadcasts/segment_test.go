package broadcasts_test

import (
	"errors"
	"testing"

	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts"
	"sapar/sms"
)

func TestASegmentIsACityAnOblastALanguageADeadlineOrAnApplication(t *testing.T) {
	w := newWorld(t)
	w.people(9, "RU", "", menus.Kyrgyz)
	kazan := people.CityHash(w.keys, "Казань")
	w.exec("UPDATE people SET city_hash = $1 WHERE id IN (SELECT id FROM people ORDER BY id LIMIT 4)", kazan)
	w.exec("UPDATE people SET oblast = 'osh', language = 'en' WHERE id IN (SELECT id FROM people ORDER BY id LIMIT 3)")
	w.exec(`INSERT INTO deadlines (id, person_id, wish_hash, rule_hash, wish, due, state, made_at, changed_at)
		SELECT gen_random_uuid(), id, uuid_send(id), uuid_send(id), '', $1::date + 5, 'waiting', now(), now() FROM people ORDER BY id LIMIT 2`, w.now)
	w.exec(`INSERT INTO applications (id, number, kind, person_id, office, status, tree, revision, language, answers, filed_at, sensitive)
		SELECT gen_random_uuid(), lpad((1000000000 + n)::text, 10, '0'), CASE WHEN n < 3 THEN 'passport' ELSE 'abuse' END, id, 'national', 'received', 'main', 1, 'ky', '', now(), n >= 3
		FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people) p WHERE n < 6`)
	for name, c := range map[string]struct {
		change func(*broadcasts.Plan)
		want   int
	}{
		"in Kazan":                    {func(p *broadcasts.Plan) { p.Segment.In = []string{sms.Place("RU", kazan)} }, 4},
		"in another Kazan":            {func(p *broadcasts.Plan) { p.Segment.In = []string{sms.Place("TR", kazan)} }, 0},
		"not in Kazan":                {func(p *broadcasts.Plan) { p.Segment.NotIn = []string{sms.Place("RU", kazan)} }, 5},
		"from Osh":                    {func(p *broadcasts.Plan) { p.Segment.Oblast = "osh" }, 3},
		"English":                     {func(p *broadcasts.Plan) { p.Segment.Language = menus.English }, 3},
		"due in a week":               {func(p *broadcasts.Plan) { p.DueWithin = 7 }, 2},
		"due in three days":           {func(p *broadcasts.Plan) { p.DueWithin = 3 }, 0},
		"filed":                       {func(p *broadcasts.Plan) { p.Kind = "passport" }, 2},
		"filed something that is not": {func(p *broadcasts.Plan) { p.Kind = "abuse" }, 0},
	} {
		p := plan()
		c.change(&p)
		got, err := w.desk.Preview(t.Context(), p)
		if got.People != c.want || c.want > 0 && err != nil || c.want == 0 && !errors.Is(err, broadcasts.ErrNobody) {
			t.Errorf("%s: %d people, %v", name, got.People, err)
			continue
		}
		if c.want == 0 {
			continue
		}
		number := w.start(p)
		w.must(w.desk.Queue(t.Context(), number))
		w.adds(number, c.want)
	}
}

func TestAKindThatTellsAboutPeopleIsRefused(t *testing.T) {
	w := newWorld(t)
	w.people(3, "RU", "", menus.Russian)
	w.desk.Kind = func(name string) (sensitive, known bool) {
		return name == "abuse", name == "abuse" || name == "passport"
	}
	for kind, want := range map[string]error{"abuse": broadcasts.ErrTells, "pasport": broadcasts.ErrKind, "passport": broadcasts.ErrNobody} {
		p := plan()
		p.Kind = kind
		if _, err := w.desk.Preview(t.Context(), p); !errors.Is(err, want) {
			t.Errorf("%s: %v", kind, err)
		}
		if _, _, err := w.desk.Create(t.Context(), p); !errors.Is(err, want) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// What the serving role may learn past the offices' walls by list_applicants: who filed something that is not sensitive, for a draft, once.
func TestApplicantsAreListedForADraftOnceAndNeverOfASensitiveKind(t *testing.T) {
	w := newWorld(t)
	w.people(4, "RU", "", menus.Russian)
	w.exec(`INSERT INTO applications (id, number, kind, person_id, office, status, tree, revision, language, answers, filed_at, sensitive)
		SELECT gen_random_uuid(), lpad((1000000000 + n)::text, 10, '0'), CASE WHEN n < 3 THEN 'passport' ELSE 'abuse' END, id, 'national', 'received', 'main', 1, 'ky', '', now(), n = 4
		FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people) p`)
	draft, sending := w.create(plan()), w.start(plan())
	for _, c := range []struct {
		number int
		kind   string
		want   int
	}{{draft, "abuse", 0}, {sending, "passport", 0}, {sending + 9, "passport", 0}, {draft, "passport", 2}, {draft, "passport", 0}} {
		var n int
		if w.must(w.db.Get(&n, "SELECT list_applicants($1, $2)", c.number, c.kind)); n != c.want {
			t.Errorf("%d %s: %d are listed, not %d", c.number, c.kind, n, c.want)
		}
	}
	var counting string
	if w.must(w.db.Get(&counting, "SELECT coalesce(current_setting('sapar.counting', true), '')")); counting != "" {
		t.Errorf("counting stays %q", counting)
	}
	if n := w.visible("applications"); n != 0 {
		t.Errorf("the serving role sees %d applications", n)
	}
}

// visible is how many rows of a table the serving role sees.
func (w *world) visible(table string) (n int) {
	w.t.Helper()
	w.must(w.db.Get(&n, "SELECT count(*) FROM "+table))
	return n
}
