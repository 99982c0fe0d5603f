package topology

// Parameter is a setting of the deployment, by its environment name.
//
// The package parameter checks values, for a deployment and for the local host alike.
type Parameter struct {
	Name string
	Kind ValueKind
	// Pattern is the regular expression of a kind that isn't one of those below.
	Pattern string
	// Default is the value unless one is given. Without either there is none.
	Default  string
	Required bool
	// Least and Most are the bounds of a number or a duration; empty for none.
	Least, Most string
	// Means says in a few words what the parameter is for.
	Means string
}

// Wanted says in words which values the parameter takes.
func (p Parameter) Wanted() string {
	words := string(p.Kind)
	if p.Least != "" {
		words += ", at least " + p.Least
	}
	if p.Most != "" {
		words += ", at most " + p.Most
	}
	return words
}

// ValueKind says in words which values a parameter takes.
type ValueKind string

// The kinds of values.
const (
	OneLine ValueKind = "a text"
	Address ValueKind = "an email address, with or without a name " +
		`("Northwind <no-reply@northwind.example>")`
	Origin    ValueKind = "an address like https://users.northwind.example, without a path"
	URL       ValueKind = "an address that begins with https://"
	Duration  ValueKind = "a duration like 72h or 10m"
	Number    ValueKind = "a whole number"
	List      ValueKind = "one name or several, with commas between them"
	Language  ValueKind = "a language, by its English name or its BCP 47 tag"
	TimeZone  ValueKind = "a time zone of the IANA list, like Europe/Berlin"
	Countries ValueKind = "country codes of ISO 3166, with commas between them"
)
