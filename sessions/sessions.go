package sessions

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Options are what sessions need of the rest of the program.
type Options struct {
	Keys      *database.Keys
	Shelf     *menus.Shelf
	Directory func() *menus.Directory
	Effects   Effects
	Now       func() time.Time
	Texts     bool          // a phone that dials can be sent a text
	Number    func() string // draws a fresh reference number
	Know      Know          // gives the engine what it looks up only when a node asks; nil gives nothing
	Asked     Asked         // finds what an office has asked; nil finds nothing
	Reminded  Reminded      // finds what a "1" by text answers; nil finds nothing
	CountAway func()        // counts a call answered from memory because the database was away
}

// Sessions answers calls, any number at once.
type Sessions struct {
	Options
	store   *store
	commits *commits
	away    away
	open    openSessions
	stop    context.CancelFunc
}

// New opens sessions on a database that is migrated.
func New(ctx context.Context, db *database.DB, o Options) (*Sessions, error) {
	store, err := openStore(ctx, db, o.Keys)
	if err != nil {
		return nil, err
	}
	stop, cancel := context.WithCancel(context.Background())
	s := &Sessions{
		Options: o, store: store, commits: newCommits(store), stop: cancel,
		open: openSessions{byID: map[uuid.UUID]*slot{}},
	}
	s.away.ping, s.away.stop = store.ping, stop
	go s.sweep(stop)
	return s, nil
}

// Close stops the writers; calls that still come are answered from memory.
func (s *Sessions) Close() {
	s.stop()
	s.commits.close()
}

// Away reports whether calls are answered from memory now, because the database does not answer.
func (s *Sessions) Away() bool { return s.away.down.Load() }

func (s *Sessions) sweep(stop context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-stop.Done():
			return
		case <-tick.C:
			s.open.sweep(s.Now())
		}
	}
}

// Drop notes that the carrier ended a session before its last screen; the dialogue may be offered again.
func (s *Sessions) Drop(ctx context.Context, c Call) error {
	if s.Away() {
		return errAway
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Patience)
	defer cancel()
	err := s.store.dropSession(ctx, c.id(s.Keys), s.Now())
	s.away.note(err)
	return err
}

// tree is the one of the channel, else what the code opens, with the path that stands in the code behind it.
func (s *Sessions) tree(c *Call) (*menus.Tree, string) {
	if tree := s.Shelf.Published(c.Tree); tree != nil {
		return tree, ""
	}
	return s.Shelf.ByCode(c.Code)
}

// pinned is the tree at the revision a state began with. Where it cannot be had the published one goes on, so that the call does.
func (s *Sessions) pinned(ctx context.Context, state *menus.State) *menus.Tree {
	tree, err := s.Shelf.At(ctx, state.Tree, state.Revision)
	if err != nil {
		slog.Error("the revision of a session cannot be read", "tree", state.Tree, "revision", state.Revision, "error", err)
		return s.Shelf.Published(state.Tree)
	}
	return tree
}

// dropped is the latest of the person's dropped dialogues that is still within its window, and its tree. While the database is away none
// is offered: its tree may not be in memory. Who texts is offered forms only: a place that was read is a word away.
func (s *Sessions) dropped(ctx context.Context, sess *session, c *Call, away bool) (*leftOver, *menus.Tree) {
	if away {
		return nil, nil
	}
	all := sess.held
	if c.Begin && sess.begun && !sess.ended { // dialled again under the same name: some carriers have few
		all = append([]leftOver{{sess.saved.State, sess.at}}, all...)
	}
	if sess.saved.Left != nil {
		all = append(slices.Clip(all), *sess.saved.Left)
	}
	for i := range all {
		if left, tree := s.within(ctx, &all[i]); left != nil && (c.Text == nil || tree.Filling(&left.State)) {
			return left, tree
		}
	}
	return nil, nil
}

// within is what of a dropped dialogue may be offered now, or nil.
func (s *Sessions) within(ctx context.Context, l *leftOver) (*leftOver, *menus.Tree) {
	tree := s.pinned(ctx, &l.State)
	if tree == nil {
		return nil, nil
	}
	state, window := tree.Dropped(&l.State)
	if state == nil || s.Now().Sub(l.At) > window {
		return nil, nil
	}
	return &leftOver{*state, l.At}, s.pinned(ctx, state)
}

// bishkek is where dates are counted until a person's own zone is known: Kyrgyzstan has no summer time, +06 the year round.
var bishkek = time.FixedZone("Asia/Bishkek", 6*60*60)

// Who is asking, when a turn looks something up.
type Who struct {
	Person people.ID
	Phone  people.Phone
}

// Know fills in the functions of facts, for a turn of somebody.
type Know func(ctx context.Context, who Who, facts *menus.Facts)

// Asked finds the application of a person about which an office has asked something by text that is not answered yet.
type Asked func(ctx context.Context, person people.ID) (number string, ok bool, err error)

func (s *Sessions) facts(ctx context.Context, c *Call, sess *session, away bool) *menus.Facts {
	f := &menus.Facts{
		Directory: s.Directory(), Channel: c.Screen, Today: s.Now().In(bishkek), Code: c.Code, Number: s.Number(),
		Texts: s.Texts && c.Text == nil, Away: away, Refused: c.refused,
	}
	if sess == nil {
		return f
	}
	f.Ticks, f.HasPIN = sess.person.Ticks, sess.person.HasPIN
	if sess.saved.Code != "" {
		f.Code = sess.saved.Code
	}
	if s.Know != nil && !away {
		s.Know(ctx, Who{sess.person.ID, c.Phone}, f)
		c.once(f)
	}
	return f
}

// once has each PIN looked at once for a callback, however often its turn is taken: a wrong one counts.
func (c *Call) once(f *menus.Facts) {
	if unlock := f.Unlock; unlock != nil {
		f.Unlock = func(pin string) menus.Unlocked {
			return c.proof(pin, func() menus.Unlocked { return unlock(pin) })
		}
	}
	if look := f.Look; look != nil {
		f.Look = func(number, pin string) menus.Unlocked {
			return c.proof(number+"/"+pin, func() menus.Unlocked { return look(number, pin) })
		}
	}
}

func (c *Call) proof(of string, look func() menus.Unlocked) menus.Unlocked {
	if known, ok := c.proofs[of]; ok {
		return known
	}
	if c.proofs == nil {
		c.proofs = map[string]menus.Unlocked{}
	}
	c.proofs[of] = look()
	return c.proofs[of]
}
