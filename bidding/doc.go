// Package bidding holds the words that every stage of a tender (招标项目) shares:
// typed identifiers, money in fen (分), the actor, the event, the refusal and the clock.
//
// Start here, then read PROCEDURE.md (the stages on one page) and package bid (the model stage).
//
// The procedure is the program: one package per stage of the law, and an earlier stage never imports a later one:
//
//	law, party < notice (公告) < tender (标段, the spine) < bid (投标) < opening (开标)
//
// Every command is one transaction that changes an aggregate's row and records one or more events.
// State changes only in the aggregate's apply, so the row can always be derived again from its events.
//
// Nothing here knows a database, a socket or the wall clock.
package bidding
