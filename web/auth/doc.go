// Package auth answers one question for every request: who acts? A person proves a signing certificate's key by an SM2
// signature over a challenge (登录质询) and gets a session; a request carries the session as a Bearer token (clients) or as a
// cookie (browsers), and becomes a bidding.Actor.
//
// Rules held here:
//   - A challenge is good once, for two minutes, and for the certificate it was made for. The signed text names class, origin and role,
//     so an answer given to a false site, or for another role, is worth nothing here.
//   - The server keeps no secret that could be used to log in: challenges and tokens are stored as SM3 digests only.
//   - A session ends after 30 minutes without a request and after 12 hours in any case; whether the person may still act
//     (standing, role, certificate) is asked again every minute of use.
//   - A request that changes something and is known by its cookie must come from a page of this origin.
package auth
