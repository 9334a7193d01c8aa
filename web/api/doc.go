// Package api is the platform's HTTP face: /api/v1 with OpenAPI 3.1 at /openapi.json, the public pages and the live events,
// on one fiber app.
//
// Start at access.go: it lists every endpoint with who may use it. One action stands in one file: decode, one call of a
// service, encode. What is common to all stands before the handlers: limits (limit.go), bodies (body.go), who acts (guard.go),
// repeated requests (idempotency.go), errors (errors.go).
//
// Nothing here counts bidders: there is no request log, no counter and no metric per endpoint, and errors are logged without
// identifiers of lots and bids (招标投标法 art. 22).
package api
