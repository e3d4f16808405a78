package main

import (
	"bytes"
	"testing"
	"time"

	"sapar/people"
)

func TestWhereSomebodyIsBringsTheirZoneOfTime(t *testing.T) {
	r := startServer(t, Config{}, time.Now)
	number := newNumber()
	for _, c := range []struct{ country, city, code, zone string }{
		{"Russia", "Новосибирск", "ru", "Asia/Novosibirsk"},
		{"Russia", "Nowhere at all", "ru", "Europe/Moscow"},
		{"Korea", "Seoul", "kr", "Asia/Seoul"},
		{"Another", "Dhaka", "other", ""},
		{"Kyrgyzstan", "Ош", "kg", "Asia/Bishkek"},
	} {
		x := r.dials("form", number)
		x.choose("My data", "My place", "Where I am now", c.country)
		x.press(c.city)
		var got struct {
			Country, Zone string
			Hash          []byte `db:"city_hash"`
		}
		if err := r.owner.Get(&got, "SELECT country, zone, city_hash FROM people"); err != nil {
			t.Fatal(err)
		}
		if got.Country != c.code || got.Zone != c.zone || !bytes.Equal(got.Hash, people.CityHash(r.keys, c.city)) {
			t.Errorf("in %s, %s: %q, %q", c.country, c.city, got.Country, got.Zone)
		}
	}
}
