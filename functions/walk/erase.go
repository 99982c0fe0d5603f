package main

import (
	"context"

	"latchkey/shared/work"
)

// erase deletes the members of a deleted job, one shard a step. It always reads the first
// page, since the pages before are gone: a step that dies is taken again from there.
func (h handler) erase(ctx context.Context, step work.EraseShard) error {
	for {
		members, next, err := h.members.List(ctx, step.JobID, step.Shard, pageMembers, "", "")
		if err != nil {
			return err
		}
		if err := h.members.DeleteMany(ctx, members); err != nil {
			return err
		}
		if next == "" {
			return nil
		}
	}
}
