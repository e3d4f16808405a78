package pins

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"

	"sapar/people"
)

// Argon2id with 19 MiB, two passes and one lane. Source: OWASP Password Storage Cheat Sheet (read 2026-11-21), which counts it equal to 46 MiB
// with one pass; it is the faster and smaller of the two.
const (
	memory = 19 * 1024 // KiB
	passes = 2
	lanes  = 1
	length = 32
)

// hash is what is kept of a PIN: argon2id in the PHC form. What goes in is a keyed hash, since ten thousand PINs are soon tried by whoever has a dump.
func (p *Pins) hash(pin string, salt []byte) string {
	p.hashes.Add(1)
	sum := argon2.IDKey(p.keys.Hash("pin", pin), salt, passes, memory, lanes, length)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, b64(salt), b64(sum))
}

// One salt serves all who share a phone, so that one hash is compared with everybody's: five people cost the same as nobody.
func (p *Pins) phoneSalt(phoneHash []byte) []byte {
	return p.keys.Hash("salt of a phone", string(phoneHash))
}

func (p *Pins) personSalt(person people.ID) []byte {
	return p.keys.Hash("salt of a person", string(person[:]))
}
