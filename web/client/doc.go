// Package client is the typed client of the platform's API, used by cmd/sealbid and by the rehearsal. It knows no framework
// and no store: net/http, the wire forms and the formats of crypto.
//
// What the server refuses comes back as the same *bidding.Refusal that the rule made, so errors.Is works across the wire.
// Calls that may safely be repeated are repeated with growing pauses when the connection breaks or the server is busy
// (429, 503); a POST may be repeated because it carries an Idempotency-Key. Every call ends with its context.
package client
