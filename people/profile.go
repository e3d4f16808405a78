package people

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Fields are what Keep can remember of a person.
var Fields = []string{"country", "city", "oblast", "raion", "zone"}

// ErrField tells that a profile has no such field, or that the field has no such value.
var ErrField = errors.New("not a field of a profile")

const longestValue = 64 // characters; the longest place in the directory has 30

func keepable(field, value string) bool {
	if !slices.Contains(Fields, field) || !utf8.ValidString(value) || utf8.RuneCountInString(value) > longestValue || strings.ContainsRune(value, 0) {
		return false
	}
	if field != "zone" || value == "" {
		return true
	}
	_, err := time.LoadLocation(value)
	return err == nil && value != "Local"
}
