// Package attacks holds tests only: the table of every attack that the design of the sealed bid speaks of, with the tests that try
// it, and those tests that need a whole running Sunbid: the operator who tries to open with all it has, and bad input through the
// public API.
package attacks
