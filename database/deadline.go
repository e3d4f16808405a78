package database

import (
	"context"
	"net"
	"time"
)

// dialer makes connections that give up on a silent peer. Without it lib/pq waits for ever:
// a cancelled query sends a cancel request, and then waits for the answer to that.
type dialer struct {
	silence time.Duration // zero waits without limit
}

// DialContext is what lib/pq calls for connections and for cancel requests.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d.dial(ctx, network, address, d.silence)
}

// Dial completes pq.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.dial(context.Background(), network, address, d.silence)
}

// DialTimeout completes pq.Dialer.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	return d.dial(context.Background(), network, address, timeout)
}

func (d dialer) dial(ctx context.Context, network, address string, timeout time.Duration) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: timeout}).DialContext(ctx, network, address)
	if err != nil || d.silence == 0 {
		return conn, err
	}
	return impatientConn{Conn: conn, silence: d.silence}, nil
}

// impatientConn fails a read or a write that moves nothing for the time of silence. lib/pq drops a connection after such an error
// and does not repeat the statement.
type impatientConn struct {
	net.Conn
	silence time.Duration
}

func (c impatientConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func (c impatientConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
