package main

import (
	"fmt"
	"os"

	"sapar/sms"
	smscarriers "sapar/sms/carriers"
)

// smsChannels reads the SMS channels of a file, or the built-in ones when none is named.
func smsChannels(path, public string) ([]sms.Channel, error) {
	if path == "" {
		return sms.BuiltInChannels(public, smscarriers.New)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("SAPAR_CHANNELS: %w", err)
	}
	return sms.ReadChannels(path, text, public, smscarriers.New)
}

// smsDoor is the door of texts and delivery reports.
func (s *server) smsDoor() *sms.Door {
	door := &sms.Door{
		Channels: map[string]sms.Channel{}, Sessions: s.sessions, Guard: s.guard, DB: s.db, Keys: s.keys, Directory: s.contacts.Load,
		Wake: s.outbox.Wake, Observe: s.metrics.texted, Exchanges: s.exchanges,
	}
	for _, ch := range s.texting {
		door.Channels[ch.Name] = ch
	}
	return door
}
