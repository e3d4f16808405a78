package bench

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"sapar/ussd"
	"sapar/ussd/carriers"
)

func someDialogues(t *testing.T) *dialogues {
	t.Helper()
	channels, err := ussd.BuiltInChannels(carriers.New)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(channels, func(ch ussd.Channel) bool { return ch.Name == Channel })
	all, err := newDialogues(channels[at])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheBenchKnowsTheScreensOfItsDialogues(t *testing.T) {
	all := someDialogues(t)
	dialogues := all.newcomers
	for _, known := range all.known {
		dialogues = slices.Concat(dialogues, known)
	}
	for _, d := range dialogues {
		if len(d) != dialogueTurns {
			t.Fatalf("a dialogue has %d turns", len(d))
		}
		for i := range d {
			want := "CON "
			if i == dialogueTurns-1 {
				want = "END "
			}
			if !strings.HasPrefix(string(d[i].answer), want) {
				t.Errorf("turn %d of a dialogue is answered with\n%s", i+1, d[i].answer)
			}
		}
	}
}

func TestACallbackOfTheBenchHoldsItsSessionAndPhone(t *testing.T) {
	all := someDialogues(t)
	request := all.newcomers[0][dialogueTurns-1].with(nil, 42, newPhones+7)
	for _, want := range []string{"POST /ussd/africastalking HTTP/1.1\r\n", "sessionId=bench-0000000042&", "phoneNumber=%2B996770000007&"} {
		if !bytes.Contains(request, []byte(want)) {
			t.Errorf("no %s in\n%s", want, request)
		}
	}
}

func TestTheMedianOfTheRoundsIsJudged(t *testing.T) {
	all := &table{}
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
