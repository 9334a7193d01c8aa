package backup_test

import (
	"testing"

	"sunbid/storage/embedded/pgtest"
)

// emptyDatabase has no tables.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	return pgtest.New(t)
}
