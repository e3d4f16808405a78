package people_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"sapar/database"
	"sapar/people"
)

func newKeys(t *testing.T) *database.Keys {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// stay is where somebody stays, as it is stored.
type stay struct {
	people.Profile
	Sealed []byte `db:"city"`
	Hash   []byte `db:"city_hash"`
}

func readStay(t *testing.T, db *database.DB, id people.ID) (s stay) {
	t.Helper()
	if err := db.Get(&s, "SELECT country, city, city_hash, oblast, raion, zone FROM people WHERE id = $1", id); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAProfileKeepsWhatAPersonSaysAndRefusesWhatCannotBe(t *testing.T) {
	db, keys := database.New(t), newKeys(t)
	id := person(t, db, "a")
	for _, said := range []people.Said{
		{Field: "country", Value: "ru", Zone: "Europe/Moscow"},
		{Field: "city", Value: "Екатеринбург", Zone: "Asia/Yekaterinburg"},
		{Field: "oblast", Value: "osh"},
		{Field: "raion", Value: "uzgen"},
		{Field: "raion"},
		{Field: "country", Value: "ru", Zone: "Europe/Moscow"},
	} {
		if err := people.Keep(t.Context(), db, keys, id, said); err != nil {
			t.Fatal(err)
		}
	}
	for _, said := range []people.Said{
		{Field: "zone", Value: "Europe/Moscow"},
		{Field: "pin", Value: "x"},
		{Value: "x"},
		{Field: "city", Value: strings.Repeat("ы", 65)},
		{Field: "country", Value: "\xff"},
		{Field: "oblast", Value: "a\x00"},
		{Field: "city", Value: "x", Zone: "Mars/Olympus"},
		{Field: "city", Value: "x", Zone: "Local"},
	} {
		if err := people.Keep(t.Context(), db, keys, id, said); !errors.Is(err, people.ErrField) {
			t.Errorf("%+v: %v", said, err)
		}
	}
	got := readStay(t, db, id)
	if got.Profile != (people.Profile{Country: "ru", Oblast: "osh", Zone: "Asia/Yekaterinburg"}) {
		t.Errorf("kept as %+v", got.Profile)
	}
	if city, err := people.OpenCity(keys, id, got.Sealed); err != nil || city != "Екатеринбург" || bytes.Contains(got.Sealed, []byte("Екатер")) {
		t.Errorf("the city is %q, %v", city, err)
	}
	if !bytes.Equal(got.Hash, people.CityHash(keys, "екатеринбург")) {
		t.Error("the city is not found by its hash")
	}
}

func TestWhoIsInAnotherCountryIsInNoneOfItsCitiesYet(t *testing.T) {
	db, keys := database.New(t), newKeys(t)
	id := person(t, db, "a")
	for _, said := range []people.Said{
		{Field: "country", Value: "ru", Zone: "Europe/Moscow"}, {Field: "city", Value: "Омск", Zone: "Asia/Omsk"}, {Field: "country", Value: "kz", Zone: "Asia/Almaty"},
	} {
		if err := people.Keep(t.Context(), db, keys, id, said); err != nil {
			t.Fatal(err)
		}
	}
	got := readStay(t, db, id)
	if got.Country != "kz" || got.Zone != "Asia/Almaty" || len(got.Sealed)+len(got.Hash) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestACityIsFoundHoweverItIsTyped(t *testing.T) {
	keys := newKeys(t)
	for _, same := range [][]string{
		{"Санкт-Петербург", "санкт петербург", " САНКТ–ПЕТЕРБУРГ ", "г. Санкт-Петербург"}, {"Орёл", "орел"}, {"New York", "new-york"}, {"", " ", "-"},
	} {
		for _, city := range same[1:] {
			if !bytes.Equal(people.CityHash(keys, same[0]), people.CityHash(keys, city)) {
				t.Errorf("%q is not %q", city, same[0])
			}
		}
	}
	if bytes.Equal(people.CityHash(keys, "Ош"), people.CityHash(keys, "Омск")) || bytes.Equal(people.CityHash(keys, "Ош"), people.CityHash(newKeys(t), "Ош")) {
		t.Error("two cities, or two keys, have one hash")
	}
}
