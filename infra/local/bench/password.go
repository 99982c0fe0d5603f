package main

import (
	"context"

	"latchkey/infra/local/client"
)

const (
	// visitsAlone are the passwords that one client sets in a take, and visitsTogether those
	// of several at once.
	visitsAlone    = 8
	visitsTogether = 24
	clientsAtOnce  = 4
	// forgotten are the requests of a take.
	forgotten = 160
)

// Limits and bars of the ratios.
const (
	aloneLimit    = 2.4
	aloneBar      = 1.3
	togetherLimit = 0.4
	togetherBar   = 0.85
	signInLimit   = 0.35
	forgotLimit   = 0.05
)

// measurePasswords measures how fast passwords are set by one client and by several, and
// then how fast their users sign in.
func (b *bench) measurePasswords(ctx context.Context) error {
	alone := b.report.figure(Figure{
		Name:   "password set, 1 client, p50",
		Unit:   "ms",
		Beside: "argon2id alone",
		Less:   true,
		Limit:  aloneLimit,
		Bar:    aloneBar,
	})
	together := b.report.figure(Figure{
		Name:   "passwords set, 4 clients",
		Unit:   "a second",
		Beside: "argon2id, all cores",
		Limit:  togetherLimit,
		Bar:    togetherBar,
	})

	links := b.links
	did, err := b.step(ctx, passwordStep, takes*visitsAlone, func() error {
		for range takes {
			var some []client.Message
			some, links = links[:visitsAlone], links[visitsAlone:]
			if err := alone.take(bareHashAlone(ctx), b.settingAlone(ctx, some)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.report.Timed = append(b.report.Timed, did)

	for range takes {
		var some []client.Message
		some, links = links[:visitsTogether], links[visitsTogether:]
		err := together.take(
			func() (float64, error) { return bareHash(ctx) },
			func() (float64, error) { return b.settingTogether(ctx, some) })
		if err != nil {
			return err
		}
	}

	const all = takes * (visitsAlone + visitsTogether)
	if err := b.countActive(ctx, b.jobs[0], b.per, all); err != nil {
		return err
	}
	return b.measureSignIn(ctx, b.links[:all])
}

// bareHashAlone returns what measures the time of a hash, with nothing beside it.
func bareHashAlone(ctx context.Context) func() (float64, error) {
	return func() (float64, error) {
		each, _, err := hash(ctx, 1, visitsAlone)
		return median(each), err
	}
}

// settingAlone returns what measures the time in which one client sets a password. As a
// browser, it reads the page and looks at the link before.
func (b *bench) settingAlone(
	ctx context.Context, by []client.Message,
) func() (float64, error) {
	return func() (float64, error) {
		var each []float64
		for _, m := range by {
			if err := b.open(ctx, b.visitors[0], m); err != nil {
				return 0, err
			}
			once, _, err := together(ctx, 1, 1, func(ctx context.Context, _, _ int) error {
				return set(ctx, b.visitors[0], m)
			})
			if err != nil {
				return 0, err
			}
			each = append(each, once...)
		}
		return median(each), nil
	}
}

// settingTogether sets passwords by several clients at once, and returns how many that was
// a second.
func (b *bench) settingTogether(ctx context.Context, by []client.Message) (float64, error) {
	_, rate, err := together(ctx, clientsAtOnce, len(by),
		func(ctx context.Context, c, i int) error { return set(ctx, b.visitors[c], by[i]) })
	return rate, err
}

// measureSignIn measures sign-ins of users who have a password.
func (b *bench) measureSignIn(ctx context.Context, of []client.Message) error {
	f := b.report.figure(Figure{
		Name:   "sign-ins, 4 clients",
		Unit:   "a second",
		Beside: "argon2id, all cores",
		Limit:  signInLimit,
	})
	for take := range takes {
		some := of[take*visitsTogether:]
		err := f.take(
			func() (float64, error) { return bareHash(ctx) },
			func() (float64, error) {
				_, rate, err := together(ctx, clientsAtOnce, visitsTogether,
					func(ctx context.Context, c, i int) error {
						_, err := b.visitors[c].SignIn(ctx, username(some[i]), newPassword)
						return err
					})
				return rate, err
			})
		if err != nil {
			return err
		}
	}
	return b.quiet(ctx)
}

// measureForgotten measures how fast requests of users who forgot their passwords are
// accepted.
func (b *bench) measureForgotten(ctx context.Context) error {
	queue, err := bareQueue(ctx, b.system)
	if err != nil {
		return err
	}

	f := b.report.figure(Figure{
		Name:   "forgot password accepted, 32 clients",
		Unit:   "a second",
		Beside: "SendMessage",
		Limit:  forgotLimit,
	})
	did, err := b.step(ctx, forgotStep, takes*forgotten, func() error {
		for take := range takes {
			err := f.take(
				func() (float64, error) {
					return bareMessage(ctx, b.system, queue, visitors, forgotten)
				},
				func() (float64, error) {
					_, rate, err := together(ctx, visitors, forgotten,
						func(ctx context.Context, c, i int) error {
							who := row("user", (take*forgotten+i)%(takes*b.per))[0]
							return forget(ctx, b.visitors[c], who)
						})
					return rate, err
				})
			if err != nil {
				return err
			}
		}
		return nil
	})
	b.report.Timed = append(b.report.Timed, did)
	return err
}
