package applications

import (
	"regexp"
	"strings"
	"unicode"

	"sapar/menus"
)

// mask takes the phone numbers out of a case, those that people wrote into a text too.
func (d *Desk) mask(c *Case) {
	c.Phone = masked(c.Phone)
	kind := d.Kinds.Kind(c.Kind)
	for i, a := range c.Answers {
		if f, _ := kind.Field(a.Name); f.Type == menus.TypePhone {
			c.Answers[i].Value = masked(a.Value)
			continue
		}
		c.Answers[i].Value = maskedIn(a.Value)
	}
	for i := range c.Events {
		c.Events[i].Why = maskedIn(c.Events[i].Why)
	}
	for i := range c.Notes {
		c.Notes[i].Text = maskedIn(c.Notes[i].Text)
	}
	for i := range c.Questions {
		q := &c.Questions[i]
		q.Question, q.Answer = maskedIn(q.Question), maskedIn(q.Answer)
	}
}

// masked leaves the last two digits of a number, to tell two of them apart.
func masked(phone string) string {
	if len(phone) < 6 {
		return ""
	}
	return "…" + phone[len(phone)-2:]
}

// numberIn finds what may be a phone in a text: nine digits or more, as a number of Kyrgyzstan has without its zero, whatever little stands
// between them. A date before it is found first, and is none.
var numberIn = regexp.MustCompile(`\b(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d\b|\b(?:19|20)\d\d-\d\d-\d\d\b|\+?\p{Nd}(?:[\s().,/–_-]{0,3}\p{Nd}){8,}`)

// maskedIn masks the numbers that stand in a text. A reference number, which is as long as a phone, goes with them: it cannot be told from one.
func maskedIn(text string) string {
	return numberIn.ReplaceAllStringFunc(text, func(found string) string {
		digits := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return r
			}
			return -1
		}, found)
		if len([]rune(digits)) < 9 { // a date
			return found
		}
		last := []rune(digits)
		return "…" + string(last[len(last)-2:])
	})
}
