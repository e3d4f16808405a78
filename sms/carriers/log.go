package carriers

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"

	"golang.org/x/term"

	"sapar/callbacks"
	"sapar/sms"
)

// printed sends nothing: it notes that something would have been sent. On a terminal, where whoever tries the program out sits, it shows the
// text as well; the number is never shown.
type printed struct {
	channel string
	screen  io.Writer // nil when nobody sits there
}

func newLog(settings sms.Settings) (sms.Carrier, error) {
	if err := settings.Read(&struct{}{}); err != nil {
		return nil, err
	}
	p := &printed{channel: settings.Channel.Name}
	if term.IsTerminal(int(os.Stdout.Fd())) {
		p.screen = os.Stdout
	}
	return p, nil
}

// Read refuses: nothing comes from a log.
func (*printed) Read(*http.Request) (sms.Message, error) {
	return sms.Message{}, callbacks.Bad("channel", "takes no messages")
}

// Answer has nothing to acknowledge.
func (*printed) Answer(w http.ResponseWriter, _ string) error {
	return callbacks.Answer(w, callbacks.PlainText, "")
}

// Replies is false: nothing comes from a log.
func (*printed) Replies() bool { return false }

// ReadReport refuses: nothing comes from a log.
func (*printed) ReadReport(*http.Request) (sms.Report, error) {
	return sms.Report{}, callbacks.Bad("channel", "takes no reports")
}

// Send notes the message and calls it accepted, under our own id.
func (p *printed) Send(_ context.Context, m sms.Outgoing) sms.Outcome {
	segments := sms.Segments(m.Text)
	slog.Info("a message, which this channel only prints", "channel", p.channel, "segments", segments)
	if p.screen != nil {
		fmt.Fprintf(p.screen, "SMS of %d: %q\n", segments, m.Text)
	}
	return sms.Outcome{Result: sms.Accepted, Ref: m.ID.String()}
}
