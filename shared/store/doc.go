// Package store reads and writes DynamoDB: conditional writes, transactions, pages and
// batches.
//
// A failed condition is an answer ([ErrCondition]), not a failure. A conditional write of
// its own carries a random id (attribute write), by which the SDK's own retry knows what
// its first try has written. What DynamoDB throttles it hasn't begun: a call, or what a
// batch leaves over, is tried again until it is through or its context's deadline is near.
//
// # The tables
//
// Each row is a key and what its item holds, with the functions that write it; by_… are
// indexes. One package of shared/ reads and writes each kind of item. The one exception
// is the job's item, where package notification writes the number of notifications and
// reminders, and when the next reminder is due. In keys, <job> is a job's id (a ULID),
// <user> a user's id (128 bits in base 32), <n> a notification's number with 6 digits,
// <s> a shard from 00 to 15, and a username is its key: NFC and case-folded. Times are
// milliseconds since 1970, but for delete_at, the TTL attribute, in seconds. DynamoDB
// deletes late, so nothing asks it whether something is still valid.
//
//	jobs: job, item
//	  job                       the job (upload, process, jobs, renotify, walk)
//	  chunk#<5 digits>          a chunk's lease, and then its result (process)
//	  tally#<s>                 a shard's users by their state (walk)
//	  export#<state>            how far a file of the members is, and a lease (jobs,
//	                            walk)
//	  notification#<n>          a notification with its text and audience (renotify, walk,
//	                            deliver)
//	  counts#<n>                its users by what became of their messages, if few
//	                            (renotify)
//	  counts#<n>#<s>            those of a shard, if many (walk)
//	  named#<id>#<2 digits>     the users that it names, 100 an item (renotify)
//	  shard#<n>#<s>             a walked shard, and the sum of its batches (walk,
//	                            deliver)
//	  names#<n>#<s>#<6 digits>  whom a batch is for, and where the next begins (walk)
//	  batch#<n>#<s>#<6 digits>  a batch's lease, and then its counts (walk, deliver)
//	  answer                    under key#<hash>, not a job: the answer to a request with an
//	                            Idempotency-Key, for 24 h (jobs, renotify, users)
//	  <hash>                    under mappings, not a job: how a header was mapped, until it
//	                            is forgotten (jobs)
//	  by_created: listed, created
//	                            all jobs by age; a deleted one isn't listed
//	  by_due: due, due_at       what the clock has to do: jobs that wait for their file or
//	                            validation, or remind, paused notifications; due is "jobs" for
//	                            all of them
//
//	members: shard, username
//	  <job>#<s> <username>      row, outcome, state (process; deliver and answer mark,
//	                            walk erases)
//	  by_user: user_id, joined  a user's jobs, the latest last, but for the one that added
//	                            them
//
//	directory: shard, username
//	  <s> <username>            a user's profile, and the rows that wrote it last
//	                            (process)
//	  #<hash> <username>        a further address that a user has or had (process)
//	  #administrators guard     its version changes when an administrator is lost
//	                            (process)
//	  #administrators newest    who became one last, or is about to (process)
//	  by_administrator: administrator, username
//	                            the administrators, and nobody else
//	  by_address: holds, username
//	                            who has an address, by its hash: profiles for the first
//	                            one, the items of the further ones
//
//	credentials: user_id
//	  <user>                    the password's hash and generation; no item is pending
//	                            (redeem; signin rehashes, walk erases)
//
//	tokens: user_id, kind
//	  <user> invite, reset      the latest link, and the five before it (deliver, answer);
//	                            of a reset, its code: HMAC, expiry, tries (answer, redeem)
//	  <user> session#<hash>     generation of the password, expiry (signin; users removes)
//
//	deliveries: user_id, notification
//	  <user> <job>#<n>#<k>#<fact>
//	                            a fact of a notification's message to the kth device that
//	                            was tried, by rank and state, such as 20-sent. 00-queued
//	                            holds a lease (deliver, feedback)
//	  <user> forgot#, renewal#, password-set#, resend#, new-administrator#, test#
//	                            the same for a message that no notification asked for, in
//	                            the order of time: forgot#<id>#<k>#<fact> (answer, feedback)
//	  report-<job> rejected#0, processed#<round>, sent#<n>
//	                            of a job's reports: sent#<n>#1#<fact> (answer, feedback)
//	  shared-<id> forgot#<id>   of a message for several users of an address, besides the
//	                            facts of each (answer)
//	  by_notification: part, user_id
//	                            the keys of a notification's facts, but not that a first
//	                            message was handed over; part is <job>#<n>#<s>
//
//	addresses: address
//	  <hash>                    that an address is undeliverable and why, or when that was
//	                            taken away (feedback; users clears)
//
//	limits: key
//	  <kind>#<hash>#<seconds>   uses in the window that begins then (answer,
//	                            forgotpassword, redeem)
//	  <kind>#<hash>             when something with a gap was done last, and a lease (answer)
//	  signin#<hash>             failed sign-ins of a submitted name, by source address
//	                            (signin; redeem, users clear)
//	  rate#<channel>#<lane>     from when on the send rate is free, in microseconds
//	                            (deliver, answer)
//	  ses-account               what SES has told of the account (deliver, answer)
//
//	audit: day, moment
//	  <day>#<0 to 3> <time>#<id>
//	                            who did what to whom, and the result; never changed (all
//	                            but walk, deliver, feedback, forgotpassword, web)
//	  first#<id> first          when an event without a time of its own was recorded
//	                            (process)
//	  by_target: target_key, moment
//	                            what was done to a user, by the username's key
//	  by_job: job, moment       what is about a job
//
// A job's and a notification's counts are sums over results (chunk, batch, tally):
// nothing adds to a number, since everything may happen twice. The directory, a job's members
// and the work at them are spread over sixteen shards by a hash of the username: each shard
// takes 1,000 write units a second, and is in the order of the usernames.
package store
