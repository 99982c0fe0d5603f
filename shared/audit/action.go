package audit

// Action is what was done, in the words of the list. What an administrator's request does, its route in the
// topology says.
type Action string

// What happens to access: a user does it, or a file.
const (
	JobDropped          Action = "job_dropped"
	SignedIn            Action = "signed_in"
	SignInFailed        Action = "sign_in_failed"
	SignInLocked        Action = "sign_in_locked"
	SignedOut           Action = "signed_out"
	ResetAsked          Action = "reset_asked"
	LinkRenewed         Action = "link_renewed"
	PasswordSetByLink   Action = "password_set_by_link"
	PasswordSetByCode   Action = "password_set_by_code"
	PasswordResetByLink Action = "password_reset_by_link"
	PasswordResetByCode Action = "password_reset_by_code"
	RoleGained          Action = "role_gained"
	RoleLost            Action = "role_lost"
)
