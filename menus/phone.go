package menus

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// NormalizePhone brings a phone number as a person types it to E.164. A number without a country code is Kyrgyz; one of eleven digits that
// begins with 8 and is not Kyrgyz is read as Russian, as people there write their trunk prefix. It is false for what is no valid number.
func NormalizePhone(typed string) (string, bool) {
	typed = strings.TrimSpace(typed)
	if len(typed) > 32 {
		return "", false
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typed)
	if len(digits) < 9 { // short codes would be read as local numbers
		return "", false
	}
	if phone, ok := parsePhone(typed, "KG"); ok {
		return phone, true
	}
	if len(digits) == 11 && digits[0] == '8' {
		return parsePhone(typed, "RU")
	}
	if !strings.HasPrefix(typed, "+") {
		return parsePhone("+"+digits, "KG")
	}
	return "", false
}

func parsePhone(typed, region string) (string, bool) {
	number, err := phonenumbers.Parse(typed, region)
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", false
	}
	return phonenumbers.Format(number, phonenumbers.E164), true
}
