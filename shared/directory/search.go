package directory

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/store"
	"latchkey/shared/user"
)

// shards is over how many partitions the index of usernames is spread.
const shards = 16

func shardOf(usernameKey string) string {
	h := fnv.New32a()
	h.Write([]byte(usernameKey))
	return shardName(int(h.Sum32() % shards))
}

func shardName(n int) string { return fmt.Sprintf("%02d", n) }

// holding says that a user has, or had, an address that isn't the first: an item beside the profile, whose sort key in the index by_address ends with that of
// the username. Whoever finds it looks at the profile.
type holding struct {
	Key     string `dynamodbav:"username"` // #<hash of the address>#<username's key>
	Holds   string `dynamodbav:"holds"`    // the hash
	Version string `dynamodbav:"version"`  // of the profile that was written with it
}

// firstOf is before the hash of a profile's own address in the index by_address: profiles and holdings are apart in it.
const firstOf = "first#"

// hashed names an address, whose letters' case doesn't matter in a search.
func hashed(address string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func holdingPrefix(hash string) string { return marker + hash + marker }

// hashes gives the addresses that a profile has on any device, hashed, each once: the first, and the others. Most users have one or two.
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

// Hold has users found by the addresses of the profiles that are about to be written, each in the name of its Version. It goes before Write:
// should that not come to pass, a search finds a holding that isn't true, and leaves it out.
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

// Release takes away what a profile held before and doesn't after (nil: it was removed). It goes after Write or Remove. What somebody else has
// held anew meanwhile stays. Where it doesn't come to pass, a search leaves out what is left.
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

// Search reads a page of the users whose username's key begins with start, and of those who have the address (canonical; "" for none), in the order of their
// keys. after is the key that the page before ended with, or ""; next is "" at the end. The index may lag behind a write for a moment; what is read is true.
func (s Store) Search(
	ctx context.Context, start, address, after string, limit int,
) (found []user.Profile, next string, err error) {
	keys, err := s.searchKeys(ctx, start, address, after, limit+1)
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
		if ok && (strings.HasPrefix(name, start) || holds(p, address)) {
			found = append(found, p)
		}
	}

	return found, next, nil
}

func (s Store) searchKeys(
	ctx context.Context, start, address, after string, limit int,
) ([]string, error) {
	var parts []partition
	for shard := range shards {
		parts = append(parts, partition{
			index: "by_shard",
			name:  "shard",
			value: shardName(shard),
			start: start,
		})
	}
	if address != "" {
		hash := hashed(address)
		parts = append(parts,
			partition{index: "by_address", name: "holds", value: firstOf + hash},
			partition{
				index:  "by_address",
				name:   "holds",
				value:  hash,
				prefix: holdingPrefix(hash),
			},
		)
	}

	found := make([][]string, len(parts))
	group, reading := errgroup.WithContext(ctx)
	for i, p := range parts {
		group.Go(func() (err error) {
			found[i], err = s.keys(reading, p, after, limit)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}

	keys := slices.Concat(found...)
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// AdministratorsAfter reads the keys of active administrators' usernames that come after another, as the index knows them: at most limit. next is "" at the end.
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

// holds says whether one of a profile's fields is the address. Who has it in another field than a device's has it, too.
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

// last is after every text that begins like it.
const last = "\U0010FFFF"

// keys reads the first usernames' keys of an index's partition that begin with start and come after another, without the prefix that they have in it.
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
