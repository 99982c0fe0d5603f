package topology

import "time"

// Groups of verbs that go together.
var (
	read      = []Verb{GetItem}
	readSome  = []Verb{GetItem, BatchGetItem}
	readMany  = []Verb{GetItem, BatchGetItem, Query}
	readWrite = []Verb{GetItem, Query, PutItem, UpdateItem}
	count     = []Verb{GetItem, UpdateItem}
)

// recorded is the right to write audit entries: who does can't change them, and reads none
// but where it makes sure that one is there.
var recorded = TableRight{Table: "audit", Verbs: []Verb{PutItem}}

// sessions are the rights that checking a session and recording what an administrator
// does take; every function with an administrator's route has them.
func sessions(own ...TableRight) []TableRight {
	return append(
		own,
		TableRight{
			Table:      "credentials",
			Verbs:      readSome,
			Attributes: []string{"user_id", "generation", "set_at", "activated_at"},
		},
		recorded,
	)
}

// Latchkey is the system as it is deployed. The functions come in the order in which a
// job meets them: upload, process, notify, and then what its users do.
var Latchkey = Topology{
	Functions: []Function{
		{
			Name:    "upload",
			Does:    "Validates an uploaded file and splits it into chunks.",
			Memory:  1024,
			Timeout: 15 * time.Minute,
			Uploads: []string{"uploads/", "jobs/"},
			Tables: []TableRight{
				{Table: "jobs", Verbs: []Verb{GetItem, PutItem, UpdateItem}},
				{
					Table:   "directory",
					Verbs:   []Verb{BatchGetItem},
					Indexes: []string{"by_administrator"},
				},
				recorded,
			},
			Sends: []string{"rows", "urgent"},
			Objects: []ObjectRight{
				{Prefix: "uploads/", Verbs: []ObjectVerb{GetObjectVersion, ListBucket}},
				{Prefix: "jobs/", Verbs: []ObjectVerb{GetObjectVersion, ListBucket}},
				{Prefix: "reports/", Verbs: []ObjectVerb{PutObject}},
			},
			Parameters: []string{
				"DEVICES",
				"CUSTOM_FIELDS",
				"LANGUAGE",
				"LINK_LIFETIME",
				"LINK_LIFETIME_MINIMUM",
				"LINK_LIFETIME_MAXIMUM",
			},
		},
		{
			Name: "process",
			Does: "Brings a chunk's rows into the directory and makes their " +
				"users members of the job.",
			Memory:  512,
			Timeout: time.Minute,
			Sources: []Source{{Queue: "rows", BatchSize: 1, Concurrency: 20}},
			Tables: []TableRight{
				{Table: "jobs", Verbs: readWrite},
				{
					Table:   "members",
					Verbs:   []Verb{BatchWriteItem, BatchGetItem, UpdateItem},
					Indexes: []string{"by_user"},
				},
				{
					Table: "directory",
					Verbs: []Verb{
						GetItem,
						PutItem,
						UpdateItem,
						DeleteItem,
						BatchGetItem,
						BatchWriteItem,
						PartiQLInsert,
						PartiQLUpdate,
					},
					Indexes: []string{"by_administrator"},
				},
				{
					Table:      "credentials",
					Verbs:      []Verb{BatchGetItem},
					Attributes: []string{"user_id"},
				},
				{Table: "addresses", Verbs: []Verb{BatchGetItem}},
				recorded,
			},
			Sends: []string{"rows", "walk", "background", "bulk", "urgent"},
			Objects: []ObjectRight{
				{Prefix: "reports/", Verbs: []ObjectVerb{GetObject, ListBucket}},
			},
			Parameters: []string{
				"DEVICES",
				"LANGUAGE",
				"TIME_ZONE",
				"SMS_COUNTRIES",
			},
		},
		{
			Name: "jobs",
			Does: "Makes, lists, opens, processes and deletes jobs; their " +
				"errors, changes, members, files and columns.",
			Memory:  512,
			Timeout: 25 * time.Second,
			Routes: []Route{
				acts("POST /api/jobs", "job_created"),
				reads("GET /api/jobs"),
				reads("GET /api/jobs/{id}"),
				acts("DELETE /api/jobs/{id}", "job_deleted"),
				acts("POST /api/jobs/{id}/process", "job_processed"),
				reads("GET /api/jobs/{id}/mapping"),
				acts("PUT /api/jobs/{id}/mapping", "columns_mapped"),
				reads("GET /api/jobs/{id}/errors"),
				reads("GET /api/jobs/{id}/changes"),
				reads("GET /api/jobs/{id}/members"),
				reads("GET /api/jobs/{id}/activity"),
				acts("GET /api/jobs/{id}/files/errors", "errors_exported"),
				acts("GET /api/jobs/{id}/files/members", "members_exported"),
				reads("GET /api/mappings"),
				acts("DELETE /api/mappings/{mapping}", "mapping_forgotten"),
				reads("GET /api/template.csv"),
			},
			Tables: sessions(
				TableRight{
					Table:   "jobs",
					Verbs:   append([]Verb{BatchGetItem}, readWrite...),
					Indexes: []string{"by_created"},
				},
				TableRight{Table: "members", Verbs: []Verb{Query}},
				TableRight{Table: "directory", Verbs: readSome},
				TableRight{Table: "tokens", Verbs: readSome},
				TableRight{Table: "deliveries", Verbs: []Verb{Query}},
			),
			Sends: []string{"rows", "background"},
			Objects: []ObjectRight{
				{Prefix: "jobs/", Verbs: []ObjectVerb{PutObject}},
				{Prefix: "reports/", Verbs: []ObjectVerb{GetObject, ListBucket}},
			},
			Parameters: []string{
				"BASE_URL",
				"DEVICES",
				"CUSTOM_FIELDS",
				"LINK_LIFETIME",
				"LINK_LIFETIME_MINIMUM",
				"LINK_LIFETIME_MAXIMUM",
			},
		},
		{
			Name: "renotify",
			Does: "Stores notifications and reminders, shows them, and does " +
				"what is due by the clock.",
			Memory:  512,
			Timeout: 25 * time.Second,
			Routes: []Route{
				reads("GET /api/jobs/{id}/message"),
				acts("POST /api/jobs/{id}/notifications", "notification_created"),
				reads("GET /api/jobs/{id}/notifications"),
				reads("GET /api/jobs/{id}/notifications/{n}"),
				reads("GET /api/jobs/{id}/notifications/{n}/deliveries"),
				acts("POST /api/jobs/{id}/notifications/{n}/cancel", "notification_cancelled"),
				reads("POST /api/jobs/{id}/notifications/preview"),
				acts("POST /api/jobs/{id}/notifications/test", "notification_tested"),
				acts("PUT /api/jobs/{id}/reminders", "reminders_set"),
				acts("DELETE /api/jobs/{id}/reminders", "reminders_deleted"),
			},
			Tables: sessions(
				TableRight{Table: "jobs", Verbs: readWrite, Indexes: []string{"by_due"}},
				TableRight{Table: "members", Verbs: []Verb{BatchGetItem, Query}},
				TableRight{Table: "directory", Verbs: readSome},
				TableRight{Table: "tokens", Verbs: readSome},
				TableRight{
					Table:   "deliveries",
					Verbs:   []Verb{Query},
					Indexes: []string{"by_notification"},
				},
				TableRight{Table: "addresses", Verbs: []Verb{BatchGetItem}},
			),
			Sends:    []string{"walk", "background", "urgent"},
			Carriers: []string{"quota"},
			Parameters: []string{
				"BASE_URL",
				"COMPANY",
				"SUPPORT_CONTACT",
				"DEVICES",
				"LANGUAGE",
				"TIME_ZONE",
				"SMS_COUNTRIES",
				"LINK_LIFETIME_MINIMUM",
				"LINK_LIFETIME_MAXIMUM",
			},
		},
		{
			Name: "walk",
			Does: "Goes over a job's members: makes batches, reminds, counts, " +
				"exports and erases.",
			Memory:  512,
			Timeout: 5 * time.Minute, // for an export
			Sources: []Source{
				{Queue: "walk", BatchSize: 1, Concurrency: 6},
				{Queue: "background", BatchSize: 1, Concurrency: 4},
			},
			Tables: []TableRight{
				{Table: "jobs", Verbs: append([]Verb{BatchWriteItem}, readWrite...)},
				{Table: "members", Verbs: []Verb{BatchWriteItem, BatchGetItem, Query}},
				{Table: "directory", Verbs: []Verb{BatchGetItem}},
				{
					Table:      "credentials",
					Verbs:      []Verb{BatchGetItem, DeleteItem},
					Attributes: []string{"user_id", "activated_at"},
				},
				{Table: "tokens", Verbs: []Verb{BatchGetItem, Query, DeleteItem}},
				{
					Table:   "deliveries",
					Verbs:   []Verb{Query},
					Indexes: []string{"by_notification"},
				},
			},
			Sends: []string{"walk", "background", "bulk", "urgent"},
			Objects: []ObjectRight{
				{
					Prefix: "reports/",
					Verbs: []ObjectVerb{
						GetObject,
						PutObject,
						DeleteObjectVersion,
						ListBucketVersions,
					},
				},
				{Prefix: "jobs/", Verbs: []ObjectVerb{DeleteObjectVersion}},
				{Prefix: "uploads/", Verbs: []ObjectVerb{DeleteObjectVersion}},
			},
			Parameters: []string{"LANGUAGE"},
		},
		{
			Name: "deliver",
			Does: "Sends what notifications say to their users, and records " +
				"what became of it.",
			Memory:  512,
			Timeout: time.Minute,
			Sources: []Source{{Queue: "bulk", BatchSize: 1, Concurrency: 20}},
			Tables: []TableRight{
				{Table: "jobs", Verbs: readWrite},
				{
					Table:   "members",
					Verbs:   []Verb{BatchGetItem, UpdateItem},
					Indexes: []string{"by_user"},
				},
				{Table: "directory", Verbs: readSome, Among: []string{"by_address"}},
				{
					Table:      "credentials",
					Verbs:      readSome,
					Attributes: []string{"user_id", "generation", "set_at", "activated_at"},
				},
				{
					Table: "tokens",
					Verbs: append([]Verb{BatchWriteItem, PutItem}, readMany...),
				},
				{Table: "deliveries", Verbs: []Verb{BatchWriteItem, UpdateItem, Query}},
				{Table: "addresses", Verbs: []Verb{BatchGetItem}},
				{Table: "limits", Verbs: count},
			},
			Sends:    []string{"bulk", "urgent"},
			Carriers: []string{"email", "sms"},
			Parameters: []string{
				"COMPANY",
				"SENDER",
				"REPLY_TO",
				"SUPPORT_CONTACT",
				"BASE_URL",
				"DEVICES",
				"LANGUAGE",
				"TIME_ZONE",
				"SMS_COUNTRIES",
			},
		},
		{
			Name: "answer",
			Does: "Sends what one person waits for: resets, renewed links, " +
				"notices and reports.",
			Memory:  512,
			Timeout: time.Minute,
			Sources: []Source{{Queue: "urgent", BatchSize: 10, Concurrency: 10}},
			Tables: []TableRight{
				{Table: "jobs", Verbs: []Verb{GetItem, Query}},
				{Table: "members", Verbs: []Verb{UpdateItem}, Indexes: []string{"by_user"}},
				{
					Table:   "directory",
					Verbs:   readSome,
					Indexes: []string{"by_administrator", "by_address"},
					Among:   []string{"by_address"},
				},
				{
					Table:      "credentials",
					Verbs:      read,
					Attributes: []string{"user_id", "generation", "set_at", "activated_at"},
				},
				{Table: "tokens", Verbs: []Verb{GetItem, PutItem}},
				{Table: "deliveries", Verbs: []Verb{BatchWriteItem, UpdateItem, Query}},
				{Table: "addresses", Verbs: []Verb{BatchGetItem}},
				{Table: "limits", Verbs: []Verb{GetItem, PutItem, UpdateItem}},
				{Table: "audit", Verbs: []Verb{GetItem, PutItem}},
			},
			Sends:        []string{"urgent"},
			Carriers:     []string{"email", "sms"},
			NeedsCodeKey: true,
			Parameters: []string{
				"COMPANY",
				"SENDER",
				"REPLY_TO",
				"SUPPORT_CONTACT",
				"BASE_URL",
				"DEVICES",
				"LANGUAGE",
				"TIME_ZONE",
				"SMS_COUNTRIES",
				"RESET_LIFETIME",
				"CODE_LIFETIME",
				"FORGOT_PER_HOUR",
				"RENEW_GAP",
			},
		},
		{
			Name:    "feedback",
			Does:    "Takes what SES tells of emails: delivered, bounced, complained of.",
			Memory:  256,
			Timeout: 30 * time.Second,
			// Events are gathered, so that their facts are written in full batches.
			Sources: []Source{
				{Queue: "feedback", BatchSize: 100, Window: time.Second, Concurrency: 10},
			},
			Tables: []TableRight{
				{Table: "deliveries", Verbs: []Verb{BatchWriteItem}},
				{Table: "addresses", Verbs: []Verb{UpdateItem}},
			},
			Sends: []string{"bulk"},
		},
		{
			Name:    "forgotpassword",
			Does:    "Takes a request for a new password, and answers everybody the same.",
			Memory:  256,
			Timeout: 10 * time.Second,
			Routes:  public("POST /api/forgot-password"),
			Tables:  []TableRight{{Table: "limits", Verbs: []Verb{UpdateItem}}},
			Sends:   []string{"urgent"},
		},
		{
			Name:    "redeem",
			Does:    "Checks links and codes, sets passwords, and asks for fresh links.",
			Memory:  512,
			Timeout: 15 * time.Second,
			Routes: public(
				"POST /api/password/check",
				"POST /api/password",
				"POST /api/link/renew",
			),
			Tables: []TableRight{
				{Table: "directory", Verbs: read},
				{Table: "credentials", Verbs: []Verb{GetItem, PutItem}},
				{Table: "tokens", Verbs: []Verb{GetItem, Query, UpdateItem}},
				{Table: "limits", Verbs: []Verb{GetItem, UpdateItem, DeleteItem}},
				recorded,
			},
			Sends:        []string{"urgent"},
			NeedsCodeKey: true,
			Parameters:   []string{"COMPANY", "DEVICES", "PASSWORD_MINIMUM"},
		},
		{
			Name: "signin", Does: "Signs in and out, and tells who is signed in.",
			Memory: 512, Timeout: 15 * time.Second,
			Routes: public("POST /api/sign-in", "POST /api/sign-out", "GET /api/session"),
			Tables: []TableRight{
				{Table: "directory", Verbs: read},
				{Table: "credentials", Verbs: []Verb{GetItem, UpdateItem}},
				{Table: "tokens", Verbs: []Verb{GetItem, PutItem, DeleteItem}},
				{Table: "limits", Verbs: count},
				recorded,
			},
			Parameters: []string{"BASE_URL", "SESSION_LIFETIME"},
		},
		{
			Name: "users",
			Does: "Finds and shows users, sends one a fresh link, ends locks " +
				"and sessions; lists the audit.",
			Memory:  512,
			Timeout: 25 * time.Second,
			Routes: []Route{
				reads("GET /api/users"),
				reads("GET /api/users/{username}"),
				acts("POST /api/users/{username}/notifications", "user_notified"),
				acts("POST /api/users/{username}/unlock", "user_unlocked"),
				acts("POST /api/users/{username}/sign-out", "sessions_ended"),
				acts("POST /api/users/{username}/devices/{name}/clear", "device_cleared"),
				reads("GET /api/audit"),
				reads("GET /api/settings"),
			},
			Tables: []TableRight{
				{Table: "jobs", Verbs: []Verb{GetItem, PutItem}},
				{Table: "members", Verbs: []Verb{BatchGetItem}, Indexes: []string{"by_user"}},
				{
					Table:   "directory",
					Verbs:   readMany,
					Indexes: []string{"by_address"},
				},
				{
					Table:      "credentials",
					Verbs:      readSome,
					Attributes: []string{"user_id", "generation", "set_at", "activated_at"},
				},
				{Table: "tokens", Verbs: append([]Verb{DeleteItem}, readMany...)},
				{Table: "deliveries", Verbs: []Verb{Query}},
				{Table: "addresses", Verbs: []Verb{BatchGetItem, UpdateItem}},
				{Table: "limits", Verbs: []Verb{GetItem, DeleteItem}},
				{
					Table:   "audit",
					Verbs:   []Verb{Query, PutItem},
					Indexes: []string{"by_target", "by_job"},
				},
			},
			Sends:    []string{"urgent"},
			Carriers: []string{"quota", "suppression"},
			Parameters: []string{
				"BASE_URL",
				"COMPANY",
				"SENDER",
				"REPLY_TO",
				"SUPPORT_CONTACT",
				"APP_URL",
				"DEVICES",
				"CUSTOM_FIELDS",
				"LANGUAGE",
				"TIME_ZONE",
				"SMS_COUNTRIES",
				"LINK_LIFETIME",
				"LINK_LIFETIME_MINIMUM",
				"LINK_LIFETIME_MAXIMUM",
				"RESET_LIFETIME",
				"CODE_LIFETIME",
				"SESSION_LIFETIME",
				"PASSWORD_MINIMUM",
				"FORGOT_PER_HOUR",
				"RENEW_GAP",
			},
		},
		{
			Name:    "web",
			Does:    "Serves the pages, the API's description, and 404 for the rest.",
			Memory:  256,
			Timeout: 10 * time.Second,
			Routes: public(
				"GET /api/health",
				"GET /api/openapi.json",
				"ANY /api/{proxy+}",
				"$default",
			),
			Parameters: []string{"COMPANY", "SUPPORT_CONTACT", "APP_URL"},
			LetsUpload: true,
		},
	},
	Queues: []Queue{
		{Name: "rows", Receives: 5, Late: time.Hour},
		{Name: "walk", Receives: 5, Late: time.Hour},
		{Name: "background", Receives: 5, Late: 3 * time.Hour}, // for an export
		{Name: "bulk", Receives: 5, Late: 24 * time.Hour},      // a million at 14 a second: a day
		{Name: "urgent", Receives: 5, Late: 5 * time.Minute},   // a code works for ten minutes
		{Name: "feedback", Receives: 5, Late: time.Hour, MailEvents: true},
	},
	Tables: []Table{
		{
			Name: "jobs", Partition: "job", Sort: "item", Expires: "delete_at",
			Indexes: []Index{
				{Name: "by_created", Partition: "listed", Sort: "created"},
				{Name: "by_due", Partition: "due", Sort: "due_at"},
			},
		},
		{
			Name:      "members",
			Partition: "shard",
			Sort:      "username",
			Expires:   "delete_at",
			Indexes:   []Index{{Name: "by_user", Partition: "user_id", Sort: "joined"}},
		},
		{
			Name: "directory", Partition: "shard", Sort: "username",
			Indexes: []Index{
				{Name: "by_administrator", Partition: "administrator", Sort: "username"},
				{Name: "by_address", Partition: "holds", Sort: "username"},
			},
		},
		{Name: "credentials", Partition: "user_id"},
		{Name: "tokens", Partition: "user_id", Sort: "kind", Expires: "delete_at"},
		{
			Name:      "deliveries",
			Partition: "user_id",
			Sort:      "notification",
			Expires:   "delete_at",
			Indexes: []Index{
				{Name: "by_notification", Partition: "part", Sort: "user_id"},
			},
		},
		{Name: "addresses", Partition: "address"},
		{Name: "limits", Partition: "key", Expires: "delete_at"},
		{
			Name: "audit", Partition: "day", Sort: "moment", Expires: "delete_at",
			Indexes: []Index{
				{Name: "by_target", Partition: "target_key", Sort: "moment", All: true},
				{Name: "by_job", Partition: "job", Sort: "moment", All: true},
			},
		},
	},
	Bucket: Bucket{Name: "uploads", Keep: 400, Replaced: 30},
	Rules:  []Rule{{Name: "schedule", Function: "renotify", Schedule: "rate(5 minutes)"}},
	Parameters: []Parameter{
		{
			Name:     "COMPANY",
			Kind:     OneLine,
			Required: true,
			Means:    "the name that messages and pages speak for",
		},
		{Name: "SENDER", Kind: Address, Required: true, Means: "the address that email comes from"},
		{Name: "REPLY_TO", Kind: Address, Means: "the address that answers go to"},
		{Name: "SUPPORT_CONTACT", Kind: OneLine, Means: "whom a user asks who is stuck"},
		{
			Name:  "BASE_URL",
			Kind:  Origin,
			Means: "where the pages are; the API's own address unless given",
		},
		{Name: "APP_URL", Kind: URL, Means: "where a user goes after signing in"},
		{Name: "ALARM_EMAIL", Kind: Address, Means: "who is told of alarms"},
		{
			Name:    "LINK_LIFETIME",
			Kind:    Duration,
			Default: "72h",
			Means:   "how long an invitation's link works",
		},
		{
			Name:    "LINK_LIFETIME_MINIMUM",
			Kind:    Duration,
			Default: "10m",
			Means:   "the shortest lifetime a job may ask for",
		},
		{
			Name:    "LINK_LIFETIME_MAXIMUM",
			Kind:    Duration,
			Default: "720h",
			Means:   "the longest lifetime a job may ask for",
		},
		{
			Name:    "RESET_LIFETIME",
			Kind:    Duration,
			Default: "1h",
			Most:    "24h",
			Means:   "how long a forgot-password link works",
		},
		{
			Name:    "CODE_LIFETIME",
			Kind:    Duration,
			Default: "10m",
			Most:    "10m",
			Means:   "how long a code works",
		},
		{
			Name:    "PASSWORD_MINIMUM",
			Kind:    Number,
			Default: "15",
			Least:   "8",
			Most:    "128",
			Means:   "the shortest password, in code points",
		},
		{
			Name:    "FORGOT_PER_HOUR",
			Kind:    Number,
			Default: "5",
			Least:   "1",
			Means:   "forgot-password messages per user and hour",
		},
		{
			Name:    "RENEW_GAP",
			Kind:    Duration,
			Default: "5m",
			Means:   "the least time between two renewals of one user's link",
		},
		{
			Name:    "SESSION_LIFETIME",
			Kind:    Duration,
			Default: "12h",
			Means:   "how long a session lasts",
		},
		{
			Name:    "DEVICES",
			Kind:    List,
			Default: "Work Email,Home Email,SMS Phone,Work Phone",
			Means:   "device columns; the channel is in the name: Email, SMS, else voice",
		},
		{
			Name:  "CUSTOM_FIELDS",
			Kind:  List,
			Means: "further columns that a file may have, comma-separated",
		},
		{
			Name:    "LANGUAGE",
			Kind:    Language,
			Default: "English",
			Means:   "the language of a user who has none",
		},
		{
			Name:    "TIME_ZONE",
			Kind:    TimeZone,
			Default: "UTC",
			Means:   "the time zone of a user who has none",
		},
		{
			Name:  "SMS_COUNTRIES",
			Kind:  Countries,
			Means: "country codes (ISO 3166) that SMS may go to; all unless given",
		},
	},
}

// reads is an administrator's route that changes nothing.
func reads(key string) Route { return Route{Key: key, Access: Administrator} }

// acts is an administrator's route that changes something or hands out a file: audited.
func acts(key, action string) Route {
	return Route{Key: key, Access: Administrator, Action: action}
}

// public are routes that need no session.
func public(keys ...string) []Route {
	all := make([]Route, len(keys))
	for i, key := range keys {
		all[i] = Route{Key: key, Access: Public}
	}
	return all
}
