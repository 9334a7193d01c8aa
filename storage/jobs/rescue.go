package jobs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"
)

// runnerLock is the class of the advisory locks by which runners are known to live ("SBJR").
const runnerLock int32 = 0x53424a52

// rescueEvery is how often a living runner looks for the jobs of dead ones.
const rescueEvery = 2 * time.Second

const liveAs = `SELECT pg_advisory_lock($1, hashtext($2))`

// rescueJobs makes jobs available again whose runner holds its lock no more: its process was killed. The library would wait for the
// job's time limit, and these jobs have none.
const rescueJobs = `UPDATE river_job SET state = 'available', scheduled_at = now()
	WHERE state = 'running' AND attempted_by[cardinality(attempted_by)] <> $2 AND NOT EXISTS (
		SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND classid::bigint = $1 AND objid::bigint = hashtext(attempted_by[cardinality(attempted_by)])::bigint & 4294967295)`

// newRunnerID names a runner for its life.
func newRunnerID() string {
	var raw [16]byte
	rand.Read(raw[:])
	return "runner-" + hex.EncodeToString(raw[:])
}

// live keeps the lock that says this runner lives, and rescues the jobs of those that do not, until ctx ends. Every handler bears being
// called again, so a runner that lost its connection for a moment does no harm.
func (r *Runner) live(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.hold(ctx); err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "rescue jobs", "err", err)
			wait(ctx, again)
		}
	}
}

func (r *Runner) hold(ctx context.Context) error {
	pooled, err := r.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack() // a connection that holds a session lock must not go back to the pool
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, liveAs, runnerLock, r.id); err != nil {
		return err
	}
	for {
		if _, err := conn.Exec(ctx, rescueJobs, runnerLock, r.id); err != nil {
			return err
		}
		wait(ctx, rescueEvery)
		if ctx.Err() != nil {
			return nil
		}
	}
}
