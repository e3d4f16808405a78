package ussd

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"sapar/callbacks"
	"sapar/menus"
	"sapar/people"
	"sapar/sessions"
)

// Door takes the callbacks of all channels and has sessions answer them.
type Door struct {
	Channels map[string]Channel
	Sessions *sessions.Sessions
	Observe  func(channel, outcome string, took time.Duration) // counts a callback; outcome is answered, refused or dropped
}

// Dialled answers a callback of a channel.
func (d *Door) Dialled(w http.ResponseWriter, r *http.Request, channel, secret string) {
	start := time.Now()
	ch, ok := d.enter(w, channel, secret)
	if !ok {
		return
	}
	dial, err := ch.Carrier.Read(r)
	if err != nil {
		d.refuse(w, ch, err, start)
		return
	}
	call, err := ch.call(dial)
	if err != nil {
		d.refuse(w, ch, err, start)
		return
	}
	if dial.Abort {
		d.drop(w, r, ch, call, start)
		return
	}
	reply := d.Sessions.Turn(r.Context(), call)
	d.Observe(ch.Name, "answered", time.Since(start))
	if err := ch.Carrier.Write(w, Reply{Text: reply.Text, End: reply.End, Key: dial.Key}); err != nil {
		slog.Warn("the carrier took no answer", "channel", ch.Name, "error", err)
	}
}

// Ended takes a carrier's notice that a session is over.
func (d *Door) Ended(w http.ResponseWriter, r *http.Request, channel, secret string) {
	start := time.Now()
	ch, ok := d.enter(w, channel, secret)
	if !ok {
		return
	}
	reader, ok := ch.Carrier.(EndReader)
	if !ok {
		http.NotFound(w, r)
		return
	}
	dial, err := reader.ReadEnd(r)
	if err != nil {
		d.refuse(w, ch, err, start)
		return
	}
	call, err := ch.call(dial)
	if err != nil {
		d.refuse(w, ch, err, start)
		return
	}
	d.drop(w, r, ch, call, start)
}

// enter finds the channel of a path; without its secret there is none.
func (d *Door) enter(w http.ResponseWriter, channel, secret string) (Channel, bool) {
	ch, ok := d.Channels[channel]
	if !ok || !ch.Secrets.Admits(secret) {
		http.Error(w, "no such channel", http.StatusNotFound)
		return Channel{}, false
	}
	return ch, true
}

// call brings a dial to what sessions take: cleaned text and a phone.
func (ch *Channel) call(dial Dial) (sessions.Call, error) {
	phone, ok := people.NewPhone(dial.Phone)
	if !ok {
		return sessions.Call{}, callbacks.Bad("phone", "not a phone number")
	}
	return sessions.Call{
		Channel: ch.Name, Key: dial.Key, Phone: phone, Code: menus.Clean(dial.Code), Path: cleanPath(dial.Path), Input: menus.Clean(dial.Input),
		Whole: dial.Whole, Seq: dial.Seq, Begin: dial.Begin, Screen: ch.Screen, Tree: ch.Tree,
	}, nil
}

// cleanPath cleans every step of a path by itself: the space at the end of an answer is no longer at the end when the next answer
// follows, and the longer path must still begin with the shorter one.
func cleanPath(path string) string {
	steps := strings.Split(menus.Clean(path), "*")
	for i, step := range steps {
		steps[i] = strings.TrimSpace(step)
	}
	return strings.Join(steps, "*")
}

// refuse tells the carrier's engineer what is wrong; nothing was stored.
func (d *Door) refuse(w http.ResponseWriter, ch Channel, err error, start time.Time) {
	d.Observe(ch.Name, "refused", time.Since(start))
	callbacks.Refuse(w, err)
}

func (d *Door) drop(w http.ResponseWriter, r *http.Request, ch Channel, call sessions.Call, start time.Time) {
	if err := d.Sessions.Drop(r.Context(), call); err != nil {
		slog.Error("end of session", "channel", ch.Name, "error", err)
	}
	d.Observe(ch.Name, "dropped", time.Since(start))
	w.WriteHeader(http.StatusOK)
}
