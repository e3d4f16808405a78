package outbox_test

import (
	"strings"
	"testing"
	"time"

	"sapar/menus"
	"sapar/people"
	"sapar/sms"
	"sapar/sms/testcarrier"
)

// segments is how many are stored of the only message.
func (w *world) segments() (n int) {
	w.t.Helper()
	if err := w.db.Get(&n, "SELECT segments FROM outbox"); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) sentText() string {
	w.t.Helper()
	all := w.carrier.All()
	if len(all) != 1 {
		w.t.Fatalf("%d messages left", len(all))
	}
	return all[0].Form.Get("text")
}

func TestAChannelOfLatinLettersSpellsTheLanguageOfTheText(t *testing.T) {
	t.Parallel()
	for language, want := range map[menus.Language]string{menus.Russian: "zhena ", menus.Kyrgyz: "jena "} {
		w := newWorld(t)
		w.options.Channels[0].Charset = menus.TransliterateAll
		w.options.Channels[0].Rate = 1
		id, _ := w.queue(sms.Draft{Text: strings.Repeat("жена ", 14) + "!", Language: language})
		if n := w.segments(); n != 2 {
			t.Errorf("queued as %d segments", n)
		}
		w.start()
		w.untilStatus(id, sms.Taken)
		if got := w.sentText(); got != strings.Repeat(want, 14)+"!" || w.segments() != 1 {
			t.Errorf("%s: sent %q as %d segments", language, got, w.segments())
		}
		var tokens float64
		if err := w.db.Get(&tokens, "SELECT tokens FROM outbox_buckets"); err != nil || tokens < 0 {
			t.Errorf("the bucket paid for what was queued, not for what was sent: %v left, %v", tokens, err)
		}
	}
}

func TestLatinLettersGoToWhoeverReadsThemWhenTheMessageLeaves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		script menus.Script
		want   string
	}{{menus.Latin, "jangy"}, {menus.Cyrillic, "жаңы"}} {
		w := newWorld(t)
		person, phone := w.person()
		w.exec("UPDATE people SET language = 'ky', script = 'latn' WHERE id = $1", person)
		id, _ := w.queue(sms.Draft{Person: person, Phone: phone, Text: "жаңы"})
		w.exec("UPDATE people SET script = $2 WHERE id = $1", person, c.script)
		w.start()
		w.untilStatus(id, sms.Taken)
		if got := w.sentText(); got != c.want {
			t.Errorf("sent %q", got)
		}
	}
}

// The carrier's list is compared by text: asked about another spelling it would say that it never got the message, and get it twice.
func TestACarrierIsAskedAboutWhatItWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := &textAsker{poster: poster{w.carrier.URL, newClient()}, texts: make(chan string, 10)}
	w.setCarrier(asked)
	w.carrier.Answer = func(testcarrier.Received) testcarrier.Answer { return testcarrier.Resets }
	person, phone := w.person()
	w.exec("UPDATE people SET language = 'ky', script = 'latn' WHERE id = $1", person)
	id, _ := w.queue(sms.Draft{Person: person, Phone: phone, Text: "жаңы"})
	w.options.Lag = time.Second
	w.start()
	w.untilStatus(id, sms.InDoubt)
	w.exec("UPDATE people SET script = 'cyrl' WHERE id = $1", person)
	if got := <-asked.texts; got != w.sentText() || got != "jangy" {
		t.Errorf("asked about %q", got)
	}
}

func TestABroadcastReachesEachInTheirLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := map[string]string{}
	for language, text := range map[string]string{"ky": "шайлоо", "ru": "выборы", "uz": "выборы", "": "выборы"} {
		person, phone := w.person()
		w.exec("UPDATE people SET language = $2, agreed_at = now() WHERE id = $1", person, language)
		want[phone.E164()] = text
	}
	mailing := sms.Mailing{Key: "elections", Text: menus.Wording{menus.Kyrgyz: "шайлоо", menus.Russian: "выборы"}, Topic: people.Elections}
	if err := sms.QueueBroadcast(t.Context(), w.db, w.keys, nil, mailing, sms.Span{}, nil); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.until("all have left", func() bool { return len(w.carrier.All()) == len(want) })
	for _, got := range w.carrier.All() {
		if text := got.Form.Get("text"); text != want[got.Form.Get("to")] {
			t.Errorf("sent %q", text)
		}
	}
}
