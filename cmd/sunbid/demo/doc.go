// Package demo fills a new demonstration (演练) with tenders of two cities, people who act in them, and bids; and keeps the officers of
// lots still ahead at their desks. What it did is remembered beside the data, so that nothing is seeded twice.
package demo
