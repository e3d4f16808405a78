package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"time"
)

// wire is a kept connection that sends prepared requests and reads as little of the answers as tells right from wrong: a full HTTP
// client would use as much of the machine as the server it measures.
type wire struct {
	net.Conn
	reader *bufio.Reader
	body   []byte
}

// wireWait is how long an answer may take before the run is given up.
const wireWait = 20 * time.Second

func dialWire(ctx context.Context, address string) (*wire, error) {
	conn, err := (&net.Dialer{Timeout: wireWait}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{Conn: conn, reader: bufio.NewReader(conn)}, conn.SetDeadline(time.Now().Add(10 * time.Minute))
}

// ask sends a request and reports whether its answer is 200 with the wanted body.
func (w *wire) ask(request, want []byte) (bool, error) {
	if _, err := w.Write(request); err != nil {
		return false, err
	}
	status, err := w.reader.ReadSlice('\n')
	if err != nil {
		return false, err
	}
	right := bytes.HasPrefix(status, []byte("HTTP/1.1 200"))
	length, err := w.header()
	if err != nil {
		return false, err
	}
	w.body = append(w.body[:0], make([]byte, length)...)
	_, err = io.ReadFull(w.reader, w.body)
	return right && bytes.Equal(w.body, want), err
}

var contentLength = []byte("Content-Length: ")

// header reads to the body and returns its length.
func (w *wire) header() (int, error) {
	length := -1
	for {
		line, err := w.reader.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, contentLength); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, err
			}
		}
	}
	if length < 0 {
		return 0, errors.New("an answer without Content-Length")
	}
	return length, nil
}
