package audit

// Action is what was done, in the words of the list. What an administrator's request
// does, its route in the topology says.
type Action string

// What happens to access. A user does it, or a file.
const (
	// JobDropped is a job that was made by an object put into the bucket.
	JobDropped   Action = "job_dropped"
	SignedIn     Action = "signed_in"
	SignInFailed Action = "sign_in_failed"
	// SignInLocked follows the failure that locks. Refused tries have no entry.
	SignInLocked Action = "sign_in_locked"
	SignedOut    Action = "signed_out"
	// ResetAsked is recorded only for a user who exists.
	ResetAsked Action = "reset_asked"
	// LinkRenewed is a fresh link in the place of an expired or replaced one.
	LinkRenewed         Action = "link_renewed"
	PasswordSetByLink   Action = "password_set_by_link"
	PasswordSetByCode   Action = "password_set_by_code"
	PasswordResetByLink Action = "password_reset_by_link"
	PasswordResetByCode Action = "password_reset_by_code"
	// RoleGained and RoleLost are of the administrator's role.
	RoleGained Action = "role_gained"
	RoleLost   Action = "role_lost"
)
