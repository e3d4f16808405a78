package database

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tink "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// KeySet is one of the two sets of keys.
type KeySet string

// The sets. Each is rotated by itself; the hash key is in neither and stays for ever, because every look-up hangs on it.
const (
	UsualKeys     KeySet = "usual"
	SensitiveKeys KeySet = "sensitive"
)

// KeyState says what a key does.
type KeyState string

// The states, in the order in which a key goes through them. After the last it is destroyed, and not listed any more.
const (
	KeyWaits    KeyState = "waits"    // opens; it will seal once it is promoted
	KeySeals    KeyState = "seals"    // opens and seals
	KeyOpens    KeyState = "opens"    // a newer one seals; what this one sealed can be opened
	KeyDisabled KeyState = "disabled" // opens nothing, and can be enabled again
)

// Key is a key without its secret.
type Key struct {
	ID    uint32
	State KeyState
}

// Old reports whether a newer key has taken the place of this one.
func (k Key) Old() bool { return k.State == KeyOpens || k.State == KeyDisabled }

// List returns the keys of a set, the oldest first.
func (f KeyFiles) List(set KeySet) ([]Key, error) {
	r, err := f.read()
	if err != nil {
		return nil, err
	}
	return listKeys(r.set(set)), nil
}

func listKeys(handle *keyset.Handle) []Key {
	keys := make([]Key, 0, handle.Len())
	state := KeyOpens
	for i := range handle.Len() {
		entry, err := handle.Entry(i)
		if err != nil {
			continue // only beyond the last
		}
		key := Key{ID: entry.KeyID(), State: state}
		switch {
		case entry.IsPrimary():
			key.State, state = KeySeals, KeyWaits
		case entry.KeyStatus() != keyset.Enabled:
			key.State = KeyDisabled
		}
		keys = append(keys, key)
	}
	return keys
}

// Add draws a new key that opens and does not seal yet. When every process has the files with it, Rotate lets it seal.
func (f KeyFiles) Add(set KeySet) error {
	return f.change(set, func(m *keyset.Manager, _ []Key) error {
		_, err := m.Add(keyTemplate(set))
		return err
	})
}

// Rotate lets the newest key seal: the one that waits, or else a new one. The others go on opening. While there are old ones, so that a
// rotation has not come to its end, it changes nothing, and may be called again.
func (f KeyFiles) Rotate(set KeySet) error {
	return f.change(set, func(m *keyset.Manager, keys []Key) error {
		newest := keys[len(keys)-1]
		switch {
		case newest.State == KeyWaits:
			return m.SetPrimary(newest.ID)
		case keys[0].Old():
			return nil
		}
		id, err := m.Add(keyTemplate(set))
		if err != nil {
			return err
		}
		return m.SetPrimary(id)
	})
}

func keyTemplate(set KeySet) *tink.KeyTemplate {
	if set == SensitiveKeys {
		return hybrid.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM_Key_Template()
	}
	return aead.AES256GCMKeyTemplate()
}

// Disable takes the old keys out of use; Enable undoes it. What they sealed cannot be opened meanwhile.
func (f KeyFiles) Disable(set KeySet) error {
	return f.eachOld(set, (*keyset.Manager).Disable)
}

// Enable takes disabled keys back into use.
func (f KeyFiles) Enable(set KeySet) error {
	return f.eachOld(set, (*keyset.Manager).Enable)
}

// Destroy removes the disabled keys, from the copies of the files as they were before too. What they sealed is lost for ever, in backups
// of the database as well, unless the file itself was backed up.
func (f KeyFiles) Destroy(set KeySet) error {
	err := f.change(set, func(m *keyset.Manager, keys []Key) error {
		var problems []error
		for _, key := range keys {
			if key.State == KeyDisabled {
				problems = append(problems, m.Delete(key.ID))
			}
		}
		return errors.Join(problems...)
	})
	if err != nil {
		return err
	}
	if set == SensitiveKeys {
		err = dropOld(f.sensitive())
	}
	return errors.Join(err, dropOld(f.Keys))
}

func (f KeyFiles) eachOld(set KeySet, do func(*keyset.Manager, uint32) error) error {
	return f.change(set, func(m *keyset.Manager, keys []Key) error {
		var problems []error
		for _, key := range keys {
			if key.Old() {
				problems = append(problems, do(m, key.ID))
			}
		}
		return errors.Join(problems...)
	})
}

// change edits a set and replaces its file. A process that dies in between leaves the old file or the new one.
func (f KeyFiles) change(set KeySet, edit func(*keyset.Manager, []Key) error) error {
	err := f.locked(func() error {
		if set == SensitiveKeys {
			return f.changeSensitive(edit)
		}
		file, usual, err := f.readUsual()
		if err != nil {
			return err
		}
		changed, err := edited(usual, edit)
		if err != nil {
			return err
		}
		if file.Seal, err = secretJSON(changed); err != nil {
			return err
		}
		return replaceJSON(f.Keys, file)
	})
	if err != nil {
		return fmt.Errorf("change the %s keys: %w", set, err)
	}
	return nil
}

// changeSensitive writes the half that opens first: whatever the other half seals can then be opened, wherever this stops.
func (f KeyFiles) changeSensitive(edit func(*keyset.Manager, []Key) error) error {
	file, _, err := f.readUsual()
	if err != nil {
		return err
	}
	private, err := f.readPrivate()
	if err != nil {
		return err
	}
	changed, err := edited(private, edit)
	if err != nil {
		return err
	}
	secret, err := secretJSON(changed)
	if err != nil {
		return err
	}
	if file.Sensitive, err = halfOf(changed); err != nil {
		return err
	}
	if err := replaceJSON(f.sensitive(), sensitiveFile{Open: secret}); err != nil {
		return err
	}
	return replaceJSON(f.Keys, file)
}

func edited(handle *keyset.Handle, edit func(*keyset.Manager, []Key) error) (*keyset.Handle, error) {
	manager := keyset.NewManagerFromHandle(handle)
	if err := edit(manager, listKeys(handle)); err != nil {
		return nil, err
	}
	return manager.Handle()
}
