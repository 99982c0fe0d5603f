package ses

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// suppressionList is the account's: addresses that bounced for good or whose holder
// complained, each as it was written. The zero value is empty. It may be used concurrently
// (https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html).
type suppressionList struct {
	mu  sync.Mutex
	all map[string]suppressedDestination
}

// suppressedDestination is an address on the list, as GetSuppressedDestination answers it.
type suppressedDestination struct {
	EmailAddress   string
	Reason         string  // "BOUNCE" or "COMPLAINT"
	LastUpdateTime float64 // seconds since 1970
}

func (l *suppressionList) put(address, reason string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]suppressedDestination{}
	}
	l.all[address] = suppressedDestination{address, reason, float64(now.Unix())}
}

func (l *suppressionList) find(address string) (suppressedDestination, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.all[address]
	return found, ok
}

// remove takes an address off the list. It reports whether it was there.
func (l *suppressionList) remove(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.all[address]
	delete(l.all, address)
	return ok
}

// of returns those of the addresses that are on the list.
func (l *suppressionList) of(addresses []string) []string {
	var listed []string
	for _, address := range addresses {
		if _, ok := l.find(address); ok {
			listed = append(listed, address)
		}
	}
	return listed
}

// learn puts on the list whom an email bounced from or who complained of it, as the stack's
// configuration set asks for. The mailbox simulator's addresses aren't put there
// (https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html).
func (l *suppressionList) learn(addresses []string, now time.Time) {
	for _, address := range addresses {
		if isSimulator(address) {
			continue
		}
		switch resultOf(address) {
		case bounced:
			l.put(address, "BOUNCE", now)
		case complained:
			l.put(address, "COMPLAINT", now)
		}
	}
}

// putSuppressed answers PutSuppressedDestination.
func (g *Gate) putSuppressed(w http.ResponseWriter, body []byte) {
	var asked struct{ EmailAddress, Reason string }
	known := json.Unmarshal(body, &asked) == nil &&
		(asked.Reason == "BOUNCE" || asked.Reason == "COMPLAINT")
	if !known || asked.EmailAddress == "" {
		refuse(w, http.StatusBadRequest, "BadRequestException",
			"an address and a reason are needed")
		return
	}
	g.suppressed.put(asked.EmailAddress, asked.Reason, g.Clock.Now())
	pass(w, http.StatusOK, []byte("{}"), nil)
}

// getSuppressed answers GetSuppressedDestination.
func (g *Gate) getSuppressed(w http.ResponseWriter, address string) {
	found, ok := g.suppressed.find(address)
	if !ok {
		notListed(w)
		return
	}
	answer, err := json.Marshal(map[string]any{"SuppressedDestination": found})
	pass(w, http.StatusOK, answer, err)
}

// deleteSuppressed answers DeleteSuppressedDestination.
func (g *Gate) deleteSuppressed(w http.ResponseWriter, address string) {
	if !g.suppressed.remove(address) {
		notListed(w)
		return
	}
	pass(w, http.StatusOK, []byte("{}"), nil)
}

func notListed(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "NotFoundException",
		"the address is not on your suppression list")
}
