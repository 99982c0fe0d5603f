package host

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"latchkey/infra/local/engine"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// seedAdmin makes the user admin, with the role Administrator, the Work Email
// admin@localhost.test and the password of the options. In a deployment the first
// administrator comes by an S3 drop; here somebody has to be able to sign in at once,
// whatever the policy says of the password.
func (h *Host) seedAdmin(ctx context.Context) error {
	const seed = "local"

	config := engine.Config()
	config.BaseEndpoint = &h.Engines.DynamoDB // by the gates, which see every write
	db := store.NewClient(config)
	table := func(name string) store.Table { return store.Table{DB: db, Name: h.Tables[name]} }
	admin := user.Profile{
		ID:       user.ID(seed + "#admin"),
		Key:      "admin",
		Username: "admin",
		Fields: map[string]string{
			user.Role:    user.AdministratorRole,
			"Work Email": "admin@localhost.test",
		},
	}
	profiles := directory.Store{
		Table:   table("directory"),
		Devices: user.Devices([]string{"Work Email"}),
	}
	if err := profiles.Write(ctx, admin, nil, seed); err != nil {
		return fmt.Errorf("make the user admin: %w", err)
	}

	now := clock.Of(time.Now())
	err := credential.Store{Table: table("credentials")}.Set(ctx, credential.Credential{
		UserID:     admin.ID,
		Hash:       credential.Hash(h.options.AdminPassword),
		Generation: rand.Text(),
		SetAt:      now,
		FirstSetAt: now,
	}, nil)
	if err != nil {
		return fmt.Errorf("make the user admin: %w", err)
	}

	return nil
}
