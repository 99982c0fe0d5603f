package audit

// Action is what was done, in the words of the list.
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

// routes are the administrator's routes that change something, or hand out a file.
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

// Of names the action that a request to an administrator's route is; ok is false for one that only reads.
func Of(routeKey string) (action Action, ok bool) {
	action, ok = routes[routeKey]
	return action, ok
}
