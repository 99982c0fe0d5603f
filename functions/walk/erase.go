package main

import (
	"context"

	"latchkey/shared/work"
)

// erase deletes the members of a deleted job, one shard a step. A step that dies is
// taken again from the first that are left.
func (h handler) erase(ctx context.Context, step work.EraseShard) error {
	for members, err := range h.members.Pages(ctx, step.JobID, step.Shard, pageMembers) {
		if err != nil {
			return err
		}
		if err := h.members.DeleteMany(ctx, members); err != nil {
			return err
		}
	}
	return nil
}
