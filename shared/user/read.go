package user

import (
	"strings"

	"latchkey/shared/setting"
)

// ReadDevices reads the devices of a deployment: DEVICES.
func ReadDevices(r *setting.Reader) []Device {
	return setting.Parse(r, "DEVICES", func(list string) ([]Device, error) {
		return Devices(strings.Split(list, ",")), nil
	})
}
