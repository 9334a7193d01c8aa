package rehearse_test

import (
	"testing"

	"sunbid/cmd/sunbid/rehearse"
)

func TestBodiesReadTheFlag(t *testing.T) {
	t.Parallel()
	var b rehearse.Bodies
	if err := b.Set("500MB,30x30MB"); err != nil || len(b) != 31 || b[0] != 500_000_000 || b[30] != 30_000_000 {
		t.Fatalf("%v %v", b, err)
	}
	for _, bad := range []string{"", "500", "x30MB", "0MB", "-1MB", "2001MB", "30x", "1001x1MB", "999x1MB,2x1MB", "0x1MB", "1.5MB"} {
		if err := b.Set(bad); err == nil {
			t.Errorf("%q was read as %v", bad, b)
		}
	}
}
