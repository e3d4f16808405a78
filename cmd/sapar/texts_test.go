package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sapar/menus/dialogues"
)

// texter is a phone that texts a server, a quarter of a minute between two texts.
type texter struct {
	t      testing.TB
	server *running
	clock  *atomic.Int64
	number string
	id     int
}

func newTexter(t testing.TB, number string) *texter {
	clock := &atomic.Int64{}
	clock.Store(dialogues.Day.UnixNano())
	server := startServer(t, Config{}, func() time.Time { return time.Unix(0, clock.Load()) })
	return &texter{t: t, server: server, clock: clock, number: number}
}

func (x *texter) later(d time.Duration) { x.clock.Add(int64(d)) }

// text sends one text and returns the reply.
func (x *texter) text(text string) string {
	x.t.Helper()
	x.id++
	x.later(15 * time.Second)
	status, reply := x.post(x.number+"-"+time.Duration(x.id).String(), text)
	if status != http.StatusOK {
		x.t.Fatalf("%q: status %d, %s", text, status, reply)
	}
	return reply
}

func (x *texter) post(id, text string) (status int, reply string) {
	x.t.Helper()
	form := url.Values{"id": {id}, "from": {x.number}, "to": {"4141"}, "text": {text}}
	response, err := http.PostForm(x.server.url+"/sms/form", form)
	if err != nil {
		x.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func (x *texter) wants(text string, parts ...string) string {
	x.t.Helper()
	reply := x.text(text)
	for _, part := range parts {
		if !strings.Contains(reply, part) {
			x.t.Errorf("> %s\nhas no %q:\n%s", text, part, reply)
		}
	}
	return reply
}

func TestAWordOpensANodeAndTheWordsBehindItAContact(t *testing.T) {
	x := newTexter(t, "+996700003001")
	x.wants("салам", "2 Русский")
	x.wants("2", "2 Консульство")
	x.wants("КОНСУЛ МОСКВА", "Посольство Москва", "+79251155047")
	x.wants("konsul moskva", "Посольство Москва")
	x.wants("опека", "1 Что это?")
	x.wants("1", "Это временный опекун")
	x.wants("жардм", "Sapar") // one typing error
	x.wants("рейд", "112")
}

func TestTheSameTextAgainGetsTheSameReplyAndChangesNothing(t *testing.T) {
	x := newTexter(t, "+996700003002")
	_, first := x.post("A1", "консул")
	x.later(time.Minute)
	_, second := x.post("A2", "1")
	before := x.server.rows()
	for range 3 {
		x.later(time.Minute)
		if _, again := x.post("A1", "консул"); again != first {
			t.Errorf("%q is not %q", again, first)
		}
		if _, again := x.post("A2", "1"); again != second {
			t.Errorf("%q is not %q", again, second)
		}
	}
	if after := x.server.rows(); after != before {
		t.Errorf("%s became %s", before, after)
	}
	x.server.checkChains()
}

func TestAStopIsConfirmedOnceAndAStartUndoesIt(t *testing.T) {
	x := newTexter(t, "+996700003003")
	x.wants("консул", "1 ")
	x.wants("СТОП", "СТАРТ")
	if reply := x.text("токтот"); reply != "" {
		t.Errorf("a second confirmation: %q", reply)
	}
	if n := x.server.count("SELECT count(*) FROM stops"); n != 1 {
		t.Errorf("%d stops", n)
	}
	x.text("старт")
	if n := x.server.count("SELECT count(*) FROM stops"); n != 0 {
		t.Errorf("%d stops after a start", n)
	}
}

// file texts the guardianship form of a mother with two children, until the review has been read and sent.
func (x *texter) file(first string) string {
	x.t.Helper()
	for _, answer := range strings.Split(first+";1;1;2;Кара-Бак;2;2018;2020;Гүлнара;1;0555 12 34 56;1;1;1", ";") {
		x.text(answer)
	}
	reply := x.text("1")
	for range 5 {
		if strings.Contains(reply, "-") && x.server.count("SELECT count(*) FROM applications") > 0 {
			break
		}
		reply = x.text("1")
	}
	return reply
}

func TestAReferralIsFiledByTextInTwoLanguages(t *testing.T) {
	for _, c := range []struct{ name, language, want string }{{"kyrgyz", "1", "жазып алыңыз"}, {"russian", "2", "запишите"}} {
		t.Run(c.name, func(t *testing.T) {
			x := newTexter(t, "+996700003004")
			x.text("салам")
			x.text(c.language)
			x.text("камкор")
			if reply := x.file("2"); !strings.Contains(reply, c.want) {
				t.Errorf("the last reply is %q", reply)
			}
			if n := x.server.count("SELECT count(*) FROM applications WHERE kind = 'guardianship'"); n != 1 {
				t.Errorf("%d applications", n)
			}
			if n := x.server.count("SELECT count(*) FROM inbox WHERE position('Гүлнара'::bytea IN raw) > 0 OR position('Гүлнара'::bytea IN text) > 0"); n != 0 {
				t.Errorf("%d texts are stored in clear", n)
			}
		})
	}
}

func TestAFormBegunOnOneDoorIsFinishedOnTheOther(t *testing.T) {
	x := newTexter(t, "+996700003005")
	says(t, x.server.phone("africastalking", x.number), "2", "3", "1", "2", "1", "1")
	x.later(time.Hour)
	x.wants("здравствуйте", "1 ", "2 ") // the words of the menu, since a greeting is a keyword
	x.later(time.Hour)
	h := x.server.phone("africastalking", x.number)
	if reply, err := h.dial(t.Context()); err != nil || reply.End {
		t.Errorf("%v %v", reply, err)
	}
}

func TestADropIsOfferedToWhoeverTextsNoKeyword(t *testing.T) {
	x := newTexter(t, "+996700003006")
	says(t, x.server.phone("africastalking", x.number), "2", "3", "1", "2", "1", "1")
	x.later(time.Hour)
	x.wants("что дальше?", "1 Продолжить")
	x.wants("1", "район")
	x.wants("2", "села")
}

func TestAContactIsTextedToThePhoneThatAsks(t *testing.T) {
	x := newTexter(t, "+996700003007")
	says(t, x.server.phone("africastalking", x.number), "2", "2", "1", "1", "1", "1")
	if n := x.server.count("SELECT count(*) FROM outbox WHERE status <> 'cancelled' AND key LIKE 'asked/%'"); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestWhatIsNoTextIsRefusedWithOneSentence(t *testing.T) {
	x := newTexter(t, "+996700003008")
	before := x.server.rows()
	for _, body := range []string{"", "id=1", "id=1&from=+996700003008&to=1", "id=1&id=2&from=+996700003008&to=1&text=x", "id=1&from=nobody&to=1&text=x"} {
		response, err := http.Post(x.server.url+"/sms/form", "application/x-www-form-urlencoded", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusBadRequest || strings.Count(string(text), "\n") != 1 {
			t.Errorf("%q: %d %q", body, response.StatusCode, text)
		}
	}
	if after := x.server.rows(); after != before {
		t.Errorf("%s became %s", before, after)
	}
}

func TestAStopByTextKeepsADialledForm(t *testing.T) {
	x := newTexter(t, "+996700003009")
	says(t, x.server.phone("africastalking", x.number), "2", "3", "1", "2", "1", "1")
	x.later(time.Hour)
	x.wants("СТОП", "СТАРТ")
	x.wants("консул москва", "Посольство Москва")
	x.later(time.Hour)
	reply, err := x.server.phone("africastalking", x.number).dial(t.Context())
	if err != nil || !strings.Contains(reply.Text, "1 Продолжить") {
		t.Errorf("%v %q", err, reply.Text)
	}
}
