package job

import (
	"latchkey/shared/setting"
	"latchkey/shared/user"
)

// ReadLimits reads what a deployment allows, beside its devices: LINK_LIFETIME,
// LINK_LIFETIME_MINIMUM and LINK_LIFETIME_MAXIMUM.
func ReadLimits(r *setting.Reader, devices []user.Device) Limits {
	return Limits{
		Devices:        user.SendableDevices(devices),
		DefaultDevices: user.DefaultDevices(devices),
		Lifetime:       r.Duration("LINK_LIFETIME"),
		Minimum:        r.Duration("LINK_LIFETIME_MINIMUM"),
		Maximum:        r.Duration("LINK_LIFETIME_MAXIMUM"),
	}
}
