// Package store reads and writes DynamoDB: conditional writes, transactions, pages and batches.
//
// A failed condition is an answer ([ErrCondition]), not a failure. Each conditional write carries a random id (attribute write), so that the SDK's own
// retry knows what its first try has written. What a batch call leaves over is tried again until it is through.
//
// # The tables
//
// A package of shared/ keeps each kind of item, and nobody else reads or writes it; the one exception is a job's number of notifications, which
// package notification keeps in the job's item, with how many of them were reminders and when the next is due. In keys, <job> is a job's id (a
// ULID), <user> a user's id (128 bits in base 32), <n> a notification's number with 6 digits, <s> a shard from 00 to 15, and a username is its key:
// NFC and case-folded. Times are milliseconds since 1970, but for delete_at, the TTL attribute, in seconds: DynamoDB deletes late, so nothing asks
// it whether something is still valid.
//
//	jobs: job, item                    what it is                                                    written by
//	  <job>   job                      the job                                                       upload, process, jobs, renotify
//	  <job>   chunk#<5 digits>         a chunk's lease, and then its result                          process
//	  <job>   tally#<s>                a shard's users, counted by their state                       renotify
//	  <job>   export#<state>           when a file of the members was asked for and done             jobs, renotify
//	  <job>   notification#<n>         a notification: its text, audience and, at its end, counts    renotify, deliver
//	  <job>   counts#<n>               its users by what became of their messages, if they are few   renotify
//	  <job>   counts#<n>#<s>           those of a shard, if they are many                            renotify
//	  <job>   named#<id>#<2 digits>    the users that a notification names, 100 an item              renotify
//	  <job>   shard#<n>#<s>            a shard that was walked, and the sum of its batches           renotify, deliver
//	  <job>   names#<n>#<s>#<6 digits> whom a batch is for, and where the next one begins            renotify
//	  <job>   batch#<n>#<s>#<6 digits> a batch's lease, and then its counts                          renotify, deliver
//	  key#<hash> answer                the answer to a request with an Idempotency-Key, for 24 h     jobs, renotify, users
//	    by_created: listed, created    all jobs by age; listed is "jobs", and gone from a deleted one
//	    by_due: due, due_at            what the clock has to do: jobs that wait for their file or have reminders, paused
//	                                   notifications; due is "jobs", and else not there
//
//	members: shard, username
//	  <job>#<s> <username>             a user as part of a job: row, outcome, state                  process; deliver marks, renotify erases
//	    by_username: username, job     a user's jobs, the latest last
//
//	directory: username
//	  <username>                       a user's profile, and the rows that wrote it last             process
//	  #<hash>#<username>               that a user has a further address, or had: the profile says   process
//	  #administrators                  its version changes when an administrator is lost             process
//	    by_administrator: administrator, username   who is one; not there for anybody else
//	    by_shard: shard, username      all users; shard is <s>, and not there for what is no profile
//	    by_address: holds, username    who has an address: a profile for its first, and the items of
//	                                   the further ones; holds is its hash
//
//	credentials: user_id
//	  <user>                           the password's hash and generation; no item is pending        redeem; signin rehashes
//
//	tokens: user_id, kind
//	  <user>  invite, reset            the latest link: hash, expiry, where it was sent, whether     deliver, redeem
//	                                   it was used; and the five before it
//	  <user>  code                     the latest code: HMAC, expiry, tries                          deliver, redeem
//	  <user>  session#<hash>           a session: generation of the password, expiry                 signin; users removes
//
//	deliveries: user_id, notification
//	  <user>  <job>#<n>                what became of a notification for a user, on the first        deliver, feedback
//	                                   device that was tried; <job>#<n>#<k> on the kth
//	  <user>  forgot#…, renewal#…, password-set#…,  of a message that no notification asked for, in  deliver, feedback
//	          resend#…, new-administrator#…, test#… the order of time; a further device's has #<k>
//	                                                behind its name
//	  report-<job> rejected#0, processed#<round>, sent#<n>   of a job's reports                      deliver, feedback
//	    by_notification: part, username   a notification's deliveries; part is <job>#<n>#<s>
//
//	addresses: address
//	  <hash>                           that an address can't be delivered to, and why, or when       feedback; users clears
//	                                   that was taken away
//
//	limits: key
//	  <kind>#<hash>#<seconds>          uses in the window that begins then                           deliver, forgotpassword, redeem
//	  <kind>#<hash>                    when something was done last that has a gap                   deliver
//	  signin#<hash>                    failed sign-ins of a submitted name, by source address        signin; redeem, users clear
//	  rate#<channel>#<lane>            from when on the send rate is free (microseconds)             deliver
//
//	audit: day, moment
//	  <day>#<0 to 3> <time>#<id>       who did what to whom, and the result; never changed           all but feedback, forgotpassword, web
//	  first#<id> first                 when an event was recorded that has no time of its own        process
//	    by_target: target_key, moment  what was done to a user; the username's key
//	    by_job: job, moment            what is about a job
//
// A job's and a notification's counts are sums over results (chunk, batch, tally): nothing adds to a number, since whatever happens may happen
// twice. A job's members, and the work at them, are spread over sixteen shards by a hash of the username.
package store
