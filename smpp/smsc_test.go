// Package smpp_test proves USSD and SMS over SMPP: Debian's Kannel, configured by sapar channels kannel-config, between an SMSC of node-smpp
// and the program as it is shipped. make smpp installs what it needs.
package smpp_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// pdu is a deliver_sm or a submit_sm as smsc.js tells it: texts as texts, octets in hexadecimal digits.
type pdu struct {
	ServiceType string `json:"service_type"`
	Source      string `json:"source_addr"`
	SourceTON   int    `json:"source_addr_ton"`
	SourceNPI   int    `json:"source_addr_npi"`
	Destination string `json:"destination_addr"`
	DestTON     int    `json:"dest_addr_ton"`
	DestNPI     int    `json:"dest_addr_npi"`
	ESMClass    int    `json:"esm_class"`
	Coding      int    `json:"data_coding"`
	Registered  int    `json:"registered_delivery,omitempty"`
	Op          *int   `json:"ussd_service_op,omitempty"`
	Info        string `json:"its_session_info,omitempty"`
	Reference   *int   `json:"user_message_reference,omitempty"`
	Vendor      string `json:"vendor_session_id,omitempty"`
	Text        string `json:"text"`
	UDH         string `json:"udh,omitempty"`

	at float64 // milliseconds, on the SMSC's clock
}

// event is one line of smsc.js.
type event struct {
	At    float64 `json:"at"`
	Event string  `json:"event"`
	Bind  string  `json:"bind"`
	ID    string  `json:"id"`
	PDU   pdu     `json:"pdu"`
}

// smsc is the SMSC: it hands each submit_sm to whoever has the number it is for.
type smsc struct {
	t      testing.TB
	orders io.Writer

	mu      sync.Mutex
	seen    map[string]int // how often an event happened, by what and where
	sent    map[string]float64
	arrived map[string]chan pdu
	moved   chan struct{} // a line has come
	last    int
}

func startSMSC(t testing.TB, port int) *smsc {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("%v: make smpp installs it", err)
	}
	if _, err := os.Stat("node_modules/smpp"); err != nil {
		t.Fatalf("%v: make smpp installs it", err)
	}
	command := exec.Command(node, "smsc.js", fmt.Sprint(port))
	orders, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problems logged
	command.Stderr = &problems
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	s := &smsc{t: t, orders: orders, seen: map[string]int{}, sent: map[string]float64{}, arrived: map[string]chan pdu{}, moved: make(chan struct{}, 1)}
	read := make(chan struct{})
	go func() { defer close(read); s.read(lines) }()
	t.Cleanup(func() {
		_ = orders.Close() // which ends it
		<-read
		_ = command.Wait()
		if said := problems.String(); said != "" {
			t.Errorf("smsc.js said:\n%s", said)
		}
	})
	s.await("listening", "", 1)
	return s
}

func (s *smsc) read(lines io.Reader) {
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var e event
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil {
			s.t.Errorf("smsc.js said %q: %v", scanner.Text(), err)
			continue
		}
		s.take(e)
		select {
		case s.moved <- struct{}{}:
		default:
		}
	}
}

func (s *smsc) take(e event) {
	s.mu.Lock()
	s.seen[e.Event+" "+e.Bind]++
	e.PDU.at = e.At
	switch e.Event {
	case "out":
		s.sent[e.ID] = e.At
	case "in":
		s.inbox(e.Bind, e.PDU.Destination) <- e.PDU
	}
	s.mu.Unlock()
}

// inbox is what comes to a number by a bind; the lock is held.
func (s *smsc) inbox(bind, number string) chan pdu {
	name := bind + " " + number
	if s.arrived[name] == nil {
		s.arrived[name] = make(chan pdu, 1000)
	}
	return s.arrived[name]
}

// await waits until something has happened a number of times.
func (s *smsc) await(what, bind string, times int) {
	s.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for s.times(what, bind) < times {
		select {
		case <-s.moved:
		case <-limit.C:
			s.t.Fatalf("%s %s: %d times, not %d, within %s", what, bind, s.times(what, bind), times, patience)
		}
	}
}

func (s *smsc) times(what, bind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[what+" "+bind]
}

// deliver sends a deliver_sm, and returns a name for it.
func (s *smsc) deliver(bind string, p pdu) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	id := fmt.Sprint(s.last)
	s.order(map[string]any{"bind": bind, "id": id, "pdu": p})
	return id
}

// receipts says whether delivery receipts are sent at once, or kept until it is said again.
func (s *smsc) receipts(now bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order(map[string]any{"receipts": now})
}

func (s *smsc) order(order any) {
	line, err := json.Marshal(order)
	if err == nil {
		_, err = s.orders.Write(append(line, '\n'))
	}
	if err != nil {
		s.t.Error(err)
	}
}

// errSilence says that nobody answers.
var errSilence = errors.New("no submit_sm came")

// next is the next submit_sm to a number by a bind. It is waited for as long as a network does.
func (s *smsc) next(bind, number string, wait time.Duration) (pdu, error) {
	s.mu.Lock()
	inbox := s.inbox(bind, number)
	s.mu.Unlock()
	limit := time.NewTimer(wait)
	defer limit.Stop()
	select {
	case p := <-inbox:
		return p, nil
	case <-limit.C:
		return pdu{}, errSilence
	}
}

// more is how many further ones there are.
func (s *smsc) more(bind, number string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.inbox(bind, number))
}

// sentAt is when a deliver_sm was first sent.
func (s *smsc) sentAt(id string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent[id]
}
