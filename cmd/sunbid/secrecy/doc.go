// Package secrecy holds the tests that before an opening nothing tells how many bids a lot has, nor whose they are
// (招标投标法 art. 22). It has no code of its own.
//
// One real stack holds three lots that differ in nothing but their bids: 0, 3 and 300, handed in through the public API. Of every
// lot everything is asked three times: before any bid, after the 3, after the 300. The nine answers must be one, but for time
// and for the random identities, digests and signatures of the lot itself.
//
// What is claimed. TestNothingTellsHowMany holds it where no other test is named:
//
//   - Every row of the access table (web/api) × every role, and every page (web/public): status, header names and values, body and
//     its length. Refusals are the same whether the bid, receipt, upload or statement that was asked for exists or not, and so is
//     the refusal to a tenderer that asks for bids or their number.
//   - /metrics, /healthz and /openapi.json; the live stream, which carries rounds and nothing else.
//   - Log lines of platform, keyholders and PostgreSQL: their number and their form.
//   - The log's size is a function of time, and a receipt and its proof have the same form whatever else stands in its round.
//   - Rows that the public role may read: nothing that a bidder does writes to one or marks one (ctid, xmin and xmax stay).
//   - Identities of bids, receipts, uploads and objects, and slots in a round, are in no order.
//   - Public pages run no query on a table of bids: they answer while those tables are locked against everybody, and so does everything
//     that tenderer, agency, officer, operator and supervisor can read.
//   - The public role has no privilege on any other table, column or sequence, changes nothing, and all pages are served by a login
//     that has this role alone.
//   - Who can count all the same is named in the product: database and object store administrators, on /trust.
//   - Objects are listed by administrators only: the folder of the embedded store is closed to other users, a bucket to who has no
//     key (TestBucketIsClosed).
//   - The platform sends no mail and no message to anybody: none of its packages can, and web/outbound reaches keyholders only (TestNoMail).
//
// What is not claimed:
//
//   - A login to the database that sends its own SQL sees statistics (pg_stat, sizes of tables) whatever its grants; such a login is the
//     database administrator's, and no part of the platform passes SQL on.
//   - Who watches the network or the processors of the platform's machines sees traffic and load. The administrators of these machines
//     are those of the database and the object store.
//   - Times of answers are not compared: no test here could tell a leak from a busy machine. That they do not depend on bids follows
//     from the locked tables.
//   - How many organisations have enrolled with the platform, which is not said of any lot, is seen by the centre's operator, who admits them.
package secrecy
