package sms

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"sapar/callbacks"
	"sapar/menus"
)

// Channel is one agreement with one carrier: where it calls, which numbers are sent to through it, under which name and how fast.
type Channel struct {
	Name     string // as in the path /sms/<name>
	Kind     string // which carrier speaks, as carriers.New knows it
	Secrets  callbacks.Secrets
	Callers  callbacks.Callers // the addresses it may be called from
	Place    string            // file:line:col in the channels file
	Timeout  time.Duration     // one attempt to send may take so long; 0 is 20 s
	Signed   bool              // the carrier signs its callbacks, so that it needs no secret in the path
	Prefixes []string          // the numbers that are sent to through it, as +996; "+" is all numbers, none is none
	Failover int               // of two channels that serve a number equally well, the lower one is tried first
	Senders  map[string]string // who a message is from, by prefix of the number; "+" is for all others
	Rate     float64           // most segments in a second; 0 is no limit
	Charset  menus.Charset     // which letters arrive
	Public   string            // the address of this program as carriers reach it, without a slash at the end; empty when there is none
	Carrier  Carrier
}

// Open reports whether anybody who knows the address may call: the channel has no secret, and nothing is signed.
// It may be served on a loopback address only.
func (c Channel) Open() bool { return len(c.Secrets) == 0 && !c.Signed }

// Sends reports whether anything is sent through the channel at all.
func (c Channel) Sends() bool { return len(c.Prefixes) > 0 }

// Sender is who a message to a number in E.164 is from: a number, a short code or a name. Empty leaves it to the carrier.
func (c Channel) Sender(to string) string {
	longest := ""
	for prefix := range c.Senders {
		if strings.HasPrefix(to, prefix) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	return c.Senders[longest]
}

// ReportAddress is where a carrier that takes an address with each message is to report what became of it. Our id stands in it, so a
// report finds its message even before the carrier's own id is stored. It is empty while the program has no public address.
func (c Channel) ReportAddress(id uuid.UUID) string {
	if c.Public == "" {
		return ""
	}
	parts := []string{c.Public, "sms", c.Name}
	if len(c.Secrets) > 0 {
		parts = append(parts, c.Secrets[0])
	}
	return strings.Join(append(parts, "status", id.String()), "/")
}

// serves is how many letters of a number the channel's best prefix for it has; 0 is a number it does not serve.
func (c Channel) serves(to string) int {
	best := 0
	for _, prefix := range c.Prefixes {
		if strings.HasPrefix(to, prefix) {
			best = max(best, len(prefix))
		}
	}
	return best
}

// Route lists the channels a message to a number in E.164 may be sent through, the first choice first: the preferred one by name when it
// serves the number, then by the longest prefix, by failover, and as they stand in the file. The others are for when the first is away.
func Route(channels []Channel, to, preferred string) []Channel {
	var able []Channel
	for _, c := range channels {
		if c.serves(to) > 0 {
			able = append(able, c)
		}
	}
	slices.SortStableFunc(able, func(a, b Channel) int {
		if preferred != "" && a.Name != b.Name && (a.Name == preferred || b.Name == preferred) {
			return map[bool]int{true: -1, false: 1}[a.Name == preferred]
		}
		return cmp.Or(cmp.Compare(b.serves(to), a.serves(to)), cmp.Compare(a.Failover, b.Failover))
	})
	return able
}

// Wide reports whether a text has letters outside GSM 03.38, so that it is sent as UCS-2.
func Wide(text string) bool { return menus.Measure(text).Wide }
