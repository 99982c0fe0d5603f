package mapping

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"latchkey/shared/mailbox"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// synonyms are what people call our columns, as bare says; devices as an export has them.
var synonyms = func() map[string]string {
	all := map[string]string{}
	for field, names := range map[string]string{
		userfile.User: "user username userid userlogin login loginid loginname logon logonname " +
			"account accountname uid upn userprincipalname samaccountname benutzer benutzername " +
			"kennung anmeldename utilisateur identifiant usuario utente gebruikersnaam",
		user.FirstName: "first firstname fname given givenname forename vorname rufname prenom " +
			"nombre nome voornaam",
		user.LastName: "last lastname lname sn surname family familyname nachname familienname " +
			"zuname nomdefamille apellido apellidos cognome achternaam",
		user.Site:       "site location office branch standort niederlassung",
		user.Language:   "language lang preferredlanguage sprache langue idioma lingua taal",
		user.TimeZone:   "timezone tz zoneinfo zeitzone fuseauhoraire zonahoraria",
		user.Supervisor: "supervisor usersupervisor manager reportsto vorgesetzter",
		user.Role:       "role roles rolle rollen",
		user.ExternalKey: "externalkey externalid employeeid employeenumber personnelnumber " +
			"personalnummer mitarbeiternummer",
		"@email": "email emailaddress mail mailaddress emailadresse workemail businessemail " +
			"companyemail officeemail primaryemail courriel correo correoelectronico",
		"@email 2": "homeemail privateemail personalemail secondaryemail secondemail " +
			"alternateemail otheremail recoveryemail privatemail",
		"@sms": "sms smsphone mobile mobilephone mobilenumber mobileno cell cellphone cellular " +
			"handy handynummer mobil mobiltelefon portable movil celular",
		"@voice": "phone phonenumber telephone telephonenumber workphone businessphone " +
			"officephone telefon telefonnummer tel telefono",
	} {
		for _, name := range strings.Fields(names) {
			all[name] = field
		}
	}
	return all
}()

// bare returns a name's letters and digits in lower case, without their accents.
func bare(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, plain(name))
}

// propose proposes what the columns become that aren't decided, by their names first.
func (f finder) propose() {
	f.proposeEach(f.byName)
	f.proposeEach(f.byValues)
	if f.taken(userfile.User) {
		return
	}

	// Where nothing else tells users apart, their addresses do.
	for i := range f.columns {
		c := &f.columns[i]
		if !c.Decided() && all(c.Samples, isAddress) {
			c.Field = userfile.User
			c.Source = Proposed
			return
		}
	}
}

// proposeEach proposes a field for each column that has none, unless another has it.
func (f finder) proposeEach(by func(Column) string) {
	for i := range f.columns {
		c := &f.columns[i]
		if c.Source != NoSource {
			continue
		}

		field := by(*c)
		if field != "" && !f.taken(field) {
			c.Field = field
			c.Source = Proposed
		}
	}
}

// byName proposes a field by what the column is called.
func (f finder) byName(c Column) string {
	meant := synonyms[bare(c.Name)]
	if meant == "@voice" {
		return f.device(user.Voice, 1)
	}
	if field := f.named(meant); field != "" {
		return field
	}

	near := f.schema.Nearest(c.Name)
	if known, ok := f.schema.Known(near); !ok || known.Ignored {
		return ""
	}
	return near
}

// byValues proposes a field by what the column holds.
func (f finder) byValues(c Column) string {
	switch {
	case all(c.Samples, isAddress):
		return f.freeDevice(user.Email)
	case all(c.Samples, international.MatchString):
		return f.freeDevice(user.SMS)
	case c.differs && len(c.Samples) > 1 && all(c.Samples, isShort):
		return userfile.User
	}
	return ""
}

// freeDevice returns the first device of a channel that no column is yet, or "".
func (f finder) freeDevice(channel user.Channel) string {
	for _, d := range f.schema.Devices {
		if d.Channel == channel && !f.taken(d.Name) {
			return d.Name
		}
	}
	return ""
}

// international is a phone number as E.164 writes it, with what stands between digits.
var international = regexp.MustCompile(`^\+[0-9 ().-]{7,24}$`)

// all reports whether there are values, and all of them are of a kind.
func all(values []string, isKind func(string) bool) bool {
	not := func(value string) bool { return !isKind(value) }
	return len(values) > 0 && !slices.ContainsFunc(values, not)
}

func isAddress(value string) bool {
	return strings.Contains(value, "@") && mailbox.IsAddress(value)
}

// isShort reports whether a value may be a username: one word that isn't long.
func isShort(value string) bool {
	const longest = 40
	return utf8.RuneCountInString(value) <= longest && !strings.ContainsFunc(value, unicode.IsSpace)
}

// plain returns a text without accents.
func plain(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return c
	}, norm.NFD.String(text))
}
