package main

import (
	"context"

	"latchkey/shared/work"
)

// erase deletes the members of a shard of a deleted job. A step that dies is taken again
// from the first that are left; one whose time is up asks for the next.
func (h handler) erase(ctx context.Context, step work.EraseShard) error {
	for members, err := range h.members.Pages(ctx, step.JobID, step.Shard, pageMembers) {
		if err != nil {
			return err
		}
		if err := h.members.DeleteMany(ctx, members); err != nil {
			return err
		}
		if !h.hasTime(ctx, 0) {
			return h.queues.Send(ctx, step, 0)
		}
	}
	return nil
}
