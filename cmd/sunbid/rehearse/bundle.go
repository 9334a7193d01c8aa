package rehearse

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sunbid/bidding/opening"
)

// bodies waits until every other part that opens at the opening has opened, as jobs after the read-outs.
func (r *rehearsal) bodies(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	for {
		status, err := r.hosts.Tenderer.Client.Process(ctx, r.lot.Lot)
		if err == nil && done(status.Status) {
			r.say("其余文件已打开，用时 %.1f 秒 / bodies opened", time.Since(began).Seconds())
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the bodies: %w (%v)", ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func done(s opening.Status) bool {
	for _, p := range s.Parts {
		if p.Done < p.Of {
			return false
		}
	}
	return s.Stage == opening.Recorded && len(s.Parts) > 0
}

// export writes the public bundle and verifies it with the offline program.
func (r *rehearsal) export(ctx context.Context) error {
	dir, err := filepath.Abs(r.folder("bundle"))
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, r.stack.Binaries.Sunbid, "export", "--config", r.stack.ConfigFile(), "--lot", r.lot.Lot.String(), dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("export: %w: %s", err, out)
	}
	out, err = exec.CommandContext(ctx, r.stack.Binaries.Verify, "bundle", dir, "--trust", r.stack.Trust).CombinedOutput()
	if err != nil {
		return fmt.Errorf("verify the bundle: %w: %s", err, out)
	}
	r.say("公开数据包已核验 / bundle verified\n%s", strings.TrimSpace(string(bytes.TrimSpace(out))))
	r.report.Bundle = dir
	return nil
}
