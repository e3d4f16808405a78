package outbox

import (
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"

	"sapar/sms"
)

// A carrier that failed tripAfter times without a success between is left alone for restTime, and then tried with one message.
const (
	tripAfter = 5
	restTime  = 10 * time.Second
)

// breaker keeps a channel whose carrier is in trouble from being sent to: every message of it would end in doubt.
type breaker struct {
	circuit *gobreaker.CircuitBreaker[sms.Outcome]
}

var (
	errTrouble = errors.New("the carrier is in trouble")
	errBusy    = errors.New("the carrier is busy")
)

func newBreaker(channel string) *breaker {
	return &breaker{gobreaker.NewCircuitBreaker[sms.Outcome](gobreaker.Settings{
		Name: channel, Timeout: restTime,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsExcluded:  func(err error) bool { return errors.Is(err, errBusy) },
	})}
}

// send makes one attempt, unless the carrier is left alone: then it surely did not happen.
func (b *breaker) send(attempt func() sms.Outcome) sms.Outcome {
	out, err := b.circuit.Execute(func() (sms.Outcome, error) {
		out := attempt()
		return out, trouble(out)
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return sms.Outcome{Result: sms.NotSent, Code: "left alone"}
	}
	return out
}

// trouble says whether an outcome speaks against the carrier. A refusal does not, nor does a wish to wait.
func trouble(out sms.Outcome) error {
	switch {
	case out.Result == sms.NotSent && out.RetryAfter > 0:
		return errBusy
	case out.Result == sms.NotSent || out.Result == sms.Unknown:
		return errTrouble
	}
	return nil
}

// most is how many messages may be claimed for the channel now.
func (b *breaker) most() int {
	switch b.circuit.State() {
	case gobreaker.StateOpen:
		return 0
	case gobreaker.StateHalfOpen:
		return 1
	}
	return mostClaimed
}
