package callbacks_test

import (
	"testing"

	"sapar/callbacks"
)

const secret = "abcdefgh-12345678"

func TestOnlyItsOwnSecretsOpenAChannel(t *testing.T) {
	open, closed := callbacks.Secrets{}, callbacks.Secrets{secret, "next-" + secret}
	for _, c := range []struct {
		secrets callbacks.Secrets
		secret  string
		admits  bool
	}{
		{open, "", true},
		{open, secret, false},
		{closed, secret, true},
		{closed, "next-" + secret, true},
		{closed, "", false},
		{closed, secret[:16], false},
		{closed, secret + "9", false},
	} {
		if got := c.secrets.Admits(c.secret); got != c.admits {
			t.Errorf("a channel with %d secrets admits %q: %t", len(c.secrets), c.secret, got)
		}
	}
}
