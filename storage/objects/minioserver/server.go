package minioserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"sunbid/storage/embedded/child"
	"sunbid/storage/objects"
)

// Server is a running MinIO on a loopback port, with keys made for this run.
type Server struct {
	process  *child.Process
	endpoint string
	access   string
	secret   string
	bin      string
	drives   []string
	log      io.Writer
}

// Start runs bin over the given drive folders, made when missing; four of them give erasure coding, so that one may fail.
// It returns when the server is ready for reading and writing. log receives the server's lines; nil discards them. ctx
// bounds the start only. If this process dies, the server dies with it.
func Start(ctx context.Context, bin string, log io.Writer, drives ...string) (*Server, error) {
	s, err := start(ctx, bin, log, drives)
	if err != nil {
		return nil, fmt.Errorf("start MinIO: %w", err)
	}
	return s, nil
}

func start(ctx context.Context, bin string, log io.Writer, drives []string) (*Server, error) {
	for _, d := range drives {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	// The port is free when we look and may be taken when MinIO does; then it ends at once, and we look again.
	const attempts = 5
	var last error
	for range attempts {
		s, err := launch(ctx, bin, log, drives)
		switch {
		case err == nil:
			return s, nil
		case !errors.Is(err, errEnded):
			return nil, err
		}
		last = err
	}
	return nil, last
}

var errEnded = errors.New("the server ended before it was ready")

func launch(ctx context.Context, bin string, log io.Writer, drives []string) (*Server, error) {
	endpoint, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s := &Server{endpoint: endpoint, access: "sunbid", secret: rand.Text(), bin: bin, drives: drives, log: log}
	return s, s.run(ctx)
}

// Restart starts the server again after it ended, at the same address, with the same keys and drives: as an operator does after a
// crash. It returns when the server is ready.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.run(ctx); err != nil {
		return fmt.Errorf("restart MinIO: %w", err)
	}
	return nil
}

func (s *Server) run(ctx context.Context) (err error) {
	said := &child.Tail{Also: s.log}
	cmd := exec.Command(s.bin, append([]string{"server", "--quiet", "--address", s.endpoint}, s.drives...)...)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.Env = append(without(os.Environ(), "MINIO_"),
		"MINIO_ROOT_USER="+s.access, "MINIO_ROOT_PASSWORD="+s.secret,
		"MINIO_CI_CD=1",     // allows drives on the root disk
		"MINIO_BROWSER=off", // no console
		"MINIO_UPDATE=off",  // asks nobody for news
		"MINIO_CALLHOME_ENABLE=off",
	)
	if s.process, err = child.Start(cmd, syscall.SIGKILL); err != nil {
		return err
	}
	if err := s.awaitReady(ctx); err != nil {
		if !errors.Is(err, errEnded) {
			return errors.Join(err, s.Stop(ctx))
		}
		return fmt.Errorf("%w: %s", err, said)
	}
	return nil
}

// awaitReady asks /minio/health/cluster: unlike /live it answers 200 only when enough drives can be written.
func (s *Server) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.healthy(ctx) {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.process.Done():
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("wait until ready: %w", context.Cause(ctx))
		}
	}
}

func (s *Server) healthy(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.endpoint+"/minio/health/cluster", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// Config is how to reach a bucket of this server.
func (s *Server) Config(bucket string) objects.MinioConfig {
	return objects.MinioConfig{Endpoint: s.endpoint, AccessKey: s.access, SecretKey: s.secret, Bucket: bucket}
}

// PID returns the process id, for tests that kill the server.
func (s *Server) PID() int { return s.process.PID() }

// Done is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// Stop ends the server; when ctx ends first, by force.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.process.Stop(ctx, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop MinIO: %w", err)
	}
	return nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func without(env []string, prefix string) []string {
	var kept []string
	for _, e := range env {
		if !strings.HasPrefix(e, prefix) {
			kept = append(kept, e)
		}
	}
	return kept
}
