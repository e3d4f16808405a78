package sms

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// all is the prefix every number in E.164 begins with.
const all = "+"

var prefixShape = regexp.MustCompile(`^\+([1-9][0-9]{0,14})?$`)

// Who a message is from: a number in E.164, a short code, or a name of at most eleven letters with one that is no digit.
// Source: 3GPP TS 23.040 9.1.2.5, an alphanumeric address has at most 11 characters of 7 bits (2026-11-21).
var (
	numberShape = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$`)
	nameShape   = regexp.MustCompile(`^[A-Za-z0-9 !?&._()-]{1,11}$`)
	aLetter     = regexp.MustCompile(`[A-Za-z]`)
)

// sending reads which numbers a channel sends to, from whom, how fast and in which letters.
func (r *reading) sending(path string, f *channelFile, c *Channel) error {
	c.Prefixes = []string{all}
	if f.Prefixes != nil {
		c.Prefixes = *f.Prefixes
	}
	if i := slices.IndexFunc(c.Prefixes, func(p string) bool { return !prefixShape.MatchString(p) }); i >= 0 {
		return r.At(fmt.Sprintf("%s.prefixes.%d", path, i), "a prefix is a plus and digits, as +996; a plus alone is all numbers")
	}
	if f.Rate < 0 || f.Rate > 10000 || math.IsNaN(f.Rate) {
		return r.At(path+".rate", "a rate is a number of segments a second, at most 10000; 0 is no limit")
	}
	var err error
	if c.Charset, err = r.Charset(path, &f.Entry); err != nil {
		return err
	}
	c.Senders = f.Senders
	return r.checkSenders(path+".senders", f.Senders)
}

func (r *reading) checkSenders(path string, senders map[string]string) error {
	for prefix, sender := range senders {
		if !prefixShape.MatchString(prefix) {
			return r.At(path+"."+prefix, "senders are by prefix, a plus and digits, as +996; a plus alone is all others")
		}
		name := nameShape.MatchString(sender) && aLetter.MatchString(sender) && sender == strings.TrimSpace(sender)
		if !name && !numberShape.MatchString(sender) {
			return r.At(path+"."+prefix, "a sender is a number as +996..., a short code, or a name of at most 11 letters, digits and signs")
		}
	}
	return nil
}
