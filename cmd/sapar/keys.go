package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sapar/database"
)

// sealedTables are all that is sealed in the database, with what it is sealed for, written in SQL. A test finds a column that is missing here.
var sealedTables = []database.SealedTable{
	{Name: "people", Columns: []database.SealedColumn{
		{Name: "phone", Context: "uuid_send(id)"}, {Name: "city", Context: "convert_to('city ' || id, 'UTF8')"},
	}},
	{Name: "numbers", Columns: []database.SealedColumn{{Name: "phone", Context: "phone_hash"}}},
	{Name: "sessions", Columns: []database.SealedColumn{{Name: "state", Context: "uuid_send(id)"}}},
	{Name: "turns", Columns: []database.SealedColumn{{Name: "reply", Context: "uuid_send(session_id)"}}},
	{Name: "inbox", Columns: []database.SealedColumn{{Name: "raw", Context: "uuid_send(person_id)"}, {Name: "text", Context: "uuid_send(person_id)"}}},
	{Name: "outbox_texts", Columns: []database.SealedColumn{{Name: "text", Context: "convert_to('broadcast', 'UTF8')"}}},
	{Name: "broadcast_texts", Columns: []database.SealedColumn{
		{Name: "text", Context: "convert_to('broadcast text ' || broadcast || '/' || language, 'UTF8')"},
	}},
	{Name: "outbox", Columns: []database.SealedColumn{
		{Name: "phone", Context: "uuid_send(person_id)"},
		{Name: "text", Context: "CASE priority WHEN 3 THEN convert_to('broadcast', 'UTF8') ELSE uuid_send(person_id) END"},
	}},
	{Name: "applications", Columns: []database.SealedColumn{{Name: "answers", Context: "convert_to('application ' || number, 'UTF8')"}}},
	{Name: "application_events", Columns: []database.SealedColumn{
		{Name: "why", Context: "convert_to('application event ' || application_id || '/' || n, 'UTF8')"},
	}},
	{Name: "application_notes", Columns: []database.SealedColumn{{Name: "text", Context: "convert_to('application note ' || id, 'UTF8')"}}},
	{Name: "application_questions", Columns: []database.SealedColumn{
		{Name: "question", Context: "convert_to('application question ' || id, 'UTF8')"},
		{Name: "answer", Context: "convert_to('application answer ' || id, 'UTF8')"},
	}},
	{Name: "deadlines", Columns: []database.SealedColumn{{Name: "wish", Context: "convert_to('deadline ' || id, 'UTF8')"}}},
	{Name: "stays", Columns: []database.SealedColumn{{Name: "stay", Context: "convert_to('stay ' || id, 'UTF8')"}}},
	{Name: "operators", Columns: []database.SealedColumn{{Name: "secret", Context: "convert_to('operator ' || id, 'UTF8')"}}},
	{Name: "operator_sessions", Columns: []database.SealedColumn{{Name: "data", Context: "convert_to('operator session ' || token, 'UTF8')"}}},
	{Name: "application_reads", Columns: []database.SealedColumn{{Name: "purpose", Context: "convert_to('application read ' || id, 'UTF8')"}}},
}

// keysCmd looks after the keys that seal what is stored about people.
type keysCmd struct {
	Show   keysShowCmd   `cmd:"" help:"List the keys and how many stored values each of them sealed."`
	Add    keysAddCmd    `cmd:"" help:"Draw a key that opens and does not seal yet, so that its file can be brought to every replica before it is used."`
	Rotate keysRotateCmd `cmd:"" help:"Let a new key seal, and seal anew with it what is stored. What was interrupted goes on when it is started again."`
	Retire keysRetireCmd `cmd:"" help:"Disable the old keys once nothing is sealed with them; later, with --destroy, remove them."`
}

// keysSettings are what every one of these commands is told.
type keysSettings struct {
	Config
	Sensitive bool `help:"The keys of sensitive kinds, instead of the usual ones."`
}

func (s *keysSettings) set() database.KeySet {
	if s.Sensitive {
		return database.SensitiveKeys
	}
	return database.UsualKeys
}

// open gives the keys, and the database that was sealed with them, opened as the owner of its tables.
func (s *keysSettings) open(ctx context.Context) (keys *database.Keys, db *database.DB, done func(), err error) {
	if keys, err = s.keyFiles().Load(); err != nil {
		return nil, nil, nil, err
	}
	server := &server{config: s.Config}
	done = server.close
	url, err := server.openCluster(ctx)
	if err == nil {
		db, err = database.OpenOwner(ctx, url)
	}
	if err != nil {
		done()
		return nil, nil, nil, err
	}
	done = func() { db.Close(); server.close() }
	if err := database.CheckKeys(ctx, db, keys); err != nil {
		done()
		return nil, nil, nil, err
	}
	return keys, db, done, nil
}

// count is how many values each key of a set sealed.
func (s *keysSettings) count(ctx context.Context, db *database.DB) (map[uint32]int, error) {
	counts, err := database.CountSealed(ctx, db, sealedTables)
	sealed := map[uint32]int{}
	for _, c := range counts {
		sealed[c.Key] += c.Values
	}
	return sealed, err
}

