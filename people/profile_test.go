package people_test

import (
	"errors"
	"strings"
	"testing"

	"sapar/database"
	"sapar/people"
)

func TestAProfileKeepsWhatAPersonSaysAndRefusesWhatCannotBe(t *testing.T) {
	db := database.New(t)
	id := person(t, db, "a")
	said := map[string]string{"country": "RU", "city": "Екатеринбург", "oblast": "osh", "raion": "uzgen", "zone": "Asia/Yekaterinburg"}
	for _, field := range people.Fields {
		if err := people.Keep(t.Context(), db, id, field, said[field]); err != nil {
			t.Fatal(err)
		}
	}
	if err := people.Keep(t.Context(), db, id, "raion", ""); err != nil {
		t.Fatal(err)
	}
	for field, value := range map[string]string{"zone": "Mars/Olympus", "pin": "x", "": "x", "city": strings.Repeat("ы", 65), "country": "\xff", "oblast": "a\x00"} {
		if err := people.Keep(t.Context(), db, id, field, value); !errors.Is(err, people.ErrField) {
			t.Errorf("%q as %q: %v", value, field, err)
		}
	}
	if err := people.Keep(t.Context(), db, id, "zone", "Local"); !errors.Is(err, people.ErrField) {
		t.Errorf("the zone of the machine: %v", err)
	}
	var got people.Profile
	if err := db.Get(&got, "SELECT country, city, oblast, raion, zone FROM people WHERE id = $1", id); err != nil {
		t.Fatal(err)
	}
	if got != (people.Profile{Country: "RU", City: "Екатеринбург", Oblast: "osh", Zone: "Asia/Yekaterinburg"}) {
		t.Errorf("kept as %+v", got)
	}
}
