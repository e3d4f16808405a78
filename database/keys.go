package database

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"os"
	"sync"
	"sync/atomic"
)

// Keys encrypt what is stored about people, and make the hashes it is looked up by. They are never in the database:
// whoever has only a dump, or only the keys, reads nothing. When their files are replaced, Refresh takes the new ones up.
type Keys struct {
	files   KeyFiles
	made    []string  // files that this load wrote, because there were none
	macs    sync.Pool // of hash.Hash: a callback takes several, and setting one up costs as much as the hash
	ring    atomic.Pointer[ring]
	reading sync.Mutex
}

var (
	// ErrSensitive tells that a value was sealed by SealSensitive, and that this process has no key to open it.
	ErrSensitive = errors.New("sealed for case workers, and this process has no key to open it")
	// ErrUnknownKey tells that a value was sealed with a key that is not in the keys file, or is disabled there, or was not sealed at all.
	ErrUnknownKey = errors.New("sealed with a key that is not among the enabled ones of the keys file")
)

// LoadKeys reads the keys in path and those of sensitive kinds beside it; see KeyFiles.Load.
func LoadKeys(path string) (*Keys, error) {
	return KeyFiles{Keys: path}.Load()
}

// Seal encrypts plain with AES-256-GCM. The context, for instance table and row, is not stored, and must be the same in Open.
func (k *Keys) Seal(plain, context []byte) []byte {
	sealed, err := k.ring.Load().seal.Encrypt(plain, context)
	if err != nil {
		panic(fmt.Sprintf("seal %d bytes: %v", len(plain), err)) // only beyond the 64 GB that the cipher allows
	}
	return sealed
}

// SealSensitive encrypts what only case workers may open, with HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM). Every process can; one
// without the file of sensitive keys cannot open it again, not even what it sealed itself.
func (k *Keys) SealSensitive(plain, context []byte) []byte {
	sealed, err := k.ring.Load().sealSensitive.Encrypt(plain, context)
	if err != nil {
		panic(fmt.Sprintf("seal %d sensitive bytes: %v", len(plain), err))
	}
	return sealed
}

// OpensSensitive reports whether this process can open what SealSensitive made.
func (k *Keys) OpensSensitive() bool { return k.ring.Load().openSensitive != nil }

// Open decrypts what Seal or SealSensitive made in the same context. It fails for anything else, changed by a single bit even. A value of a
// key that is not known makes it look whether the keys files were replaced.
func (k *Keys) Open(sealed, context []byte) ([]byte, error) {
	plain, err := k.ring.Load().open(sealed, context)
	if errors.Is(err, ErrUnknownKey) || errors.Is(err, ErrSensitive) {
		if problem := k.Refresh(); problem != nil {
			return nil, fmt.Errorf("open sealed value: %w (%w)", err, problem)
		}
		plain, err = k.ring.Load().open(sealed, context)
	}
	if err != nil {
		return nil, fmt.Errorf("open sealed value: %w", err)
	}
	return plain, nil
}

// Refresh takes up keys files that were replaced since they were last read; else it costs two looks at the disk. A running program calls it
// every few seconds, so that it soon seals with a new key. On an error the keys stay as they were. The hash key never changes.
func (k *Keys) Refresh() error {
	k.reading.Lock()
	defer k.reading.Unlock()
	old := k.ring.Load()
	if k.files.version().same(old.version) {
		return nil
	}
	fresh, err := k.files.read()
	if err != nil {
		return fmt.Errorf("read the keys again: %w", err)
	}
	if !hmac.Equal(fresh.hash, old.hash) {
		return fmt.Errorf("read the keys again: %w: the hash key is another one, which would lose every look-up", ErrOtherKeys)
	}
	k.ring.Store(fresh)
	return nil
}

// Discard removes the files that loading these keys wrote; files that were there before stay. It is for keys that turn out not to be those
// of the database, before anything was sealed with them.
func (k *Keys) Discard() error {
	var problems []error
	for _, path := range k.made {
		problems = append(problems, os.Remove(path))
	}
	k.made = nil
	return errors.Join(problems...)
}

// Hash returns 16 bytes that stand for the parts in look-ups; without the keys nobody can try out numbers against them.
// Each part is preceded by its length, so ("ab", "c") and ("a", "bc") differ. Begin with what the hash is for.
func (k *Keys) Hash(parts ...string) []byte {
	mac := k.macs.Get().(hash.Hash)
	defer k.macs.Put(mac)
	mac.Reset()
	var length [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)[:16]
}

func keysOf(files KeyFiles, first *ring, made []string) *Keys {
	newMAC := func() any { return hmac.New(sha256.New, first.hash) }
	k := &Keys{files: files, made: made, macs: sync.Pool{New: newMAC}}
	k.ring.Store(first)
	return k
}
