package userfile

// Address returns an email address or a phone number in canonical form: E.164, with ;ext=
// before an extension. ok is false if the text is neither. A doubtful number is accepted.
func Address(text string, phones ParsePhone) (canonical string, ok bool) {
	text = keyword(text)
	if address, faults := emailAddress(text); faults == nil {
		return address, true
	}

	number, faults := phones.phone(text)
	for _, f := range faults {
		if f != doubtfulPhone {
			return "", false
		}
	}

	return number.canonical, true
}
