// Package directory stores the profiles of users, under the key of their username.
//
// Each write is conditional on the version that was read, so that two jobs that name one
// user never lose each other's columns. A profile names the rows that wrote it last, so
// that a row that is processed twice finds that it has been.
package directory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"latchkey/shared/store"
	"latchkey/shared/user"
)

// ErrLastAdministrator is returned if a change would leave no active administrator.
var ErrLastAdministrator = errors.New("the last administrator")

// ErrChanged is returned if somebody else has written the profile since it was read. The
// caller must read it again, and decide anew.
var ErrChanged = errors.New("the profile has changed")

const (
	// keptWriters is how many of its last writers a profile names. It is more than the
	// jobs that can be at one user at a time.
	keptWriters    = 8
	maxKey         = 1024            // bytes of a sort key in DynamoDB
	administrators = "administrator" // the one partition of their index
	// marker begins the partitions of items that are no profiles. No shard has it.
	marker = "#"
)

// The items about all administrators: see loseAdministrator and AnnounceAdministrators.
var (
	guardKey = store.Key{"shard": marker + "administrators", "username": "guard"}
	newKey   = store.Key{"shard": marker + "administrators", "username": "newest"}
)

// Store stores profiles.
type Store struct {
	Table store.Table
	// Devices are the deployment's, by which users are found. Only a writer needs them.
	Devices []user.Device
}

type item struct {
	user.Profile
	// Shard is the partition: that of the username.
	Shard string `dynamodbav:"shard"`
	// Administrator is set for active administrators alone: the index is sparse.
	Administrator string `dynamodbav:"administrator,omitempty"`
	// Holds is the hash of the user's first address. Others have a holding each.
	Holds string `dynamodbav:"holds,omitempty"`
}

func key(name string) store.Key {
	return store.Key{"shard": shardOf(name), "username": name}
}

// Get reads a profile by the key of a username. It returns store.ErrNotFound if there is
// none, also for a text that can't be such a key.
func (s Store) Get(ctx context.Context, usernameKey string) (user.Profile, error) {
	var found user.Profile
	if usernameKey == "" || len(usernameKey) > maxKey {
		return found, store.ErrNotFound
	}

	err := s.Table.Get(ctx, key(usernameKey), &found)
	return found, err
}

// GetMany returns the profiles that exist, by their keys. Keys must not repeat.
func (s Store) GetMany(
	ctx context.Context, usernameKeys []string,
) (map[string]user.Profile, error) {
	keys := make([]store.Key, len(usernameKeys))
	for i, name := range usernameKeys {
		keys[i] = key(name)
	}

	byKey := func(p user.Profile) (string, user.Profile) { return p.Key, p }
	return store.GetMap(ctx, s.Table, keys, byKey)
}

// Change is a profile that is put in the place of Before, which is nil if the username had
// none. Writer names the row that asks for it.
type Change struct {
	Profile user.Profile
	Before  *user.Profile
	Writer  string
}

// loses reports whether the change takes an administrator away.
func (c Change) loses() bool {
	return c.Before != nil && c.Before.Administrator() && !c.Profile.Administrator()
}

// itemOf returns the item that a change writes.
func (s Store) itemOf(c Change) item {
	p := c.Profile
	p.Version = c.Writer
	p.Writers = []string{c.Writer}
	if c.Before != nil {
		kept := min(len(c.Before.Writers), keptWriters-1)
		p.Writers = append(p.Writers, c.Before.Writers[:kept]...)
	}

	stored := item{Profile: p, Shard: shardOf(p.Key)}
	stored.Holds, _ = s.hashes(p)
	if p.Administrator() {
		stored.Administrator = administrators
	}
	return stored
}

// Write puts a profile in the place of before, which is nil if the username had none.
// writer names the row that asks for it. It returns ErrChanged if the profile isn't
// before any more, and ErrLastAdministrator.
func (s Store) Write(
	ctx context.Context, p user.Profile, before *user.Profile, writer string,
) error {
	c := Change{Profile: p, Before: before, Writer: writer}
	condition := "attribute_not_exists(username)"
	values := store.Values(nil)
	if before != nil {
		condition = "#version = :before"
		values = store.Values{":before": before.Version}
	}

	stored := s.itemOf(c)
	if c.loses() {
		put, err := s.Table.PutOp(stored, condition, values)
		if err != nil {
			return err
		}
		return s.loseAdministrator(ctx, p.Key, writer, put)
	}
	return changed(s.Table.Put(ctx, stored, condition, values))
}

// WriteMany makes changes of different users, many in a call, and each for itself. It
// reports by their order which weren't made, since the profile isn't Before any more. It
// must not be given a change that takes an administrator away: that is for Write.
func (s Store) WriteMany(ctx context.Context, changes []Change) (refused []bool, err error) {
	statements := make([]store.Statement, len(changes))
	for i, c := range changes {
		statements[i], err = s.statement(c)
		if err != nil {
			return nil, err
		}
	}

	refused, err = s.Table.WriteEach(ctx, statements)
	if err != nil {
		return nil, err
	}
	return refused, s.forgiveOwn(ctx, changes, refused)
}

// statement returns the write of a change.
func (s Store) statement(c Change) (store.Statement, error) {
	switch {
	case c.loses():
		return store.Statement{}, errors.New("write profiles: an administrator would be lost")
	case c.Before == nil:
		return s.Table.InsertStatement(s.itemOf(c))
	}

	return s.Table.ReplaceStatement(
		s.itemOf(c), key(c.Profile.Key), "version", c.Before.Version,
		"administrator", "holds", "added_by",
	)
}

// forgiveOwn looks at the profiles of refused changes. One that this change has written is
// none that somebody else has changed: the answer to the call that wrote it was lost.
func (s Store) forgiveOwn(ctx context.Context, changes []Change, refused []bool) error {
	var keys []string
	for i, c := range changes {
		if refused[i] {
			keys = append(keys, c.Profile.Key)
		}
	}

	found, err := s.GetMany(ctx, keys)
	if err != nil {
		return err
	}
	for i, c := range changes {
		p, ok := found[c.Profile.Key]
		if ok && p.Version == c.Writer {
			refused[i] = false
		}
	}
	return nil
}

// Remove deletes a profile. writer names the row that asks for it. It returns ErrChanged
// if the profile isn't before any more, and ErrLastAdministrator.
func (s Store) Remove(ctx context.Context, before user.Profile, writer string) error {
	condition := "#version = :before"
	values := store.Values{":before": before.Version}

	if before.Administrator() {
		remove, err := s.Table.DeleteOp(key(before.Key), condition, values)
		if err != nil {
			return err
		}
		return s.loseAdministrator(ctx, before.Key, writer, remove)
	}
	return changed(s.Table.Delete(ctx, key(before.Key), condition, values))
}

func changed(err error) error {
	if errors.Is(err, store.ErrCondition) || errors.Is(err, store.ErrConflict) {
		return ErrChanged
	}
	return err
}

// loseAdministrator carries out a change by which usernameKey is no longer an
// administrator, if another one stays.
//
// All such changes write the guard, in one transaction with the change and conditional on
// the version that was read. The guard must be read before the administrators are. Two
// changes at once may each count on the other's administrator to stay: then one of them
// finds another guard than it read, and is refused with ErrChanged.
func (s Store) loseAdministrator(
	ctx context.Context, usernameKey, writer string, change store.Op,
) error {
	var guard struct {
		Version string `dynamodbav:"version"`
	}
	err := s.Table.Get(ctx, guardKey, &guard)

	draw := store.Update{
		Set:       "#version = :version",
		Condition: "#version = :before",
		Values:    store.Values{":before": guard.Version, ":version": writer},
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		draw.Condition = "attribute_not_exists(username)"
		draw.Values = store.Values{":version": writer}
	case err != nil:
		return err
	}

	others, err := s.otherAdministrators(ctx, usernameKey)
	if err != nil {
		return err
	}
	if !others {
		return ErrLastAdministrator
	}

	drawGuard, err := s.Table.UpdateOp(guardKey, draw)
	if err != nil {
		return err
	}
	return changed(store.Transact(ctx, s.Table.DB, change, drawGuard))
}

// keptNew is how many are kept: more than can lose the role again while an index lags.
const keptNew = 100

type newAdministrators struct {
	Keys []string `dynamodbav:"newest"`
}

// AnnounceAdministrators stores who is about to become an administrator. It must be called
// before the profiles are written, from which on they count, though the index lags. A name
// that isn't true does no harm, since each is looked up.
func (s Store) AnnounceAdministrators(ctx context.Context, usernameKeys []string) error {
	if len(usernameKeys) == 0 {
		return nil
	}

	var stored newAdministrators
	err := s.Table.Update(ctx, newKey, store.Update{
		Set: "newest = list_append(:new, if_not_exists(newest, :none))",
		Values: store.Values{
			":new":  usernameKeys[:min(len(usernameKeys), keptNew)],
			":none": []string{},
		},
	}, &stored)
	if err != nil || len(stored.Keys) <= 2*keptNew {
		return err
	}

	// If another is announced meanwhile, that shortens the list.
	_, err = s.Table.UpdateIf(ctx, newKey, store.Update{
		Set:       "newest = :kept",
		Condition: "newest = :all",
		Values:    store.Values{":kept": stored.Keys[:keptNew], ":all": stored.Keys},
	})
	return err
}

// NewAdministrators returns the keys of those among the newest administrators who are
// active administrators now, by the table.
func (s Store) NewAdministrators(ctx context.Context) (usernameKeys []string, err error) {
	stored, err := store.GetMany[newAdministrators](ctx, s.Table, []store.Key{newKey})
	if err != nil || len(stored) == 0 {
		return nil, err
	}

	names := slices.Sorted(slices.Values(stored[0].Keys))
	profiles, err := s.GetMany(ctx, slices.Compact(names))
	for name, p := range profiles {
		if p.Administrator() {
			usernameKeys = append(usernameKeys, name)
		}
	}
	return usernameKeys, err
}

// otherAdministrators reports whether there is an active administrator besides
// usernameKey. The index may lag: each that it names is looked up in the table, and the
// newest, whom it may not show yet, are known without it.
func (s Store) otherAdministrators(ctx context.Context, usernameKey string) (bool, error) {
	newest, err := s.NewAdministrators(ctx)
	if err != nil {
		return false, err
	}
	isOther := func(name string) bool { return name != usernameKey }
	if slices.ContainsFunc(newest, isOther) {
		return true, nil
	}

	for name, err := range s.Administrators(ctx) {
		if err != nil {
			return false, err
		}
		if name == usernameKey {
			continue
		}

		p, err := s.Get(ctx, name)
		if err == nil && p.Administrator() {
			return true, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return false, err
		}
	}
	return false, nil
}

// Administrators reads the keys of active administrators' usernames, by an index.
func (s Store) Administrators(ctx context.Context) iter.Seq2[string, error] {
	query := store.Query{
		Index:  "by_administrator",
		Where:  "administrator = :all",
		Values: store.Values{":all": administrators},
	}
	return func(yield func(string, error) bool) {
		for i, err := range store.Items[item](ctx, s.Table, query) {
			if err != nil {
				err = fmt.Errorf("list administrators: %w", err)
			}
			if !yield(i.Key, err) {
				return
			}
		}
	}
}
