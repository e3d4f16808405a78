package bench

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sapar/database"
	"sapar/ussd"
	"sapar/ussd/carriers"
)

// doors are both ways in, as the bench takes them.
func doors(t *testing.T) map[string]door {
	t.Helper()
	channels, err := ussd.BuiltInChannels(carriers.New)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(channels, func(ch ussd.Channel) bool { return ch.Name == Channel })
	return map[string]door{"dialled": dialled(channels[at]), "texted": texted()}
}

func dialoguesOf(t *testing.T, at door) *dialogues {
	t.Helper()
	all, err := newDialogues(at)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheBenchKnowsTheScreensOfItsDialogues(t *testing.T) {
	for name, at := range doors(t) {
		all := dialoguesOf(t, at)
		dialogues := all.newcomers
		for _, known := range all.known {
			dialogues = slices.Concat(dialogues, known)
		}
		for _, d := range dialogues {
			if len(d) != dialogueTurns {
				t.Fatalf("%s: a dialogue has %d turns", name, len(d))
			}
			for i := range d {
				want := map[bool]string{true: "END ", false: "CON "}[i == dialogueTurns-1]
				if len(d[i].answer) == 0 || name == "dialled" && !strings.HasPrefix(string(d[i].answer), want) {
					t.Errorf("%s: turn %d of a dialogue is answered with\n%s", name, i+1, d[i].answer)
				}
			}
		}
	}
}

func TestACallbackOfTheBenchHoldsItsSessionAndPhone(t *testing.T) {
	for name, wants := range map[string][]string{
		"dialled": {"POST /ussd/africastalking HTTP/1.1\r\n", "sessionId=bench-0000000042&", "phoneNumber=%2B996770700000&"},
		"texted":  {"POST /sms/form HTTP/1.1\r\n", "id=bench-0000000042-6&", "from=%2B996770700000&", "text=000&"},
	} {
		all := dialoguesOf(t, doors(t)[name])
		request := all.newcomers[0][dialogueTurns-1].with(nil, 42, newPhone(7))
		for _, want := range wants {
			if !bytes.Contains(request, []byte(want)) {
				t.Errorf("no %s in\n%s", want, request)
			}
		}
	}
}

func TestNoRangeOfNumbersHasManyMorePhonesThanAnother(t *testing.T) {
	ranges := map[int]int{}
	for n := range 70_000 {
		ranges[knownPhone(n)/100_000]++
		ranges[newPhone(n)/100_000]++
	}
	for r, phones := range ranges {
		if r < 7000 || r > 7799 || phones > 700 {
			t.Errorf("%d phones begin with +996%d", phones, r)
		}
	}
}

func TestTheSinkTellsWhatCameTwice(t *testing.T) {
	s, err := openSink()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	waiting := s.wait("+996700000001")
	for _, id := range []string{"a", "b", "a"} {
		answer, err := http.PostForm(s.url, url.Values{"id": {id}, "to": {"+996700000001"}, "text": {"Салам"}})
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	if arrived, different := s.count(); arrived != 3 || different != 2 {
		t.Errorf("%d arrived, %d of them different", arrived, different)
	}
	if len(waiting) != 1 {
		t.Error("nobody was told of the first one")
	}
}

func TestThePrototypeSendsEachOfItsMessagesOnce(t *testing.T) {
	const messages = prototypeBatch + 100
	url := database.NewURL(t)
	owner, err1 := database.OpenOwner(t.Context(), url)
	db, err2 := database.Open(t.Context(), url)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	defer db.Close()
	s, err := openSink()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if _, err := owner.Exec(fmt.Sprintf(prototypeTable, messages)); err != nil {
		t.Fatal(err)
	}
	if _, err := drainPrototype(t.Context(), Part{Sink: s.url}, db); err != nil {
		t.Fatal(err)
	}
	if err := s.until(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	for accepted := 0; accepted < messages; {
		if err := db.Get(&accepted, "SELECT count(*) FROM prototype WHERE status = 'accepted' AND ref <> ''"); err != nil {
			t.Fatal(err)
		}
	}
	if arrived, different := s.count(); arrived != messages || different != messages {
		t.Errorf("%d arrived, %d of them different", arrived, different)
	}
}

func TestTheMedianOfTheRoundsIsJudged(t *testing.T) {
	all := &table{unit: "turns"}
	l := load{callers: 64, time: time.Second}
	for _, speed := range []float64{50, 900, 70} {
		all.add(l, "sapar", result{speed: speed, p99: time.Second})
		all.add(l, "baseline", result{speed: 100, p99: time.Second})
	}
	rules := append(all.faster(0.6), all.steadier(2)...)
	if len(rules) != 2 || rules[0].value != 0.7 || rules[1].value != 1 {
		t.Errorf("%+v", rules)
	}
	if rules[0].missed() || rules[1].missed() {
		t.Errorf("%v %v", rules[0], rules[1])
	}
}

func TestAValueOnTheWrongSideOfItsLimitMissesTheRule(t *testing.T) {
	for _, r := range []rule{{"p99", 3, 2, true}, {"turns/s", 0.5, 0.6, false}, {"turns/s of no run", math.NaN(), 0.6, false}} {
		if !r.missed() {
			t.Errorf("%v", r)
		}
	}
}
