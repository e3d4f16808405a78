package carriers_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// script is a carrier of one answer: it reads a request, keeps it, and does what the test says with the connection.
type script struct {
	address string
	mu      sync.Mutex
	got     []*http.Request
	bodies  []string
}

// play starts a server; answer is called for every request with its connection, which is closed afterwards.
func play(t testing.TB, answer func(net.Conn)) *script {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &script{address: l.Addr().String()}
	done := make(chan struct{})
	var open sync.WaitGroup
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { s.serve(c, answer) })
		}
	}()
	t.Cleanup(func() { l.Close(); <-done; open.Wait() })
	return s
}

func (s *script) serve(c net.Conn, answer func(net.Conn)) {
	defer c.Close()
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.got, s.bodies = append(s.got, r), append(s.bodies, string(body))
	s.mu.Unlock()
	answer(c)
}

// last is the last request that came, and how many there were.
func (s *script) last() (r *http.Request, body string, count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.got) == 0 {
		return nil, "", 0
	}
	return s.got[len(s.got)-1], s.bodies[len(s.bodies)-1], len(s.got)
}

// bytesOf answers with bytes as they stand in a fixture, lines ended as HTTP wants them.
func bytesOf(text []byte) func(net.Conn) {
	head, body, _ := bytes.Cut(text, []byte("\n\n"))
	wire := strings.ReplaceAll(string(head), "\n", "\r\n") + "\r\n\r\n" + strings.TrimSuffix(string(body), "\n")
	return func(c net.Conn) { _, _ = io.WriteString(c, wire) }
}

// reset breaks the connection, so that the other side reads an error and not an end.
func reset(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }
