package directory

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"latchkey/shared/parallel"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

func shardOf(usernameKey string) string {
	return shardName(user.ShardOf(usernameKey))
}

func shardName(n int) string { return fmt.Sprintf("%02d", n) }

// holding says that a user has, or had, an address that isn't their first. It is an item
// beside the profile, in a partition of the address. It proves nothing: whoever finds it
// must look at the profile.
type holding struct {
	Shard   string `dynamodbav:"shard"`    // #<hash of the address>
	Key     string `dynamodbav:"username"` // of the username
	Holds   string `dynamodbav:"holds"`    // the hash
	Version string `dynamodbav:"version"`  // of the profile that was written with it
}

func holdingKey(hash, usernameKey string) store.Key {
	return store.Key{"shard": marker + hash, "username": usernameKey}
}

func hashed(address string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// hashes returns the hashes of a profile's addresses: the first, and each other once.
func (s Store) hashes(p user.Profile) (first string, others []string) {
	for _, d := range s.Devices {
		address := p.Fields[d.Name]
		if address == "" {
			continue
		}

		hash := hashed(address)
		switch {
		case first == "":
			first = hash
		case hash != first && !slices.Contains(others, hash):
			others = append(others, hash)
		}
	}

	return first, others
}

// Hold stores the holdings of profiles that are about to be written, each under the
// profile's Version. It must be called before Write. Announce, then act: the addresses
// are announced, then the profile is written. After a death in between, Search leaves out
// the holdings that aren't true. The other order could leave a user whom no search finds.
func (s Store) Hold(ctx context.Context, profiles ...user.Profile) error {
	var items []holding
	for _, p := range profiles {
		_, others := s.hashes(p)
		for _, hash := range others {
			items = append(items, holding{
				Shard:   marker + hash,
				Key:     p.Key,
				Holds:   hash,
				Version: p.Version,
			})
		}
	}

	return store.PutMany(ctx, s.Table, items)
}

// Release deletes the holdings that a profile had before, and doesn't have after. after
// is nil if the profile was removed. It must be called after Write or Remove. A holding
// that another write has stored anew meanwhile has its version, and stays. A death before
// Release leaves holdings that Search leaves out.
func (s Store) Release(ctx context.Context, before user.Profile, after *user.Profile) error {
	var remaining []string
	if after != nil {
		_, remaining = s.hashes(*after)
	}

	_, others := s.hashes(before)
	for _, hash := range others {
		if slices.Contains(remaining, hash) {
			continue
		}

		err := s.Table.Delete(
			ctx,
			holdingKey(hash, before.Key),
			"#version = :version",
			store.Values{":version": before.Version},
		)
		if err != nil && !errors.Is(err, store.ErrCondition) {
			return err
		}
	}

	return nil
}

// Search reads a page of the users whose username's key begins with one of starts, or who
// have the canonical address ("" for none), in the order of their keys. after is the key that
// the previous page ended with, or "". next is "" at the end. The index of addresses may lag
// behind a write, so that a new user may be missing there.
func (s Store) Search(
	ctx context.Context, starts []string, address, after string, limit int,
) (found []user.Profile, next string, err error) {
	keys, err := s.searchKeys(ctx, starts, address, after, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("search users: %w", err)
	}
	if len(keys) > limit {
		keys = keys[:limit]
		next = keys[limit-1]
	}

	profiles, err := s.GetMany(ctx, keys)
	if err != nil {
		return nil, "", err
	}
	for _, name := range keys {
		p, ok := profiles[name]
		begins := func(start string) bool { return strings.HasPrefix(name, start) }
		if ok && (slices.ContainsFunc(starts, begins) || holds(p, address)) {
			found = append(found, p)
		}
	}

	return found, next, nil
}

// searchKeys reads a page's keys, in order, each once. It may read more.
func (s Store) searchKeys(
	ctx context.Context, starts []string, address, after string, limit int,
) ([]string, error) {
	var parts []*partition
	for _, start := range starts {
		for shard := range user.Shards {
			parts = append(parts, &partition{name: "shard", value: shardName(shard), start: start})
		}
	}
	if address != "" {
		parts = append(parts, ofAddress(address))
	}
	return s.merged(ctx, parts, after, limit)
}

// ofAddress returns the partition of who has an address, as their first one or a further one.
func ofAddress(address string) *partition {
	return &partition{index: "by_address", name: "holds", value: hashed(address)}
}

// spare is how many keys of a shard are read more than its share of a page: few pages have
// more of one.
const spare = 8

// merged reads at least the first limit keys of partitions after another, in order, each once.
// Users are spread evenly over shards, so that each is asked for its share first, and those
// that could have more of the page for more. An index has all of its users in one partition.
func (s Store) merged(
	ctx context.Context, parts []*partition, after string, limit int,
) ([]string, error) {
	for behind := parts; ; {
		read := func(ctx context.Context, i int) error {
			size := limit
			if behind[i].index == "" {
				size = limit/user.Shards + spare
			}
			return s.readMore(ctx, behind[i], after, size)
		}
		err := parallel.Each(ctx, len(behind), len(behind), read)
		if err != nil {
			return nil, err
		}

		var keys []string
		for _, p := range parts {
			keys = append(keys, p.keys...)
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)

		behind = nil
		for _, p := range parts {
			if p.next != nil && (len(keys) < limit || p.next["username"] < keys[limit-1]) {
				behind = append(behind, p)
			}
		}
		if len(behind) == 0 {
			return keys, nil
		}
	}
}

// Holders reads who has a canonical address, about limit of them. As in Search, a new user
// may be missing.
func (s Store) Holders(
	ctx context.Context, address string, limit int,
) (found []user.Profile, err error) {
	keys, err := s.merged(ctx, []*partition{ofAddress(address)}, "", limit)
	if err != nil {
		return nil, fmt.Errorf("search an address: %w", err)
	}

	profiles, err := s.GetMany(ctx, keys[:min(limit, len(keys))])
	for _, p := range profiles {
		if holds(p, address) {
			found = append(found, p)
		}
	}
	return found, err
}

// Holder is a canonical address, and the key of the username of a user who has it.
type Holder struct{ Address, Key string }

// Shared reports for each holder whether somebody else has the address, too: another holder, or
// somebody whom the index has there. Who has just lost the address may still count, and who is
// new may not. There are 50 holders at the most.
func (s Store) Shared(ctx context.Context, holders []Holder) ([]bool, error) {
	hashes := make([]string, len(holders))
	known := sharing{}
	for i, holder := range holders {
		hashes[i] = hashed(holder.Address)
		known.add(hashes[i], holder.Key)
	}

	alone := known.alone(slices.Sorted(maps.Keys(known)))
	for after := ""; len(alone) > 0; {
		page, next, err := store.SelectAmong[holding](ctx, s.Table, store.Among{
			Index:      "by_address",
			Partition:  "holds",
			Values:     alone,
			Attributes: []string{"holds", "username"},
			After:      after,
		})
		if err != nil {
			return nil, fmt.Errorf("look for who shares an address: %w", err)
		}

		for _, h := range page {
			known.add(h.Holds, h.Key)
		}
		left := known.alone(alone)
		if next == "" || len(left) == 0 {
			break
		}

		// Thousands may have one address. Where they fill a page, the others are asked for
		// without it.
		after = next
		isLeft := func(h holding) bool { return slices.Contains(left, h.Holds) }
		if len(left) < len(alone) && !slices.ContainsFunc(page, isLeft) {
			alone = left
			after = ""
		}
	}

	shared := make([]bool, len(holders))
	for i, hash := range hashes {
		shared[i] = len(known[hash]) > 1
	}
	return shared, nil
}

// sharing has holders of addresses, by the hash: their usernames' keys, at most two.
type sharing map[string][]string

// add adds a holder, unless two are known.
func (s sharing) add(hash, usernameKey string) {
	if len(s[hash]) < 2 && !slices.Contains(s[hash], usernameKey) {
		s[hash] = append(s[hash], usernameKey)
	}
}

// alone returns the hashes of which fewer than two holders are known.
func (s sharing) alone(hashes []string) []string {
	has := func(hash string) bool { return len(s[hash]) > 1 }
	return slices.DeleteFunc(slices.Clone(hashes), has)
}

// AdministratorsAfter reads the keys of active administrators' usernames that come after
// another, at most limit, as the index knows them. next is "" at the end.
func (s Store) AdministratorsAfter(
	ctx context.Context, after string, limit int,
) (usernameKeys []string, next string, err error) {
	all := &partition{index: "by_administrator", name: "administrator", value: administrators}
	keys, err := s.merged(ctx, []*partition{all}, after, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list administrators: %w", err)
	}
	if len(keys) > limit {
		return keys[:limit], keys[limit-1], nil
	}
	return keys, "", nil
}

// holds reports whether a field of a profile, a device's or not, is the address.
func holds(p user.Profile, address string) bool {
	for _, value := range p.Fields {
		if strings.EqualFold(value, address) {
			return true
		}
	}
	return false
}

// partition is a partition of usernames in their order, and what is read of it.
type partition struct {
	index string
	name  string // the attribute that is the partition key
	value string
	start string // what the usernames' keys must begin with

	keys []string
	next store.Key // where the page after these begins, nil at the end
}

// readMore reads a partition's next keys after another ("" for none).
func (s Store) readMore(ctx context.Context, p *partition, after string, limit int) error {
	query := store.Query{
		Index:      p.index,
		Where:      "#" + p.name + " = :value",
		Values:     store.Values{":value": p.value},
		Attributes: []string{"username"},
		Limit:      limit,
		After:      p.next,
	}
	switch {
	case after < p.start:
		query.Where += " AND begins_with(username, :start)"
		query.Values[":start"] = p.start
	case after != "": // from which on other keys than those that begin so are read, too
		query.Where += " AND username > :after"
		query.Values[":after"] = after
	}

	items, next, err := store.Select[struct {
		Key string `dynamodbav:"username"`
	}](ctx, s.Table, query)
	if err != nil {
		return err
	}

	p.next = next
	for _, i := range items {
		if !strings.HasPrefix(i.Key, p.start) {
			p.next = nil
			break
		}
		p.keys = append(p.keys, i.Key)
	}
	return nil
}
