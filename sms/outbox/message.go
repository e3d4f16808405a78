package outbox

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sms"
)

// message is a row of the outbox in this process's hands.
type message struct {
	ID        uuid.UUID      `db:"id"`
	Person    people.ID      `db:"person_id"`
	Phone     []byte         `db:"phone"`
	Text      []byte         `db:"text"`
	Language  menus.Language `db:"language"` // of the text
	Script    menus.Script   `db:"script"`   // what the person reads; of one in doubt, what they read when it was sent
	Class     sms.Class      `db:"class"`
	Priority  sms.Priority   `db:"priority"`
	Wanted    string         `db:"wanted"`
	Channel   string         `db:"channel"`
	Sender    string         `db:"sender"`
	Attempt   int            `db:"attempt"`
	Asks      int            `db:"asks"`
	Repeated  bool           `db:"repeated"`
	TriedAt   time.Time      `db:"tried_at"`
	Expired   bool           `db:"expired"`
	Muted     bool           `db:"muted"`
	Batch     string         `db:"batch"` // how its broadcast stands; of one that is part of none it is being sent
	Night     int            `db:"night"` // minutes that are left of its reader's night
	After     time.Time      `db:"send_after"`
	Elsewhere bool           `db:"elsewhere"` // it goes to another number than the person's main one
	outgoing  sms.Outgoing   // filled in when it is to be sent
	segments  int            // of outgoing
	latest    time.Time      // after this its POST may not begin: the lease would not outlive it
}

// standing is what holds a message back at the last moment.
type standing struct {
	ID    uuid.UUID `db:"id"`
	Muted bool      `db:"muted"` // the person said stop
	Held  bool      `db:"held"`  // its broadcast is paused or cancelled
}

// open unseals what is needed to send.
func (m *message) open(keys *database.Keys) error {
	phone, err := keys.Open(m.Phone, m.Person[:])
	if err != nil {
		return err
	}
	text, err := keys.Open(m.Text, sms.TextContext(m.Person, m.Priority))
	if err != nil {
		return err
	}
	m.outgoing = sms.Outgoing{ID: m.ID, To: string(phone), Text: string(text)}
	m.Phone, m.Text = nil, nil
	return nil
}

// spell brings the text into the letters in which it leaves by a channel, and counts it.
func (m *message) spell(c *sms.Channel) {
	letters := sms.Letters{Language: m.Language, Script: m.Script, Charset: c.Charset}
	m.outgoing.Text = letters.Spell(m.outgoing.Text)
	m.segments = sms.Segments(m.outgoing.Text)
}

// route lists the channels it may leave by. The one of an attempt before comes last: what surely was not sent there is tried elsewhere first.
func (m *message) route(channels []sms.Channel) []sms.Channel {
	route := sms.Route(channels, m.outgoing.To, m.Wanted)
	tried := func(c sms.Channel) bool { return m.Attempt > 0 && c.Name == m.Channel }
	if i := slices.IndexFunc(route, tried); i >= 0 {
		last := route[i]
		route = append(slices.Delete(route, i, i+1), last)
	}
	return route
}
