package audit

// Action is what was done, in the words of the list. What an administrator's request does, its route in the
// topology says.
type Action string

// What happens to access: a user does it, or a file.
const (
	JobDropped          Action = "job_dropped"    // a job was made by an object put into the bucket
	SignedIn            Action = "signed_in"      //
	SignInFailed        Action = "sign_in_failed" //
	SignInLocked        Action = "sign_in_locked" // by the failure before it: further tries are refused without an entry
	SignedOut           Action = "signed_out"     //
	ResetAsked          Action = "reset_asked"    // of a user who is there
	LinkRenewed         Action = "link_renewed"   // a fresh link was sent for it
	PasswordSetByLink   Action = "password_set_by_link"
	PasswordSetByCode   Action = "password_set_by_code"
	PasswordResetByLink Action = "password_reset_by_link"
	PasswordResetByCode Action = "password_reset_by_code"
	RoleGained          Action = "role_gained" // Administrator
	RoleLost            Action = "role_lost"   // Administrator
)
