package sms

import (
	"encoding/hex"
	"time"

	"sapar/menus"
)

// Segment says which people a mailing is for; what is left out does not matter. The zero value is everybody.
type Segment struct {
	Country  string         `json:"country,omitempty"` // of stay, ISO 3166-1
	Oblast   string         `json:"oblast,omitempty"`  // at home
	Language menus.Language `json:"language,omitempty"`
	In       []string       `json:"in,omitempty"`     // Place of cities they stay in
	NotIn    []string       `json:"not_in,omitempty"` // Place of cities they do not stay in
	List     int            `json:"list,omitempty"`   // the broadcast whose list they are on (table broadcast_lists); 0 is none
}

// Place names a city to a Segment: a country and people.CityHash.
func Place(country string, cityHash []byte) string {
	return country + "/" + hex.EncodeToString(cityHash)
}

// Hour says when a mailing may leave to people in a country, or in a zone of it.
type Hour struct {
	Country, Zone string    // as they stand in the profile
	After, Until  time.Time // whoever has no decent hour between them is skipped
	Night         int       // minute of the day (UTC) at which their night of eleven hours begins, when nothing is sent; -1 is sent at any hour
}

// hours are the columns of the hours of a mailing. The first hour is for whoever is nowhere else.
type hourColumns struct {
	places       []string
	after, until []*string
	nights       []*int16
}

// hours are those of a mailing, or the one that holds everywhere.
func (m *Mailing) hours() (c hourColumns) {
	hours := m.Hours
	if len(hours) == 0 {
		hours = []Hour{{After: m.SendAfter, Until: m.SendUntil, Night: -1}}
	}
	for _, h := range hours {
		after, until := (&Draft{SendAfter: h.After, SendUntil: h.Until}).window()
		c.places, c.after, c.until = append(c.places, h.Country+"/"+h.Zone), append(c.after, after), append(c.until, until)
		var night *int16
		if h.Night >= 0 {
			minute := int16(h.Night)
			night = &minute
		}
		c.nights = append(c.nights, night)
	}
	return c
}
