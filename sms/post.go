package sms

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// ErrLate says that a POST did not begin in time, and so did not happen.
var ErrLate = errors.New("the time to send has passed")

// NewPost makes the request of one attempt. Its body refuses to be read once the context's deadline has passed, which keeps the promise of
// the lease where the context alone cannot: a process that was paused between the check of its lease and the first byte, and goes on
// minutes later, would send before its timers run. Then the request fails with ErrLate, and nothing was sent.
func NewPost(ctx context.Context, url, contentType, body string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, &punctual{ctx, strings.NewReader(body)})
	if err != nil {
		return nil, err
	}
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Type", contentType)
	return r, nil
}

// punctual is a body that is sent in time or not at all. Headers of less than 4 KiB leave together with the body, after it was read.
type punctual struct {
	ctx  context.Context
	body io.Reader
}

func (p *punctual) Read(b []byte) (int, error) {
	// The wall clock also counts the time in which the whole machine was asleep.
	if deadline, ok := p.ctx.Deadline(); ok && time.Now().Round(0).After(deadline.Round(0)) {
		return 0, ErrLate
	}
	return p.body.Read(b)
}
