package user

import "hash/fnv"

// Shards is the number of partitions over which users, and the work at them, are spread.
const Shards = 16

// ShardOf returns the shard of a username's key, from 0: it never changes.
func ShardOf(usernameKey string) int {
	h := fnv.New32a()
	h.Write([]byte(usernameKey))
	return int(h.Sum32() % Shards)
}
