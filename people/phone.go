// Package people knows a phone number and what we may do with it: its language, its ticks, its consents.
package people

import (
	"log/slog"
	"regexp"

	"sapar/menus"
)

// Phone is a phone number in E.164. It is made by NewPhone only, and shows itself to nobody: not in logs, not in errors.
type Phone struct{ e164 string }

// Carriers sometimes send numbers that no numbering plan knows, such as those of a test line; they are taken as they are.
var carrierNumber = regexp.MustCompile(`^\+?[0-9]{6,15}$`)

// NewPhone reads a number as a carrier writes it: E.164, with or without the plus, or a national number of Kyrgyzstan.
// It is false for what cannot be a number at all.
func NewPhone(written string) (Phone, bool) {
	if carrierNumber.MatchString(written) && written[0] == '+' {
		return Phone{written}, true // carriers write E.164: nothing to guess, and no parse on the hot path
	}
	if e164, ok := menus.NormalizePhone(written); ok {
		return Phone{e164}, true
	}
	if carrierNumber.MatchString(written) {
		return Phone{"+" + written}, true
	}
	return Phone{}, false
}

// E164 is the number itself, for sealing, hashing and sending; never for logs.
func (p Phone) E164() string { return p.e164 }

// String hides the number, so that printing one by mistake tells nothing.
func (p Phone) String() string { return "a phone" }

// LogValue hides the number from logs.
func (p Phone) LogValue() slog.Value { return slog.StringValue("a phone") }
