package user

import (
	"slices"
	"strings"
)

// Channel is the kind of message that a device receives.
type Channel string

// Channels. Nothing is sent to a voice device.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
	Voice Channel = "voice"
)

// Device is a kind of address of a user, named by its column: "Work Email".
type Device struct {
	Name    string
	Channel Channel
}

// DeviceNamed returns a device with the channel that its name tells: one with the word
// Email, E-Mail or SMS, else a voice device.
func DeviceNamed(name string) Device {
	for _, word := range strings.Fields(strings.ToLower(name)) {
		switch word {
		case "email", "e-mail":
			return Device{name, Email}
		case "sms":
			return Device{name, SMS}
		}
	}

	return Device{name, Voice}
}

// Devices returns the devices that the deployment's parameter DEVICES names, in order.
func Devices(names []string) []Device {
	devices := make([]Device, len(names))
	for i, name := range names {
		devices[i] = DeviceNamed(strings.TrimSpace(name))
	}
	return devices
}

// Address returns the address of a user's active device, or "" if there is none.
func (p Profile) Address(device string) string {
	if p.Fields[device+StatusSuffix] == Inactive {
		return ""
	}
	return p.Fields[device]
}

// SendableDevices returns the names of the devices that a message can be sent to.
func SendableDevices(devices []Device) []string {
	var names []string
	for _, d := range devices {
		if d.Channel != Voice {
			names = append(names, d.Name)
		}
	}
	return names
}

// DefaultDevices returns the names of the devices of a job that names none: Work Email,
// Home Email and SMS Phone, as far as the deployment has them, else all sendable ones.
func DefaultDevices(devices []Device) []string {
	sendable := SendableDevices(devices)

	var names []string
	for _, name := range []string{"Work Email", "Home Email", "SMS Phone"} {
		if slices.Contains(sendable, name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return sendable
	}
	return names
}
