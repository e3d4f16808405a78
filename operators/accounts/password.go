package accounts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Argon2id with 19 MiB, two passes and one lane. Source: OWASP Password Storage Cheat Sheet (read 2026-11-21), which counts it equal to 46 MiB
// and one pass; the server that also answers phones has little memory.
const (
	memory = 19 * 1024 // KiB
	passes = 2
	lanes  = 1
	length = 32
)

// hashing lets two passwords be hashed at a time: more would be a way to take the machine's memory.
var hashing = make(chan struct{}, 2)

// hash is what is kept of a password: argon2id in the PHC form. What goes in is a keyed hash, so that a dump alone is of no use to whoever guesses.
func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the program instead
	return a.hashWith(ctx, password, salt)
}

func (a *Accounts) hashWith(ctx context.Context, password string, salt []byte) (string, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-hashing }()
	sum := argon2.IDKey(a.Keys.Hash("operator password", password), salt, passes, memory, lanes, length)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, b64(salt), b64(sum)), nil
}

// matches compares a password with what is kept of it. Of nobody's ("") nothing matches, after the same work.
func (a *Accounts) matches(ctx context.Context, kept, password string) (bool, error) {
	salt := make([]byte, 16)
	if parts := strings.Split(kept, "$"); len(parts) == 6 {
		if read, err := base64.RawStdEncoding.DecodeString(parts[4]); err == nil {
			salt = read
		}
	}
	made, err := a.hashWith(ctx, password, salt)
	return err == nil && kept != "" && subtle.ConstantTimeCompare([]byte(made), []byte(kept)) == 1, err
}
