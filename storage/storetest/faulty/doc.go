// Package faulty breaks one write of a test: the n-th that goes to the database or to the object store either never arrives, or arrives
// and its answer is lost (failed, but persisted). A test walks n from 1 until no write is left to break, and after each holds what is
// there against what was acknowledged.
package faulty
