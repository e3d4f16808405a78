package callbacks

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// kept is how many exchanges of a channel are remembered.
const kept = 50

// Exchange is one callback and its answer as a carrier's engineer may see them: the phone and whatever may be one are masked, and of texts and
// secrets nothing is there but their length. It is kept in memory, and never logged.
type Exchange struct {
	At     time.Time     `json:"at"`
	From   netip.Addr    `json:"from"`
	Method string        `json:"method"`
	Type   string        `json:"type,omitempty"` // content type
	Bytes  int64         `json:"bytes"`          // of the body
	Status int           `json:"status"`
	Took   time.Duration `json:"took"`
	Why    string        `json:"why,omitempty"` // the sentence of a refusal
	Seen
}

// Seen is what was understood of a callback, and what it was answered with.
type Seen struct {
	Session string `json:"session,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Code    string `json:"code,omitempty"`
	Step    string `json:"step,omitempty"`
	Typed   string `json:"typed,omitempty"`
	Screen  string `json:"screen,omitempty"`
	Waits   bool   `json:"waits,omitempty"` // the screen waits for an answer
	Over    bool   `json:"over,omitempty"`  // the callback said that the session is over
}

// LogValue keeps an exchange out of logs, where it would stay for longer than anybody may see it.
func (Exchange) LogValue() slog.Value { return slog.StringValue("an exchange") }

// masked is what may be shown.
func (s Seen) masked() Seen {
	s.Session, s.Step, s.Code = maskedDigits(s.Session), maskedDigits(s.Step), maskedCode(s.Code)
	if len(s.Phone) > 5 {
		s.Phone = "…" + s.Phone[len(s.Phone)-2:]
	}
	s.Typed, s.Screen = length(s.Typed), length(s.Screen)
	return s
}

// maskedCode leaves answers out that were dialled with a code.
func maskedCode(code string) string {
	bare := strings.Trim(code, "*#")
	if n := strings.IndexByte(bare, '*'); n >= 0 {
		return "*" + maskedDigits(bare[:n]) + "*…#"
	}
	return maskedDigits(code)
}

// length stands for a text.
func length(text string) string { return letters[:min(utf8.RuneCountInString(text), len(letters))] }

var letters = strings.Repeat("x", 400)

// maskedDigits leaves the last two of seven digits or more in a row, which may be a phone, and sixty letters in all.
func maskedDigits(text string) string {
	text = text[:min(len(text), 60)]
	var b strings.Builder
	start, run := 0, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			run++
			continue
		}
		if run >= 7 {
			b.WriteString(text[start:i-run] + "…" + text[i-2:i])
			start = i
		}
		run = 0
	}
	if start == 0 {
		return strings.Clone(text) // what it was cut from may hold more
	}
	return b.String() + text[start:]
}

// Exchanges are the latest exchanges of each channel. The nil one remembers nothing.
type Exchanges struct{ channels map[string]*ring }

type ring struct {
	mu   sync.Mutex
	next int
	all  []Exchange
}

// NewExchanges remembers the exchanges of some channels, whose names begin with their door, as ussd/form.
func NewExchanges(channels []string) *Exchanges {
	e := &Exchanges{channels: map[string]*ring{}}
	for _, name := range channels {
		e.channels[name] = &ring{}
	}
	return e
}

// Latest lists what is remembered of a channel, the oldest first; ok is false for one that is not known.
func (e *Exchanges) Latest(channel string) (list []Exchange, ok bool) {
	if e == nil || e.channels[channel] == nil {
		return nil, false
	}
	r := e.channels[channel]
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(append(list, r.all[r.next:]...), r.all[:r.next]...), true
}

func (r *ring) add(x Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) < kept {
		r.all = append(r.all, x)
		return
	}
	r.all[r.next] = x
	r.next = (r.next + 1) % kept
}

// Watched is the answer to a callback that is remembered. It writes through.
type Watched struct {
	http.ResponseWriter
	into     *ring
	exchange Exchange
}

// Watch begins to remember an exchange of a channel; End ends it.
func (e *Exchanges) Watch(w http.ResponseWriter, r *http.Request, channel string, callers Callers) *Watched {
	x := &Watched{ResponseWriter: w}
	if e == nil || e.channels[channel] == nil {
		return x
	}
	x.into = e.channels[channel]
	x.exchange = Exchange{
		At: time.Now(), From: callers.Address(r), Method: strings.Clone(r.Method), Type: typeOf(r), Bytes: max(r.ContentLength, 0), Status: http.StatusOK,
	}
	return x
}

// typeOf is the content type of a callback, when it is one that carriers use.
func typeOf(r *http.Request) string {
	given, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	for _, known := range []string{FormType, JSONType, XMLType, "application/xml", "text/plain"} {
		if strings.EqualFold(strings.TrimSpace(given), known) {
			return known
		}
	}
	if given != "" {
		return "another"
	}
	return ""
}

// Saw notes what was understood, masked.
func (x *Watched) Saw(s Seen) {
	if x.into != nil {
		x.exchange.Seen = s.masked()
	}
}

// Because notes why a callback was refused whose answer does not say so; the sentence repeats nothing of what was sent.
func (x *Watched) Because(why string) { x.exchange.Why = why }

// WriteHeader notes the status.
func (x *Watched) WriteHeader(status int) {
	x.exchange.Status = status
	x.ResponseWriter.WriteHeader(status)
}

// Write notes the sentence of a refusal, which repeats nothing of what was sent.
func (x *Watched) Write(body []byte) (int, error) {
	if x.exchange.Status >= http.StatusBadRequest && x.exchange.Why == "" && x.into != nil {
		sentence, _, _ := strings.Cut(string(body[:min(len(body), MaxID)]), "\n")
		x.exchange.Why = sentence
	}
	return x.ResponseWriter.Write(body)
}

// End remembers the exchange.
func (x *Watched) End() {
	if x.into == nil {
		return
	}
	x.exchange.Took = time.Since(x.exchange.At)
	x.into.add(x.exchange)
}
