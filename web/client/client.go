package client

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/pki"
)

// Client speaks to one platform, for one person in one role, or for nobody in particular until Login.
// It is safe for concurrent use.
type Client struct {
	base   string
	origin string
	http   *http.Client
	tries  int
	pause  time.Duration

	mu      sync.Mutex // guards what follows
	token   string
	login   *identity
	logging chan struct{} // closed when the login under way has ended; nil when none is
}

// identity is how the client logs in again when its session ends.
type identity struct {
	signer pki.Signer
	class  bidding.Class
	role   bidding.Role
}

// Defaults of the repetitions: pauses of 0.2, 0.4, … up to 5 s, about 20 s in all.
const (
	defaultTries = 9
	defaultPause = 200 * time.Millisecond
	maxPause     = 5 * time.Second
)

// New makes a client of the platform at base ("https://host[:port]"). hc may be nil: then a transport with sensible limits is used.
func New(base string, hc *http.Client) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("platform address %q: not of the form https://host[:port]", base)
	}
	if hc == nil {
		hc = &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 16, IdleConnTimeout: 60 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 5 * time.Minute, ExpectContinueTimeout: time.Second,
		}}
	}
	return &Client{base: u.String(), origin: u.Scheme + "://" + u.Host, http: hc, tries: defaultTries, pause: defaultPause}, nil
}

// Origin is the platform's origin, as logins are signed for it.
func (c *Client) Origin() string { return c.origin }
