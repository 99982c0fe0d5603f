package user

import (
	"slices"
	"strings"
)

// Channel is the way a message goes.
type Channel string

// Channels. Nothing is sent to a voice device.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
	Voice Channel = "voice"
)

// Device is a kind of address that the deployment's files may have, named as its column: "Work Email".
type Device struct {
	Name    string
	Channel Channel
}

// DeviceNamed gives a device with the channel that its name tells: one with the word Email or SMS, else voice.
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

// Devices gives the devices of a deployment in the order of its parameter.
func Devices(names []string) []Device {
	devices := make([]Device, len(names))
	for i, name := range names {
		devices[i] = DeviceNamed(strings.TrimSpace(name))
	}
	return devices
}

// Address gives the address of one of the user's devices, or "" if there is none or the device is not to be used.
func (p Profile) Address(device string) string {
	if p.Fields[device+StatusSuffix] == Inactive {
		return ""
	}
	return p.Fields[device]
}

// SendableDevices names the devices that a job may use: those that a message can be sent to.
func SendableDevices(devices []Device) []string {
	var names []string
	for _, d := range devices {
		if d.Channel != Voice {
			names = append(names, d.Name)
		}
	}
	return names
}

// DefaultDevices names the devices that are used where a job names none: Work Email, Home Email and SMS Phone, as far as the
// deployment has them, or else all that can be used.
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
