package directory

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
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
// beside the profile. In the index by_address its sort key ends with that of the
// username. It proves nothing: whoever finds it must look at the profile.
type holding struct {
	Key     string `dynamodbav:"username"` // #<hash of the address>#<username's key>
	Holds   string `dynamodbav:"holds"`    // the hash
	Version string `dynamodbav:"version"`  // of the profile that was written with it
}

// firstOf stands before the hash of a profile's first address in the index by_address,
// which keeps profiles and holdings apart.
const firstOf = "first#"

func hashed(address string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func holdingPrefix(hash string) string { return marker + hash + marker }

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
				Key:     holdingPrefix(hash) + p.Key,
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
			key(holdingPrefix(hash)+before.Key),
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
// the previous page ended with, or "". next is "" at the end. The index may lag behind a
// write, so a new user may be missing. Profiles are read from the table itself.
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

// searchKeys reads a page's keys from the indexes, in order, each once. It may read more.
func (s Store) searchKeys(
	ctx context.Context, starts []string, address, after string, limit int,
) ([]string, error) {
	var parts []partition
	for _, start := range starts {
		for shard := range user.Shards {
			parts = append(parts, partition{
				index: "by_shard",
				name:  "shard",
				value: shardName(shard),
				start: start,
			})
		}
	}
	if address != "" {
		parts = append(parts, ofAddress(address)...)
	}
	return s.merged(ctx, parts, after, limit)
}

// ofAddress returns the partitions of an address: of profiles, and of holdings.
func ofAddress(address string) []partition {
	hash := hashed(address)
	return []partition{
		{index: "by_address", name: "holds", value: firstOf + hash},
		{index: "by_address", name: "holds", value: hash, prefix: holdingPrefix(hash)},
	}
}

// merged reads the first keys of partitions after another, in order, each once.
func (s Store) merged(
	ctx context.Context, parts []partition, after string, limit int,
) ([]string, error) {
	read := func(ctx context.Context, i int) ([]string, error) {
		return s.keys(ctx, parts[i], after, limit)
	}
	found, err := parallel.Map(ctx, len(parts), len(parts), read)
	if err != nil {
		return nil, err
	}

	keys := slices.Concat(found...)
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// Holders reads who has a canonical address, about limit of them. As in Search, a new user
// may be missing.
func (s Store) Holders(
	ctx context.Context, address string, limit int,
) (found []user.Profile, err error) {
	keys, err := s.merged(ctx, ofAddress(address), "", limit)
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

// Shared reports whether somebody else than the username's user has a canonical address, by
// the index alone: somebody who has just lost it may still count.
func (s Store) Shared(ctx context.Context, address, usernameKey string) (bool, error) {
	keys, err := s.merged(ctx, ofAddress(address), "", 1)
	if err != nil {
		return false, fmt.Errorf("look for who shares an address: %w", err)
	}

	isOther := func(name string) bool { return name != usernameKey }
	return slices.ContainsFunc(keys, isOther), nil
}

// AdministratorsAfter reads the keys of active administrators' usernames that come after
// another, at most limit, as the index knows them. next is "" at the end.
func (s Store) AdministratorsAfter(
	ctx context.Context, after string, limit int,
) (usernameKeys []string, next string, err error) {
	all := partition{index: "by_administrator", name: "administrator", value: administrators}
	keys, err := s.keys(ctx, all, after, limit+1)
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

type partition struct {
	index  string
	name   string // the attribute that is the partition key
	value  string
	prefix string // what stands before the usernames' keys in the sort key
	start  string // what the usernames' keys must begin with
}

// last sorts after every character of a username.
const last = "\U0010FFFF"

// keys reads a partition's first keys after another ("" for none), without their prefix.
func (s Store) keys(
	ctx context.Context, p partition, after string, limit int,
) ([]string, error) {
	query := store.Query{
		Index:      p.index,
		Where:      "#" + p.name + " = :value",
		Values:     store.Values{":value": p.value},
		Attributes: []string{"username"},
		Limit:      limit + 1, // after itself may be read too
	}

	lowest := p.prefix + max(p.start, after)
	highest := p.prefix + p.start + last
	switch {
	case lowest > highest: // DynamoDB refuses such a range
		return nil, nil
	case lowest != "":
		query.Where += " AND username BETWEEN :from AND :to"
		query.Values[":from"] = lowest
		query.Values[":to"] = highest
	}

	items, _, err := store.Select[struct {
		Key string `dynamodbav:"username"`
	}](ctx, s.Table, query)
	if err != nil {
		return nil, err
	}

	var keys []string
	for _, i := range items {
		username := strings.TrimPrefix(i.Key, p.prefix)
		if after == "" || username > after {
			keys = append(keys, username)
		}
	}

	return keys, nil
}
