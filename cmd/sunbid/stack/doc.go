// Package stack boots a whole Sunbid on one machine as real processes: PostgreSQL, the object store, three keyholders
// and the platform, each with its own keys, talking over loopback sockets exactly as they would apart.
//
// `sunbid demo`, `sunbid rehearse` and the tests that kill processes share it. Everything it makes is class rehearsal (演练):
// its certificate authority, keys and rules are never accepted by a production process.
package stack
