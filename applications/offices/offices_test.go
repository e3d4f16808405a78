package offices_test

import (
	"slices"
	"testing"

	"sapar/applications/offices"
	"sapar/database"
	"sapar/menus"
)

var post = offices.Office{ID: "ru-moscow-embassy", Countries: []string{"RU"}, Regions: []string{"moscow"}, Name: menus.Wording{"ru": "Москва"}}

func TestEveryPlaceHasItsOfficeWithANameInEveryLanguage(t *testing.T) {
	list := offices.BuiltIn([]offices.Office{post})
	seen := map[string]bool{}
	for _, o := range list {
		if seen[o.ID] {
			t.Errorf("%s stands there twice", o.ID)
		}
		seen[o.ID] = true
		for _, lang := range menus.Languages {
			if o.Name[lang] == "" && o.Kind != offices.Consulate {
				t.Errorf("%s has no name in %s", o.ID, lang)
			}
		}
		if o.ID != offices.Central && !seen[o.Parent] {
			t.Errorf("%s is under %q, which does not stand before it", o.ID, o.Parent)
		}
	}
	for _, oblast := range menus.Oblasts() {
		if !seen[oblast.ID] {
			t.Errorf("%s has no office", oblast.ID)
		}
	}
	t.Logf("%d offices", len(list))
}

func TestLoadingAgainChangesNothingAndLeavesWhatAnOperatorChanged(t *testing.T) {
	db := database.New(t)
	load := func(list []offices.Office) offices.Offices {
		t.Helper()
		if err := offices.Load(t.Context(), db, list); err != nil {
			t.Fatal(err)
		}
		read, err := offices.Read(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		return read
	}
	list := offices.BuiltIn([]offices.Office{post})
	first := load(list)
	if got, ok := first.Find(post.ID); !ok || got.Kind != offices.Consulate || !slices.Equal(got.Regions, post.Regions) || got.Name["ru"] != "Москва" {
		t.Errorf("%+v", got)
	}
	if len(first) != len(list) || first[0].ID != offices.Central {
		t.Errorf("%d of %d offices", len(first), len(list))
	}
	if _, err := db.Exec("UPDATE offices SET name = '{\"ru\": \"Иначе\"}', edited_at = now() WHERE id = 'batken'"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE offices SET closed_at = now() WHERE id = 'naryn'"); err != nil {
		t.Fatal(err)
	}
	list[len(list)-1].Name = menus.Wording{"ru": "Посольство"}
	again := load(list)
	edited, _ := again.Find("batken")
	built, _ := again.Find(post.ID)
	if _, open := again.Find("naryn"); open || edited.Name["ru"] != "Иначе" || built.Name["ru"] != "Посольство" {
		t.Errorf("%v, %v, %v", open, edited.Name, built.Name)
	}
	ids, err := offices.Every(t.Context(), db)
	if err != nil || len(ids) != len(list) {
		t.Errorf("%d offices, %v", len(ids), err)
	}
}

func TestABarredKindOfOfficeIsPassedOverForTheNextNearest(t *testing.T) {
	all := offices.Offices(offices.BuiltIn([]offices.Office{post}))
	all = append(all, offices.Office{ID: "margun", Kind: offices.Aiyl, Raion: "leylek-raion", Aiyl: "Маргун"})
	place := offices.Route{By: offices.ByPlace, Oblast: "oblast", Raion: "raion", Village: "village"}
	abroad := offices.Route{By: offices.ByRegion, Region: "region", Country: "country"}
	answers := map[string]string{"oblast": "batken", "raion": "leylek-raion", "village": "  маргун айылы ", "region": "moscow", "country": "ru"}
	near := map[string]string{"oblast": "batken", "raion": "leylek-raion", "village": "МАРГУН"}
	for _, c := range []struct {
		route   offices.Route
		answers map[string]string
		barred  []offices.Kind
		want    string
	}{
		{place, near, nil, "margun"},
		{place, answers, nil, "leylek-raion"}, // another name, as far as a program can tell
		{place, near, []offices.Kind{offices.Aiyl}, "leylek-raion"},
		{place, near, []offices.Kind{offices.Aiyl, offices.Raion}, "batken"},
		{place, near, []offices.Kind{offices.Aiyl, offices.Raion, offices.Oblast}, "national"},
		{place, nil, nil, "national"},
		{abroad, answers, nil, "ru-moscow-embassy"},
		{abroad, answers, []offices.Kind{offices.Consulate}, "national"},
		{abroad, map[string]string{"country": "RU"}, nil, "ru-moscow-embassy"},
		{abroad, map[string]string{"country": "fr"}, nil, "national"},
		{offices.Route{By: offices.ByNational}, answers, nil, "national"},
	} {
		if got := all.For(c.route, func(name string) string { return c.answers[name] }, c.barred); got != c.want {
			t.Errorf("%+v without %v: %s, not %s", c.answers, c.barred, got, c.want)
		}
	}
}
