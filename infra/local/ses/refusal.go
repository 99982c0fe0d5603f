package ses

import (
	"fmt"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"latchkey/infra/local/engine"
)

// refusal is why SES refuses a request.
type refusal struct {
	status        int
	kind, message string
}

func bad(message string) *refusal {
	return &refusal{http.StatusBadRequest, "BadRequestException", message}
}

// What SES takes: a tag
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html), and a
// header (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html).
var (
	tagForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	headerName  = regexp.MustCompile(`^[!-9;-@A-~]{1,126}$`)
	headerValue = regexp.MustCompile(`^[ -~]{1,870}$`)
)

// refusal returns why SES refuses the request whatever the account is, or nil.
func (r sendRequest) refusal() *refusal {
	recipients := r.recipients()
	if r.Content.Simple == nil || len(recipients) == 0 {
		return bad("the local SES takes simple messages to somebody")
	}

	for _, address := range slices.Concat(recipients, r.ReplyToAddresses,
		[]string{r.FromEmailAddress}) {
		if beyondASCII(address) {
			return bad("an address is not 7-bit ASCII")
		}
		if _, err := mail.ParseAddress(address); err != nil {
			return bad("an address is not one of RFC 5322")
		}
	}
	for _, tag := range r.EmailTags {
		if !tagForm.MatchString(tag.Name) || !tagForm.MatchString(tag.Value) {
			return bad("a tag has other characters than a-z, A-Z, 0-9, _ and -, or too many")
		}
	}
	for _, header := range r.Content.Simple.Headers {
		if !headerName.MatchString(header.Name) || !headerValue.MatchString(header.Value) {
			return bad("a header has other characters than printable ASCII, or too many")
		}
	}
	return nil
}

// beyondASCII reports whether SES refuses the address: it doesn't support SMTPUTF8, so
// that each must be 7-bit ASCII
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html).
func beyondASCII(address string) bool {
	return strings.ContainsFunc(address, func(c rune) bool { return c > unicode.MaxASCII })
}

// refusal returns why SES refuses the request of this account, or nil.
func (g *Gate) refusal(r sendRequest) *refusal {
	set := r.ConfigurationSetName
	if set != "" && !slices.Contains(g.ConfigurationSets, set) {
		return &refusal{http.StatusNotFound, "NotFoundException",
			fmt.Sprintf("Configuration set <%s> does not exist.", set)}
	}

	// In the sandbox the recipients have to be verified as well, but for the mailbox
	// simulator's
	// (https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html).
	senders := []string{r.FromEmailAddress}
	if g.Sandbox {
		senders = slices.Concat(senders, r.recipients())
	}
	for _, address := range senders {
		if !g.verified(bare(address)) {
			return &refusal{http.StatusBadRequest, "MessageRejected",
				"Email address is not verified. The following identities failed the check in " +
					"region " + strings.ToUpper(engine.Region) + ": " + address}
		}
	}
	return nil
}

// verified reports whether mail may come from an address: it is verified itself, or its
// domain is or one above that
// (https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html). The part before
// the @ is compared with its case.
func (g *Gate) verified(address string) bool {
	if slices.Contains(g.Identities, address) || isSimulator(address) {
		return true
	}

	at := strings.LastIndex(address, "@")
	domain := strings.ToLower(address[at+1:])
	for domain != "" {
		if slices.Contains(g.Identities, domain) {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}
