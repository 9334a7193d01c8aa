// Package cast is the people of a rehearsal (演练): tenderer, agency, officers and bidders who act through the public API exactly as
// real ones do, with keys of their own. Rehearsals, the demo and the tests that need a whole tender share it.
package cast
