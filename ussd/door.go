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
	Channels  map[string]Channel
	Sessions  *sessions.Sessions
	Observe   func(channel, outcome string, took time.Duration) // counts a callback; outcome is answered, refused or dropped
	Exchanges *callbacks.Exchanges                              // remembers the latest of each channel; nil remembers none
}

// visit is one callback of a channel it may come to, and the answer to it.
type visit struct {
	*callbacks.Watched
	r     *http.Request
	ch    Channel
	start time.Time
}

// admit lets a callback in to its channel; without its secret there is none.
func (d *Door) admit(w http.ResponseWriter, r *http.Request, channel, secret string, in func(*visit)) {
	ch, ok := d.Channels[channel]
	v := &visit{d.Exchanges.Watch(w, r, "ussd/"+channel, ch.Callers), r, ch, time.Now()}
	defer v.End()
	switch {
	case !ok, !ch.Secrets.Admits(secret):
		http.Error(v, "no such channel", http.StatusNotFound)
	case !ch.Callers.Admits(r):
		d.Observe(ch.Name, "refused", time.Since(v.start))
		callbacks.Refuse(v, callbacks.ErrCaller)
	default:
		in(v)
	}
}

// Dialled answers a callback of a channel.
func (d *Door) Dialled(w http.ResponseWriter, r *http.Request, channel, secret string) {
	d.admit(w, r, channel, secret, d.dialled)
}

func (d *Door) dialled(v *visit) {
	dial, err := v.ch.Carrier.Read(v.r)
	if err != nil {
		d.refuse(v, err)
		return
	}
	if dial.Abort {
		d.drop(v, dial)
		return
	}
	call, err := v.ch.call(dial)
	if err != nil {
		d.refuse(v, err)
		return
	}
	reply := d.Sessions.Turn(v.r.Context(), call)
	d.Observe(v.ch.Name, "answered", time.Since(v.start))
	v.saw(dial, reply)
	if err := v.ch.Carrier.Write(v, Reply{Text: reply.Text, End: reply.End, Key: dial.Key, Echo: dial.Echo}); err != nil {
		slog.Warn("the carrier took no answer", "channel", v.ch.Name, "error", err)
	}
}

// saw notes, masked, what a callback said and how it is answered.
func (v *visit) saw(dial Dial, reply sessions.Reply) {
	v.Saw(callbacks.Seen{
		Session: dial.Key, Phone: dial.Phone, Code: dial.Code, Step: dial.Seq, Typed: dial.Path + dial.Input, Screen: reply.Text, Over: dial.Abort,
		Waits: !dial.Abort && !reply.End,
	})
}

// Ended takes a carrier's notice that a session is over.
func (d *Door) Ended(w http.ResponseWriter, r *http.Request, channel, secret string) {
	d.admit(w, r, channel, secret, d.ended)
}

func (d *Door) ended(v *visit) {
	reader, ok := v.ch.Carrier.(EndReader)
	if !ok {
		http.NotFound(v, v.r)
		return
	}
	dial, err := reader.ReadEnd(v.r)
	if err != nil {
		d.refuse(v, err)
		return
	}
	d.drop(v, dial)
}

// Stepped takes a callback at an address of its own below the channel's, /session/<id>/<step>: a step, the end, or the question for a session.
// Only a carrier that can answer that question has such addresses.
func (d *Door) Stepped(w http.ResponseWriter, r *http.Request, channel, secret, step string) {
	d.admit(w, r, channel, secret, func(v *visit) {
		carrier, ok := v.ch.Carrier.(interface {
			Known(w http.ResponseWriter, r *http.Request) error
		})
		switch {
		case !ok:
			http.NotFound(v, r)
		case step == "end":
			d.ended(v)
		case step != "status":
			d.dialled(v)
		default:
			if err := carrier.Known(v, r); err != nil {
				d.refuse(v, err)
			}
		}
	})
}

// call brings a dial to what sessions take: cleaned text and a phone.
func (ch *Channel) call(dial Dial) (sessions.Call, error) {
	phone, ok := people.NewPhone(dial.Phone)
	if !ok {
		return sessions.Call{}, callbacks.Bad("phone", "not a phone number")
	}
	return sessions.Call{
		Channel: ch.Name, Key: dial.Key, Phone: phone, Code: menus.Clean(dial.Code), Path: cleanPath(dial.Path), Input: menus.Clean(dial.Input),
		Whole: dial.Whole, Seq: dial.Seq, Begin: dial.Begin, Window: dial.Window, Patience: ch.patience(), Screen: ch.Screen, Tree: ch.Tree,
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
func (d *Door) refuse(v *visit, err error) {
	d.Observe(v.ch.Name, "refused", time.Since(v.start))
	refuser, ok := v.ch.Carrier.(Refuser)
	if !ok {
		callbacks.Refuse(v, err)
		return
	}
	v.Because(err.Error())
	slog.Warn("a callback was refused", "channel", v.ch.Name, "error", err) // its carrier shows nobody the sentence
	reply := d.Sessions.Apology(sessions.Call{Channel: v.ch.Name, Screen: v.ch.Screen, Tree: v.ch.Tree})
	if err := refuser.Refuse(v, v.r, Reply{Text: reply.Text, End: true}); err != nil {
		slog.Warn("the carrier took no answer", "channel", v.ch.Name, "error", err)
	}
}

// drop notes the end of a session. A carrier may name its session alone; then nothing is noted, and it ends by itself.
func (d *Door) drop(v *visit, dial Dial) {
	if dial.Phone != "" {
		call, err := v.ch.call(dial)
		if err != nil {
			d.refuse(v, err)
			return
		}
		if err := d.Sessions.Drop(v.r.Context(), call); err != nil {
			slog.Error("end of session", "channel", v.ch.Name, "error", err)
		}
	}
	d.Observe(v.ch.Name, "dropped", time.Since(v.start))
	v.saw(dial, sessions.Reply{})
	if err := v.ch.Carrier.Write(v, Reply{Over: true, Key: dial.Key, Echo: dial.Echo}); err != nil {
		slog.Warn("the carrier took no answer", "channel", v.ch.Name, "error", err)
	}
}
