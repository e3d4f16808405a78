package people

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sapar/database"
)

// Fields are what Keep can remember of a person.
var Fields = []string{"country", "city", "oblast", "raion"}

// ErrField tells that a profile has no such field, or that the field has no such value.
var ErrField = errors.New("not a field of a profile")

// Said is what a person says of where they are or come from.
type Said struct {
	Field string // one of Fields
	Value string // "" forgets it
	Zone  string // of time, there, as Europe/Moscow; of a country or city only, "" is not known
}

const longestValue = 64 // characters; the longest place in the directory has 30

func (s *Said) keepable() bool {
	if !slices.Contains(Fields, s.Field) || !utf8.ValidString(s.Value) || utf8.RuneCountInString(s.Value) > longestValue || strings.ContainsRune(s.Value, 0) {
		return false
	}
	if s.Zone == "" {
		return true
	}
	_, err := time.LoadLocation(s.Zone)
	return err == nil && s.Zone != "Local"
}

// A city is sealed for its person and as a city, so that the value of another column does not open in its place.
func cityContext(id ID) []byte { return []byte("city " + id.String()) }

func sealCity(keys *database.Keys, id ID, city string) []byte {
	if city == "" {
		return []byte{}
	}
	return keys.Seal([]byte(city), cityContext(id))
}

// OpenCity is the city in which a person stays, as they typed it; "" for nothing sealed.
func OpenCity(keys *database.Keys, id ID, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	city, err := keys.Open(sealed, cityContext(id))
	return string(city), err
}

// CityHash is what people in a city are found by (people.city_hash): keyed, and the same however the name's letters, spaces and hyphens were
// typed. It is empty for no city. Together with a country it names a place.
func CityHash(keys *database.Keys, city string) []byte {
	folded := foldCity(city)
	if folded == "" {
		return []byte{}
	}
	return keys.Hash("city", folded)
}

// foldCity makes one of the ways in which a city is typed: small letters and digits only, without the Russian sign of a city before them.
func foldCity(city string) string {
	city = strings.ToLower(strings.TrimSpace(city))
	for _, sign := range []string{"г.", "город ", "шаар "} {
		city = strings.TrimPrefix(city, sign)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'ё':
			return 'е'
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return r
		}
		return -1
	}, city)
}

// resealed is the city of one person as it is sealed for another, who turned out to be the same.
func resealed(keys *database.Keys, from, to ID, sealed []byte) ([]byte, error) {
	city, err := OpenCity(keys, from, sealed)
	if err != nil {
		return nil, err
	}
	return sealCity(keys, to, city), nil
}
