package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sapar/database"
	"sapar/sms"
)

// Config is every setting of the program. Each may be given in the environment or as a flag of the same name; .env.example lists them.
type Config struct {
	Listen          string `env:"SAPAR_LISTEN" default:"127.0.0.1:8080" help:"Address carriers call."`
	AdminListen     string `env:"SAPAR_ADMIN_LISTEN" default:"127.0.0.1:8081" help:"Address of /metrics, /healthz, /readyz and pprof; never a public one."`
	PublicURL       string `env:"SAPAR_PUBLIC_URL" help:"Address of this program as carriers reach it, with https:// and without a slash at the end: for delivery reports and signatures."`
	DatabaseURL     string `env:"DATABASE_URL" help:"Postgres to use. Empty: a private one under the data folder, on a unix socket."`
	DatabaseURLFile string `env:"DATABASE_URL_FILE" help:"File that holds the address of Postgres, instead of DATABASE_URL."`
	Data            string `env:"SAPAR_DATA" default:"./data" help:"Folder of the private Postgres and the keys."`
	Channels        string `env:"SAPAR_CHANNELS" help:"YAML file of the channels. Empty: one of each kind, without secrets, for this machine only."`
	Keys            string `env:"SAPAR_KEYS" help:"File of the encryption keys. Empty: keys.json in the data folder, made on a first run."`

	TrustedProxies []string `env:"SAPAR_TRUSTED_PROXIES" help:"Addresses or networks of proxies in front of this program, with commas between: what they say of who called them is believed, in the console."`

	SensitiveKeys string `env:"SAPAR_SENSITIVE_KEYS" help:"File of the keys that open sensitive kinds. Empty: keys-sensitive.json beside the other keys, made on a first run."`

	SMSDailySegments  int           `name:"sms-daily-segments" env:"SAPAR_SMS_DAILY_SEGMENTS" default:"20000" help:"Most parts of messages that are sent on a day (UTC), all together; then sending stops and an alarm is logged."`
	SMSPrice          float64       `name:"sms-price" env:"SAPAR_SMS_PRICE" default:"0" help:"What one part of a message costs, in the currency you count in; 0 is not known. For the price of a broadcast before it is sent."`
	BroadcastApproval int           `env:"SAPAR_BROADCAST_APPROVAL" default:"100" help:"A broadcast to more people than this needs the approval of a second person."`
	SMSDailyPerNumber int           `name:"sms-daily-per-number" env:"SAPAR_SMS_DAILY_PER_NUMBER" default:"50" help:"Most automatic answers to a number on a day."`
	SMSReplyEvery     time.Duration `name:"sms-reply-every" env:"SAPAR_SMS_REPLY_EVERY" default:"10s" help:"Shortest time between two automatic answers to a number."`
}

// limits are the usual ones with what was set.
func (c *Config) limits() sms.Limits {
	limits := sms.DefaultLimits()
	limits.DailySegments, limits.DailyPerNumber, limits.ReplyEvery = c.SMSDailySegments, c.SMSDailyPerNumber, c.SMSReplyEvery
	return limits
}

func (c *Config) keysPath() string {
	if c.Keys != "" {
		return c.Keys
	}
	return filepath.Join(c.Data, "keys.json")
}

func (c *Config) keyFiles() database.KeyFiles {
	return database.KeyFiles{Keys: c.keysPath(), Sensitive: c.SensitiveKeys}
}

// databaseURL is the address of a Postgres somebody else runs, or empty.
func (c *Config) databaseURL() (string, error) {
	if c.DatabaseURL != "" || c.DatabaseURLFile == "" {
		return c.DatabaseURL, nil
	}
	text, err := os.ReadFile(c.DatabaseURLFile)
	if err != nil {
		return "", fmt.Errorf("DATABASE_URL_FILE: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// loopback reports whether an address can be reached from this machine only.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
