package database

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Keys encrypt what is stored about people, and make the hashes it is looked up by. They are never in the database:
// whoever has only a dump, or only the keys, reads nothing.
type Keys struct {
	aead tink.AEAD
	macs sync.Pool // of hash.Hash: a callback takes several, and setting one up costs as much as the hash
}

// keysFile is the JSON on disk. A keyset may hold several keys, each with an id: the primary one seals, all of them open.
type keysFile struct {
	Seal json.RawMessage `json:"seal"` // a cleartext keyset of Tink
	Hash []byte          `json:"hash"` // 32 bytes; changing them loses every look-up
}

// ErrOpenKeys tells that the keys can be read by other users of the machine.
var ErrOpenKeys = errors.New("the keys file is open to other users")

// LoadKeys reads the keys in path, and makes new ones, readable by this user only, when there is no such file.
// It never writes over a file. A file that others can read gives ErrOpenKeys.
func LoadKeys(path string) (*Keys, error) {
	keys, err := readKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := createKeys(path); err != nil {
		return nil, fmt.Errorf("create keys: %w", err)
	}
	return readKeys(path)
}

// Seal encrypts plain with AES-256-GCM. The context, for instance table and row, is not stored, and must be the same in Open.
func (k *Keys) Seal(plain, context []byte) []byte {
	sealed, err := k.aead.Encrypt(plain, context)
	if err != nil {
		panic(fmt.Sprintf("seal %d bytes: %v", len(plain), err)) // only beyond the 64 GB that the cipher allows
	}
	return sealed
}

// Open decrypts what Seal made in the same context. It fails for anything else, changed by a single bit even.
func (k *Keys) Open(sealed, context []byte) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed, context)
	if err != nil {
		return nil, fmt.Errorf("open sealed value: %w", err)
	}
	return plain, nil
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

func readKeys(path string) (*Keys, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %o; chmod 600 it", ErrOpenKeys, path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("read keys %s: %w", path, err)
	}
	return keys, nil
}

func parseKeys(text []byte) (*Keys, error) {
	var file keysFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, errors.New("not the JSON that Sapar writes") // the cause might quote a key
	}
	if len(file.Hash) != 32 {
		return nil, fmt.Errorf("the hash key has %d bytes, not 32", len(file.Hash))
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(file.Seal)))
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, err
	}
	newMAC := func() any { return hmac.New(sha256.New, file.Hash) }
	return &Keys{aead: primitive, macs: sync.Pool{New: newMAC}}, nil
}

func newKeys() ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	var seal bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&seal)); err != nil {
		return nil, err
	}
	hash := make([]byte, 32)
	if _, err := rand.Read(hash); err != nil {
		return nil, err
	}
	return json.MarshalIndent(keysFile{Seal: seal.Bytes(), Hash: hash}, "", "  ")
}

// createKeys writes a complete file beside path and then links it there: of two processes one wins, and both read the same keys.
func createKeys(path string) error {
	text, err := newKeys()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".keys-") // O_EXCL, mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.Write(text)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the new name last: data sealed with keys that a power cut takes away are lost.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
