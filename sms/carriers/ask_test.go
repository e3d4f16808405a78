package carriers_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"sapar/sms"
)

// listed is a message as Twilio lists it.
func listed(sid, to, body string, created time.Time) map[string]any {
	return map[string]any{"sid": sid, "to": to, "body": body, "date_created": created.UTC().Format(time.RFC1123Z), "status": "sent", "date_sent": nil}
}

func listOf(list ...map[string]any) []byte {
	if list == nil {
		list = []map[string]any{}
	}
	text, _ := json.Marshal(map[string]any{"messages": list, "page": 0})
	return page("200 OK", string(text))
}

func page(status, text string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 %s\nContent-Type: application/json\nContent-Length: %d\nConnection: close\n\n%s\n", status, len(text), text)
}

func TestTwilioIsAskedWhatBecameOfAMessage(t *testing.T) {
	now := time.Now()
	sid := func(n int) string { return fmt.Sprintf("SM%032d", n) }
	mine := func(n int) map[string]any {
		return listed(sid(n), outgoing.To, outgoing.Text, now.Add(-59*time.Minute))
	}
	full := make([]map[string]any, 50)
	for i := range full {
		full[i] = listed(sid(i), outgoing.To, "another", now)
	}
	reaching := append(full[:49:49], listed(sid(99), outgoing.To, outgoing.Text, now.Add(-2*time.Hour)))
	for _, c := range []struct {
		name   string
		since  time.Duration
		answer []byte
		want   sms.Outcome
	}{
		{"it is there", time.Hour, listOf(listed(sid(8), outgoing.To, "another", now), mine(7)), sms.Outcome{Result: sms.Accepted, Ref: sid(7)}},
		{"a trial account writes before it", time.Hour, listOf(listed(sid(7), outgoing.To, "Sent from a trial account - canary-text", now)), sms.Outcome{Result: sms.Accepted, Ref: sid(7)}},
		{"it is not there, long after", time.Hour, listOf(), sms.Outcome{Result: sms.NotSent, Code: "not there"}},
		{"it is not there yet", time.Second, listOf(), sms.Outcome{Result: sms.Unknown}},
		{"only an older one with the same text is there", time.Minute, listOf(mine(7)), sms.Outcome{Result: sms.NotSent, Code: "not there"}},
		{"two cannot be told apart", time.Hour, listOf(mine(7), mine(8)), sms.Outcome{Result: sms.Unknown}},
		{"the list does not go back far enough", time.Hour, listOf(full...), sms.Outcome{Result: sms.Unknown}},
		{"the list goes back far enough", time.Hour, listOf(reaching...), sms.Outcome{Result: sms.NotSent, Code: "not there"}},
		{"a message without a date", time.Hour, listOf(map[string]any{"sid": sid(7), "to": outgoing.To, "body": outgoing.Text}), sms.Outcome{Result: sms.Unknown}},
		{"an error", time.Hour, page("500 Internal Server Error", "{}"), sms.Outcome{Result: sms.Unknown, Code: "500"}},
		{"too many questions", time.Hour, page("429 Too Many Requests", "{}"), sms.Outcome{Result: sms.Unknown, Code: "429"}},
		{"a page", time.Hour, page("200 OK", "<html>"), sms.Outcome{Result: sms.Unknown, Code: "200"}},
		{"an object without a list", time.Hour, page("200 OK", "{}"), sms.Outcome{Result: sms.Unknown, Code: "200"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := play(t, bytesOf(c.answer))
			m := outgoing
			m.Since = now.Add(-c.since)
			got := speakers(t, "http://"+s.address)["twilio"].(sms.Asker).Ask(t.Context(), m)
			if got != c.want {
				t.Errorf("the outcome is %+v\nwant %+v", got, c.want)
			}
			r, _, _ := s.last()
			if r.Method != "GET" || r.URL.Path != "/2010-04-01/Accounts/"+account+"/Messages.json" || r.URL.Query().Get("To") != outgoing.To {
				t.Errorf("asked %s %s", r.Method, r.URL.Path)
			}
		})
	}
	if got := speakers(t, nowhere)["twilio"].(sms.Asker).Ask(t.Context(), outgoing); got.Result != sms.Unknown {
		t.Errorf("nobody to ask: %+v", got)
	}
}
