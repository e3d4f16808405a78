package callbacks

import (
	"crypto/sha256"
	"crypto/subtle"
	"regexp"
	"slices"
)

// Secrets open a channel: the last part of the path must be one of them. There is more than one only while a secret is being changed.
type Secrets []string

// Admits reports whether the secret of a callback is one of the channel's, in a time that does not tell how near a wrong one came.
// A channel without a secret admits only callbacks without one.
func (s Secrets) Admits(secret string) bool {
	if len(s) == 0 {
		return secret == ""
	}
	given, found := sha256.Sum256([]byte(secret)), 0
	for _, one := range s {
		want := sha256.Sum256([]byte(one))
		found |= subtle.ConstantTimeCompare(given[:], want[:])
	}
	return found == 1
}

// secretShape is long enough not to be guessed, of letters that stand in a path as they are, and no word that follows a channel's name there.
var secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{16,200}$`)

// secretRule says the same to whoever wrote another one.
const secretRule = "a secret has 16 to 200 letters of A-Z, a-z, 0-9, - and _"

// Secrets are what the entry at a path gives, or the lines of the file it names: one, or two while the carrier changes from one to the other.
// Taken finds secrets that would be taken for something else in the path, and but says so; nil when there are none.
func (f *File) Secrets(path string, e *Entry, taken func(secret string) bool, but string) (Secrets, error) {
	var secrets Secrets
	key := path + ".secret"
	switch {
	case e.Secret != nil && e.SecretFile != "":
		return nil, f.At(key, "give secret or secret_file, not both")
	case e.Secret != nil:
		secrets = Secrets{*e.Secret}
	case e.SecretFile != "":
		key = path + ".secret_file"
		lines, err := f.lines(e.SecretFile)
		if err != nil {
			return nil, f.At(key, err.Error())
		}
		secrets = lines
	default:
		return nil, nil
	}
	bad := func(s string) bool { return !secretShape.MatchString(s) || taken != nil && taken(s) }
	if len(secrets) == 0 || slices.ContainsFunc(secrets, bad) {
		return nil, f.At(key, secretRule+but)
	}
	return secrets, nil
}
