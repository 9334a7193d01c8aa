package postgres

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/crypto/sm"
)

// gateClass is the first half of every gate's lock number ("SBGT"): it keeps gates apart from other advisory locks.
const gateClass int32 = 0x53424754

const (
	gateShared    = `SELECT pg_advisory_xact_lock_shared($1, $2)`
	gateExclusive = `SELECT pg_advisory_xact_lock($1, $2)`
)

// share queues the gate of bidders' commands: any number at once, none while a stage changes.
func share(b *pgx.Batch, lot bidding.LotID) { b.Queue(gateShared, gateClass, gateOf(lot)) }

// exclude queues the gate of a stage change: it waits for running bidders' commands, and later ones wait for it.
func exclude(b *pgx.Batch, lot bidding.LotID) { b.Queue(gateExclusive, gateClass, gateOf(lot)) }

// gateOf is a lot's lock number. Two lots that share a number only wait for each other more than they need to.
func gateOf(lot bidding.LotID) int32 {
	sum := sm.Sum([]byte(lot.String()))
	return int32(binary.BigEndian.Uint32(sum[:4]))
}
