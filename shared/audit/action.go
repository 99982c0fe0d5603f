package audit

// Action is what was done, in the words of the list. What an administrator's request does, its route in the
// topology says.
type Action string

// What administrators do.
const (
	JobCreated            Action = "job_created"
	JobDeleted            Action = "job_deleted"
	JobProcessed          Action = "job_processed"
	ErrorsExported        Action = "errors_exported"
	MembersExported       Action = "members_exported"
	NotificationCreated   Action = "notification_created"
	NotificationTested    Action = "notification_tested"
	NotificationCancelled Action = "notification_cancelled"
	RemindersSet          Action = "reminders_set"
	RemindersDeleted      Action = "reminders_deleted"
	UserNotified          Action = "user_notified"
	UserUnlocked          Action = "user_unlocked"
	SessionsEnded         Action = "sessions_ended"
	DeviceCleared         Action = "device_cleared"
)

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

// routes are the administrator's routes that change something or hand out a file.
var routes = map[string]Action{
	"POST /api/jobs":                                  JobCreated,
	"DELETE /api/jobs/{id}":                           JobDeleted,
	"POST /api/jobs/{id}/process":                     JobProcessed,
	"GET /api/jobs/{id}/files/errors":                 ErrorsExported,
	"GET /api/jobs/{id}/files/members":                MembersExported,
	"POST /api/jobs/{id}/notifications":               NotificationCreated,
	"POST /api/jobs/{id}/notifications/test":          NotificationTested,
	"POST /api/jobs/{id}/notifications/{n}/cancel":    NotificationCancelled,
	"PUT /api/jobs/{id}/reminders":                    RemindersSet,
	"DELETE /api/jobs/{id}/reminders":                 RemindersDeleted,
	"POST /api/users/{username}/notifications":        UserNotified,
	"POST /api/users/{username}/unlock":               UserUnlocked,
	"POST /api/users/{username}/sign-out":             SessionsEnded,
	"POST /api/users/{username}/devices/{name}/clear": DeviceCleared,
}

// Of returns the action of a route. ok is false for a route that only reads.
func Of(routeKey string) (action Action, ok bool) {
	action, ok = routes[routeKey]
	return action, ok
}