// old counts the values that old keys of the set sealed, and says whether there are old keys, and whether they are disabled.
func (s *keysSettings) old(ctx context.Context, db *database.DB) (left int, old, disabled bool, err error) {
	keys, err := s.keyFiles().List(s.set())
	if err != nil {
		return 0, false, false, err
	}
	sealed, err := s.count(ctx, db)
	disabled = true
	for _, key := range keys {
		if key.Old() {
			old, left = true, left+sealed[key.ID]
			disabled = disabled && key.State == database.KeyDisabled
		}
	}
	return left, old, old && disabled, err
}

type keysShowCmd struct{ keysSettings }

// Run prints a line for each key.
func (c *keysShowCmd) Run() error {
	ctx := context.Background()
	_, db, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	sealed, err := c.count(ctx, db)
	if err != nil {
		return err
	}
	for _, set := range []database.KeySet{database.UsualKeys, database.SensitiveKeys} {
		keys, err := c.keyFiles().List(set)
		if err != nil {
			return err
		}
		for _, key := range keys {
			fmt.Printf("%-9s %08x  %-8s  %d values\n", set, key.ID, key.State, sealed[key.ID])
			delete(sealed, key.ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sealed)) {
		fmt.Printf("%-9s %08x  %-8s  %d values that cannot be opened\n", "unknown", id, "", sealed[id])
	}
	return nil
}

type keysAddCmd struct{ keysSettings }

// Run adds a key.
func (c *keysAddCmd) Run() error {
	if err := c.keyFiles().Add(c.set()); err != nil {
		return err
	}
	fmt.Println("added; bring the keys file to every replica, then run: sapar keys rotate")
	return nil
}

type keysRotateCmd struct{ keysSettings }

// Run rotates; the program may serve meanwhile.
func (c *keysRotateCmd) Run() error {
	ctx := context.Background()
	_, db, done, err := c.open(ctx) // before a key is changed: it must be the right database
	if err != nil {
		return err
	}
	defer done()
	if err := c.keyFiles().Rotate(c.set()); err != nil {
		return err
	}
	keys, err := c.keyFiles().Load()
	if err != nil {
		return err
	}
	result, err := keys.Reseal(ctx, db, c.set(), sealedTables, printEvery(time.Second))
	if err != nil {
		return fmt.Errorf("after %d values: %w; start it again to go on", result.Done, err)
	}
	fmt.Printf("sealed anew: %d values\n", result.Done)
	if result.Unreadable > 0 {
		return fmt.Errorf("values that do not open with their key, and were left alone: %d", result.Unreadable)
	}
	if result.Left > 0 {
		return fmt.Errorf("values sealed with old keys meanwhile: %d; bring the keys file to every replica, then start this again", result.Left)
	}
	fmt.Println("nothing is sealed with an old key; backups are: keep a copy of the old keys file as long as them, then run: sapar keys retire")
	return nil
}

// printEvery prints how far each table is, at most once in some time.
func printEvery(wait time.Duration) func(table string, rows int) {
	var printed time.Time
	return func(table string, rows int) {
		if time.Since(printed) >= wait {
			printed = time.Now()
			fmt.Printf("%s: %d rows\n", table, rows)
		}
	}
}

type keysRetireCmd struct {
	keysSettings
	Destroy bool          `help:"Remove the disabled keys for ever."`
	Settle  time.Duration `default:"10s" help:"How long after it to look once more whether anything needs them."`
}

// errInUse tells that an old key is needed still; it was enabled again.
var errInUse = errors.New("sealed with old keys, which stay enabled: run sapar keys rotate first")

// Run disables or destroys.
func (c *keysRetireCmd) Run() error {
	ctx := context.Background()
	_, db, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	disabled, err := c.unused(ctx, db)
	switch {
	case err != nil:
		return err
	case c.Destroy && !disabled:
		return errors.New("run sapar keys retire without --destroy first, and wait a day: what still needs the old keys shows then, and they can come back")
	case c.Destroy:
		fmt.Println("the old keys are destroyed; what they sealed in backups opens with a copy of the old keys file only")
		return c.keyFiles().Destroy(c.set())
	case disabled:
		fmt.Println("the old keys are disabled already; after a day run: sapar keys retire --destroy")
		return nil
	}
	return c.disable(ctx, db)
}

// unused makes sure that there are old keys and that nothing is sealed with them; else those that are disabled are enabled again.
func (c *keysRetireCmd) unused(ctx context.Context, db *database.DB) (disabled bool, err error) {
	left, old, disabled, err := c.old(ctx, db)
	switch {
	case err != nil:
		return false, err
	case !old:
		return false, errors.New("there are no old keys; sapar keys rotate makes the present one old")
	case left > 0:
		return false, errors.Join(fmt.Errorf("values: %d, %w", left, errInUse), c.keyFiles().Enable(c.set()))
	}
	return disabled, nil
}

func (c *keysRetireCmd) disable(ctx context.Context, db *database.DB) error {
	if err := c.keyFiles().Disable(c.set()); err != nil {
		return err
	}
	time.Sleep(c.Settle) // what was sealed with an old key and not yet stored is stored by then
	if _, err := c.unused(ctx, db); err != nil {
		return err
	}
	fmt.Println("the old keys are disabled: bring the keys file to every replica, and after a day run: sapar keys retire --destroy")
	return nil
}
