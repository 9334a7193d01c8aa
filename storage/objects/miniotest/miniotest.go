// Package miniotest gives tests a real MinIO: one server with four drives per test binary, started when the first test
// asks, and a bucket of its own for every test.
package miniotest

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"sunbid/storage/embedded/scratch"
	"sunbid/storage/objects"
	"sunbid/storage/objects/minioserver"
)

// New returns a store over an empty bucket. Without a MinIO binary the test fails with the command that builds it.
func New(t testing.TB) *objects.Minio {
	t.Helper()
	store, err := objects.OpenMinio(t.Context(), Config(t))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// Config returns how to reach a bucket that does not exist yet, for tests that hand it to a process.
func Config(t testing.TB) objects.MinioConfig {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatalf("test object store: %v", err)
	}
	return s.server.Config(fmt.Sprintf("test-%d", s.buckets.Add(1)))
}

type shared struct {
	home    *scratch.Folder // held until the process ends
	server  *minioserver.Server
	buckets atomic.Int64
}

// start is the one server of this process; it ends with the process.
var start = sync.OnceValues(func() (*shared, error) {
	bin, err := minioserver.Find()
	if err != nil {
		return nil, err
	}
	home, err := scratch.New("sunbid-miniotest")
	if err != nil {
		return nil, err
	}
	var drives []string
	for n := 1; n <= 4; n++ {
		drives = append(drives, filepath.Join(home.Dir, fmt.Sprintf("drive%d", n)))
	}
	server, err := minioserver.Start(context.Background(), bin, nil, drives...)
	if err != nil {
		return nil, err
	}
	return &shared{home: home, server: server}, nil
})
