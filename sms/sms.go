// Package sms is the texted door, and the outbox that sends: a word opens a node of the same trees, and no message is lost or doubled.
package sms

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// Message is a text somebody sent us, as a carrier posted it.
type Message struct {
	ID   string // the carrier's id of it: the same message again has the same one
	From string // as the carrier wrote it
	To   string // the number or short code it was sent to
	Raw  []byte // the text as it came, byte for byte
}

// Outgoing is a message on its way to a carrier.
type Outgoing struct {
	ID     uuid.UUID // ours; it stands in the report's address where the carrier allows one
	To     string    // E.164
	Sender string    // number, short code or name
	Text   string
	Report string    // address for delivery reports, or empty
	Since  time.Time // when it was first tried, for asking what became of it
}

// Outcome is what became of one attempt to send, or of one question about it.
type Outcome struct {
	Result     Result
	Ref        string        // the carrier's id of the message
	Code       string        // the carrier's error code
	Verdict    Verdict       // what a refusal says of the number
	RetryAfter time.Duration // how long the carrier asks to wait; 0 when it says nothing
}

// Result says whether the carrier acted.
type Result string

// The results of an attempt. Only NotSent may be tried again: whatever may have happened is Unknown.
const (
	Accepted Result = "accepted" // the carrier has it
	Refused  Result = "refused"  // the carrier never will send it
	NotSent  Result = "not sent" // it surely did not happen: 429, connection refused, DNS, TLS
	Unknown  Result = "unknown"  // 5xx, timeout after bytes were written, reset, no answer that can be read
)

// Verdict is what an error code says of the number itself.
type Verdict string

// What a carrier may say of a number.
const (
	NumberFine     Verdict = ""
	NumberBad      Verdict = "bad number"
	NumberOptedOut Verdict = "opted out"
)

// Report is a delivery report.
type Report struct {
	ID      uuid.UUID // ours, from the report's address; zero when the carrier has no such address
	Ref     string    // the carrier's id
	Status  Status
	Code    string
	Verdict Verdict
}

// Status is where a message of the outbox is. It only moves forward (docs/promises.md).
type Status string

// The states of a message.
const (
	Pending     Status = "pending"
	Submitting  Status = "submitting" // an attempt is committed, and its POST under way
	InDoubt     Status = "unknown"    // an attempt may or may not have reached the carrier
	Taken       Status = "accepted"   // the carrier has it
	Sent        Status = "sent"       // on its way to the phone
	Delivered   Status = "delivered"
	Undelivered Status = "undelivered"
	Failed      Status = "failed"
	Expired     Status = "expired"
	Cancelled   Status = "cancelled"
)

// Carrier is one way carriers speak SMS.
type Carrier interface {
	// Read understands an inbound message; what is none gives a callbacks.BadCallback whose sentence names the field.
	Read(r *http.Request) (Message, error)
	// Answer acknowledges an inbound message. Where Replies is true the reply travels in it, else reply is empty and goes by the outbox.
	Answer(w http.ResponseWriter, reply string) error
	// Replies reports whether the answer to an inbound message carries the reply.
	Replies() bool
	// ReadReport understands a delivery report.
	ReadReport(r *http.Request) (Report, error)
	// Send tries to hand one message to the carrier, once.
	Send(ctx context.Context, m Outgoing) Outcome
}

// Asker is a carrier that can be asked what became of a message whose attempt was left in doubt.
type Asker interface {
	// Ask looks for the message; Unknown means that the carrier cannot tell yet.
	Ask(ctx context.Context, m Outgoing) Outcome
}
