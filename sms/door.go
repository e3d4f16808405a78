package sms

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"sapar/callbacks"
	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sessions"
)

// Door takes the texts and the delivery reports of all channels.
type Door struct {
	Channels  map[string]Channel
	Sessions  *sessions.Sessions
	Guard     *Guard
	DB        *database.DB
	Keys      *database.Keys
	Directory func() *menus.Directory
	Wake      func()                                            // has the outbox look at once
	Observe   func(channel, outcome string, took time.Duration) // outcome is answered, refused, later or report
	Exchanges *callbacks.Exchanges                              // remembers the latest of each channel; nil remembers none
	keywords  sync.Map                                          // *menus.Tree → *Keywords
}

// room is what a texted screen holds: two parts of a long message (3GPP TS 23.040: 153 septets or 67 UTF-16 units each).
var room = menus.Limit{Septets: 2 * 153, Units: 2 * 67}

// Received answers a text. It is acknowledged once it is stored; before that the carrier is asked to bring it again.
func (d *Door) Received(into http.ResponseWriter, r *http.Request, channel, secret string) {
	start := time.Now()
	w, ch, ok := d.enter(into, r, channel, secret)
	defer w.End()
	if !ok {
		return
	}
	m, err := ch.Carrier.Read(r)
	if err != nil {
		d.refuse(w, ch, err, start)
		return
	}
	w.Saw(callbacks.Seen{Session: m.ID, Phone: m.From, Code: m.To, Typed: string(m.Raw)})
	phone, ok := people.NewPhone(m.From)
	if !ok {
		d.refuse(w, ch, callbacks.Bad("from", "not a phone number"), start)
		return
	}
	reply, err := d.Sessions.Text(r.Context(), d.call(ch, &m, phone))
	if err != nil {
		d.Observe(ch.Name, "later", time.Since(start))
		http.Error(w, "not stored, please send it again", http.StatusServiceUnavailable)
		return
	}
	d.Observe(ch.Name, "answered", time.Since(start))
	if !ch.Carrier.Replies() {
		reply.Text = ""
		d.Wake()
	}
	if err := ch.Carrier.Answer(w, reply.Text); err != nil {
		slog.Warn("the carrier took no answer", "channel", ch.Name, "error", err)
	}
}

// call is a text as sessions take it.
func (d *Door) call(ch Channel, m *Message, phone people.Phone) sessions.Call {
	text := menus.Clean(string(m.Raw))
	order, topic, _ := Command(text)
	texted := &sessions.Texted{
		ID: messageID(m), Raw: m.Raw, Order: sessions.Order(order), Topic: topic, Find: d.find, Urgent: d.urgent, Admit: d.Guard.Answer,
	}
	if !ch.Carrier.Replies() {
		texted.Send = func(ctx context.Context, tx *database.Tx, t sessions.Turned, reply string) error {
			return d.queue(ctx, tx, ch, t, reply)
		}
	}
	return sessions.Call{
		Channel: "sms/" + ch.Name, Phone: phone, Input: text, Text: texted,
		Screen: menus.Channel{First: room, Later: room, Charset: ch.Charset, SMS: true},
	}
}

// queue puts a reply into the outbox, to leave by the channel that the text came by.
func (d *Door) queue(ctx context.Context, tx *database.Tx, ch Channel, t sessions.Turned, reply string) error {
	return Queue(ctx, tx, d.Keys, nil, Draft{
		Key: fmt.Sprintf("reply/%s/%d", t.Session, t.Turn), Person: t.Person, Phone: t.Phone, Text: reply, Priority: Reply, Channel: ch.Name,
	})
}

// messageID is the carrier's id of a message; where it has none, the message itself stands for it.
func messageID(m *Message) string {
	if m.ID != "" {
		return m.ID
	}
	sum := sha256.Sum256(append([]byte(m.From+"\x00"+m.To+"\x00"), m.Raw...))
	return string(sum[:])
}

// find is what a text opens: where an application stands, by its number; the node of its keyword; or the contact that the words behind the
// keyword name.
func (d *Door) find(tree *menus.Tree, text string) (menus.Spot, bool) {
	if number, ok := menus.Reference(text); ok {
		if node, ok := tree.Status(); ok {
			return menus.Spot{Node: node, Pick: number}, true
		}
	}
	node, ok := d.words(tree).Find(text)
	if !ok {
		return menus.Spot{}, false
	}
	if _, rest, more := strings.Cut(text, " "); more {
		if spot, found := menus.Find(tree, node, rest, d.Directory()); found {
			return spot, true
		}
	}
	return menus.Spot{Node: node}, true
}

// words are the keywords of a tree, made ready once.
func (d *Door) words(tree *menus.Tree) *Keywords {
	words, ok := d.keywords.Load(tree)
	if !ok {
		words, _ = d.keywords.LoadOrStore(tree, NewKeywords(tree))
	}
	return words.(*Keywords)
}

// urgent is the node of an urgent keyword that is the whole text.
func (d *Door) urgent(tree *menus.Tree, text string) (menus.Spot, bool) {
	node, ok := d.words(tree).Exact(text)
	return menus.Spot{Node: node}, ok && tree.Urgent(node)
}

// Reported takes a delivery report; where the carrier has an address for each message, its path ends with our id.
func (d *Door) Reported(into http.ResponseWriter, r *http.Request, channel, secret string) {
	start := time.Now()
	w, ch, ok := d.enter(into, r, channel, secret)
	defer w.End()
	if !ok {
		return
	}
	report, err := ch.Carrier.ReadReport(r)
	if err != nil {
		d.refuse(w, ch, err, start)
		return
	}
	if _, err := Apply(r.Context(), d.DB, ch.Name, report); err != nil {
		slog.Error("delivery report", "channel", ch.Name, "error", err)
		d.Observe(ch.Name, "later", time.Since(start))
		http.Error(w, "not stored, please send it again", http.StatusServiceUnavailable)
		return
	}
	d.Observe(ch.Name, "report", time.Since(start))
	w.WriteHeader(http.StatusNoContent)
}

// enter finds the channel of a path, and begins to remember the exchange; without its secret there is none, and not from any address.
func (d *Door) enter(into http.ResponseWriter, r *http.Request, channel, secret string) (*callbacks.Watched, Channel, bool) {
	ch, ok := d.Channels[channel]
	w := d.Exchanges.Watch(into, r, "sms/"+channel, ch.Callers)
	switch {
	case !ok, !ch.Secrets.Admits(secret):
		http.Error(w, "no such channel", http.StatusNotFound)
		return w, ch, false
	case !ch.Callers.Admits(r):
		callbacks.Refuse(w, callbacks.ErrCaller)
		return w, ch, false
	}
	return w, ch, true
}

// refuse tells the carrier's engineer what is wrong; nothing was stored.
func (d *Door) refuse(w http.ResponseWriter, ch Channel, err error, start time.Time) {
	d.Observe(ch.Name, "refused", time.Since(start))
	callbacks.Refuse(w, err)
}
