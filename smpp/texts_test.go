package smpp_test

import (
	"fmt"
	"strings"
	"testing"

	"sapar/menus"
)

// text sends a keyword.
func (s *subscriber) text(words string) {
	p := pdu{Source: s.number, SourceTON: 1, SourceNPI: 1, Destination: "4040", DestNPI: 1, Text: words}
	if menus.Measure(words).Wide {
		p.Coding = 8
	}
	s.n.smsc.deliver(texting, p)
}

// receive puts the parts of a message together.
func (s *subscriber) receive() (text string, parts int, err error) {
	p, err := s.n.smsc.next(texting, s.number, patience)
	if err != nil || p.UDH == "" {
		return p.Text, 1, err
	}
	got := make([]string, int(p.UDH[7]-'0'))
	for i := range got {
		if i > 0 {
			if p, err = s.n.smsc.next(texting, s.number, patience); err != nil {
				return "", len(got), err
			}
		}
		if err := part(p, len(got)); err != nil {
			return "", len(got), err
		}
		got[p.UDH[9]-'1'] = p.Text
	}
	return strings.Join(got, ""), len(got), nil
}

// part reports what is wrong with one part of a text of Cyrillic letters: 67 of them behind the six octets that say which part it is.
func part(p pdu, of int) error {
	if len(p.UDH) != 10 || p.UDH[:4] != "0003" || p.UDH[6:8] != fmt.Sprintf("%02d", of) || p.ESMClass&0x40 == 0 {
		return fmt.Errorf("a part without its number: %+v", p)
	}
	if size := menus.Measure(p.Text); p.Coding != 8 || size.Units > 67 || p.UDH[8:] != p.UDH[6:8] && size.Units != 67 {
		return fmt.Errorf("a part of %d letters: %+v", size.Units, p)
	}
	return nil
}

const replied = "SELECT count(*) FROM outbox WHERE key LIKE 'reply/%'"

// delivered waits until every message there is, some of them replies, is delivered.
func (n *network) delivered(replies int) {
	n.t.Helper()
	n.eventually("all replies are written", func() bool { return n.count(replied) == replies })
	n.eventually("all is delivered", func() bool { return n.count("SELECT count(*) FROM outbox WHERE status <> 'delivered'") == 0 })
}

func texted(t *testing.T, n *network) {
	s := n.subscriber(5)
	if _, err := s.kyrgyz(); err != nil {
		t.Fatal(err)
	}
	s.text("жардам")
	text, parts, err := s.receive()
	if err != nil || parts < 2 || !strings.Contains(text, "жооп") || menus.Measure(text).Units <= 70 {
		t.Errorf("the answer is %q in %d parts, %v", text, parts, err)
	}
	t.Logf("a text of %d letters in %d parts: %q", menus.Measure(text).Units, parts, text)
	s.text("КОНСУЛ МОСКВА")
	if text, _, err = s.receive(); err != nil || !strings.Contains(text, "Москва элчилиги") {
		t.Errorf("the answer is %q, %v", text, err)
	}
	n.delivered(2)
}
