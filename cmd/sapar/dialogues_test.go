package main

import (
	"context"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/menus"
	"sapar/menus/dialogues"
)

// carrierPhone plays a conversation through a carrier's real form, in front of the whole server and its database.
type carrierPhone struct {
	*running
	clock   *atomic.Int64
	channel string
	number  string
	call    *handset
	others  map[string]string // numbers of the phones that were in hand before, by their names
}

// PickUp takes another phone, which has a number of its own.
func (p *carrierPhone) PickUp(name string) error {
	if p.others == nil {
		p.others = map[string]string{"1": p.number}
	}
	if p.others[name] == "" {
		p.others[name] = newNumber()
	}
	p.number, p.call = p.others[name], nil
	return nil
}

// Speak makes the row of somebody who has chosen a language before.
func (p *carrierPhone) Speak(lang menus.Language, script menus.Script) error {
	id := uuid.New()
	_, err := p.owner.Exec("INSERT INTO people (id, phone_hash, phone, language, script, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
		id, p.keys.Hash("phone", p.number), p.keys.Seal([]byte(p.number), id[:]), lang, script, p.now())
	return err
}

// Dial begins a call a second after whatever was before: nobody dials twice at once.
func (p *carrierPhone) Dial(code string) (menus.Screen, error) {
	p.Later(time.Second)
	p.call = newHandset(p.channels[p.channel], p.url, p.number, code)
	reply, err := p.call.dial(context.Background())
	return menus.Screen{Text: reply.Text, End: reply.End}, err
}

// Type presses keys. A carrier that numbers nothing takes the same key within two seconds for a callback that it brought again.
func (p *carrierPhone) Type(input string) (menus.Screen, error) {
	if p.channel == "infobip" {
		p.Later(3 * time.Second)
	}
	reply, err := p.call.answer(context.Background(), input)
	return menus.Screen{Text: reply.Text, End: reply.End}, err
}

// Inbox is empty: what is asked for by SMS is read where dialogues are texted.
func (p *carrierPhone) Inbox() ([]string, error) { return nil, nil }

func (p *carrierPhone) Later(d time.Duration) { p.clock.Add(int64(d)) }

// everyCarrier are the dialogues whose keys, ends and beginnings the carriers bring in different ways. They are played through every kind; the
// others through one, and through every kind in make faults.
var everyCarrier = regexp.MustCompile(`^(first-dial|keys|wrong-keys|printed-code|form-|drop-|guardian-form-ky|sos-ky)`)

func TestDialoguesThroughEveryCarrier(t *testing.T) {
	list, err := channels("")
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(dialogues.Files, "*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range list {
		t.Run(channel.Name, func(t *testing.T) {
			t.Parallel() // each has a server of its own, since a dialogue sets its clock
			playDialogues(t, channel.Name, played(names, channel.Name))
		})
	}
}

// played are the dialogues that are played through a channel.
func played(names []string, channel string) []string {
	if channel == "africastalking" || os.Getenv("SAPAR_LONG") != "" {
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !everyCarrier.MatchString(name) })
}

func playDialogues(t *testing.T, channel string, names []string) {
	var clock atomic.Int64
	r := startServer(t, Config{}, func() time.Time { return dialogues.Day.Add(time.Duration(clock.Load())) })
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".txt"), func(t *testing.T) {
			clock.Store(0)
			want, err := fs.ReadFile(dialogues.Files, name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := dialogues.Play(string(want), &carrierPhone{running: r, clock: &clock, channel: channel, number: newNumber()})
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the phone shows:\n%s\nthe file says:\n%s", got, want)
			}
		})
	}
	r.checkChains()
	if n := r.count("SELECT count(*) FROM turns"); n < 5*len(names) {
		t.Errorf("only %d turns were stored", n)
	}
	if !strings.Contains(r.metricsPage(), "sapar_ussd_answered_from_memory_total 0") {
		t.Error("calls were answered from memory")
	}
}
