package database

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// KeyFiles says where the keys are. The first file seals and opens what is usual, and seals what is sensitive; the second one opens that.
// A process without the second file serves and files like any other.
type KeyFiles struct {
	Keys      string
	Sensitive string // empty: beside Keys, as keys-sensitive.json is beside keys.json
}

// keysFile is the JSON of the first file. A keyset may hold several keys, each with an id: the primary one seals, all enabled ones open.
type keysFile struct {
	Seal      json.RawMessage `json:"seal"`                // a cleartext keyset of Tink
	Hash      []byte          `json:"hash"`                // 32 bytes; changing them loses every look-up
	Sensitive json.RawMessage `json:"sensitive,omitempty"` // a public keyset; files of before it had one get it when they are next loaded
}

// sensitiveFile is the JSON of the second file.
type sensitiveFile struct {
	Open json.RawMessage `json:"open"` // the cleartext keyset that the public one was made from
}

// ErrOpenKeys tells that the keys can be read by other users of the machine.
var ErrOpenKeys = errors.New("the keys file is open to other users")

// errOneHalf is for a keys file that seals nothing sensitive yet.
var errOneHalf = errors.New("the keys file has no sensitive keys")

// Load reads the keys, and makes new ones, readable by this user only, when there is no first file. Then the second is made too, unless it is
// there. It never writes over a key. A file that others can read gives ErrOpenKeys; halves that do not belong together give ErrOtherHalf.
func (f KeyFiles) Load() (*Keys, error) {
	first, err := f.read()
	if err == nil {
		return keysOf(f, first, nil), nil
	}
	if !errors.Is(err, errOneHalf) && !f.missing() {
		return nil, err
	}
	made, err := f.create()
	if err != nil {
		return nil, fmt.Errorf("create keys: %w", err)
	}
	if first, err = f.read(); err != nil {
		return nil, err
	}
	return keysOf(f, first, made), nil
}

func (f KeyFiles) sensitive() string {
	if f.Sensitive != "" {
		return f.Sensitive
	}
	extension := filepath.Ext(f.Keys)
	return strings.TrimSuffix(f.Keys, extension) + "-sensitive" + extension
}

func (f KeyFiles) missing() bool {
	_, err := os.Stat(f.Keys)
	return errors.Is(err, fs.ErrNotExist)
}

// version tells whether files were replaced: a replaced one is another file, or has another time or size.
type version [2]fs.FileInfo

func (f KeyFiles) version() version {
	var v version
	v[0], _ = os.Stat(f.Keys)
	v[1], _ = os.Stat(f.sensitive())
	return v
}

func (v version) same(other version) bool {
	for i := range v {
		switch {
		case v[i] == nil || other[i] == nil:
			if v[i] != nil || other[i] != nil {
				return false
			}
		case !os.SameFile(v[i], other[i]) || v[i].Size() != other[i].Size() || !v[i].ModTime().Equal(other[i].ModTime()):
			return false
		}
	}
	return true
}

// read reads both files; the second may be missing. The version is taken first: a file replaced in between is read once more, later.
func (f KeyFiles) read() (*ring, error) {
	v := f.version()
	file, usual, err := f.readUsual()
	if err != nil {
		return nil, err
	}
	if len(file.Sensitive) == 0 {
		return nil, errOneHalf
	}
	public, err := readPublic(file.Sensitive)
	if err != nil {
		return nil, noKeys(f.Keys)
	}
	private, err := f.readPrivate()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	r, err := newRing(file.Hash, usual, public, private)
	if err != nil {
		return nil, fmt.Errorf("read keys %s and %s: %w", f.Keys, f.sensitive(), err)
	}
	r.version = v
	return r, nil
}

func (f KeyFiles) readUsual() (file keysFile, usual *keyset.Handle, err error) {
	if err := readJSON(f.Keys, &file); err != nil {
		return file, nil, err
	}
	if usual, err = readSecret(file.Seal); err != nil || len(file.Hash) != 32 {
		return file, nil, noKeys(f.Keys)
	}
	return file, usual, nil
}

func (f KeyFiles) readPrivate() (*keyset.Handle, error) {
	var file sensitiveFile
	if err := readJSON(f.sensitive(), &file); err != nil {
		return nil, err
	}
	private, err := readSecret(file.Open)
	if err != nil {
		return nil, noKeys(f.sensitive())
	}
	return private, nil
}

// readJSON reads a file that only this user may read. No error quotes it.
func readJSON(path string, into any) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%w: %s has mode %o; chmod 600 it", ErrOpenKeys, path, mode)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if json.Unmarshal(text, into) != nil { // its error might quote a key
		return noKeys(path)
	}
	return nil
}

func noKeys(path string) error {
	return fmt.Errorf("read keys: %s is cut short or was not written by Sapar; put the copy of it back", path)
}

// create makes what is missing, and returns which files it made. Of two processes that create at once one makes each file, and both read it.
func (f KeyFiles) create() (made []string, err error) {
	private, err := f.readPrivate()
	if errors.Is(err, fs.ErrNotExist) {
		if made, err = f.createPrivate(); err != nil {
			return nil, err
		}
		private, err = f.readPrivate()
	}
	if err != nil {
		return nil, err
	}
	public, err := halfOf(private)
	if err != nil {
		return nil, err
	}
	if !f.missing() {
		return nil, f.addHalf(public)
	}
	text, err := newUsual(public)
	if err != nil {
		return nil, err
	}
	won, err := createFile(f.Keys, text)
	if won {
		made = append(made, f.Keys)
	}
	return made, err
}

func (f KeyFiles) createPrivate() (made []string, err error) {
	handle, err := keyset.NewHandle(keyTemplate(SensitiveKeys))
	if err != nil {
		return nil, err
	}
	secret, err := secretJSON(handle)
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(sensitiveFile{Open: secret}, "", "  ")
	if err != nil {
		return nil, err
	}
	won, err := createFile(f.sensitive(), text)
	if won {
		made = []string{f.sensitive()}
	}
	return made, err
}

// addHalf completes a keys file of before there were sensitive keys.
func (f KeyFiles) addHalf(public json.RawMessage) error {
	return f.locked(func() error {
		file, _, err := f.readUsual()
		if err != nil || len(file.Sensitive) > 0 {
			return err
		}
		file.Sensitive = public
		return replaceJSON(f.Keys, file)
	})
}

func halfOf(private *keyset.Handle) (json.RawMessage, error) {
	public, err := private.Public()
	if err != nil {
		return nil, err
	}
	return publicJSON(public)
}

func newUsual(public json.RawMessage) ([]byte, error) {
	handle, err := keyset.NewHandle(keyTemplate(UsualKeys))
	if err != nil {
		return nil, err
	}
	seal, err := secretJSON(handle)
	if err != nil {
		return nil, err
	}
	hash := make([]byte, 32)
	_, _ = rand.Read(hash) // never fails: crypto/rand ends the program instead
	return json.MarshalIndent(keysFile{Seal: seal, Hash: hash, Sensitive: public}, "", "  ")
}

// locked runs f while no other process changes keys in this folder.
func (f KeyFiles) locked(change func() error) error {
	folder, err := os.Open(filepath.Dir(f.Keys))
	if err != nil {
		return err
	}
	defer folder.Close() // frees the lock
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", folder.Name(), err)
	}
	return change()
}
