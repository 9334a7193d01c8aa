// Package custodytest builds, for tests, the parties of a lot and its records with real keys, real certificates and a
// real log: an issuer, n keyholders, officers, a dealer, a platform, bidders. It decides nothing; the code under test
// does. Failures while building end the test.
package custodytest
