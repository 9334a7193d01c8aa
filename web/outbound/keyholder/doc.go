// Package keyholder is the platform's side of the keyholders (密钥保管方): one Client for each process, and Group, which
// drives what needs several of them. Connections are mutual TLS with pinned certificates on both ends. A rule that says
// no comes back as a *custody.Refusal, exactly as the keyholder's process decided it; a keyholder that cannot be reached
// is an *Unreachable naming it. Nothing here decides: the platform relays, and cannot open anything with what it relays.
package keyholder
