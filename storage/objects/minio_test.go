package objects_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"sunbid/storage/objects"
	"sunbid/storage/objects/minioserver"
	"sunbid/storage/objects/miniotest"
	"sunbid/storage/storetest"
)

func TestMinio(t *testing.T) {
	t.Parallel()
	storetest.Objects(t, func(t *testing.T) objects.Store { return miniotest.New(t) })
}

func TestMinioBucketIsOpenedAgain(t *testing.T) {
	t.Parallel()
	config := miniotest.Config(t)
	var ref objects.Ref
	for n := range 2 {
		s, err := objects.OpenMinio(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if ref, err = s.Put(t.Context(), objects.NewName(), strings.NewReader("sealed"), 6); err != nil {
				t.Fatal(err)
			}
		} else if _, err := s.Stat(t.Context(), ref); err != nil {
			t.Error(err)
		}
	}
}

func TestMinioBucketWithoutObjectLockIsRefused(t *testing.T) {
	t.Parallel()
	config := miniotest.Config(t)
	if err := administrator(t, config).MakeBucket(t.Context(), config.Bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := objects.OpenMinio(t.Context(), config); err == nil || !strings.Contains(err.Error(), "object lock") {
		t.Errorf("open: %v, want a refusal for want of object lock", err)
	}
}

// Not even the server's root user gets rid of a retained version, by no way the protocol offers; and hiding it behind a
// delete marker or a newer version does not hide it from who holds its Ref.
func TestMinioRetentionAgainstTheAdministrator(t *testing.T) {
	t.Parallel()
	config := miniotest.Config(t)
	s, err := objects.OpenMinio(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := s.Put(t.Context(), objects.NewName(), strings.NewReader("sealed"), 6)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Retain(t.Context(), ref, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	root := administrator(t, config)
	name, soon := string(ref.Name), time.Now().Add(time.Minute)
	compliance, governance := minio.Compliance, minio.Governance
	for what, try := range map[string]func() error{
		"delete the version": func() error {
			return root.RemoveObject(t.Context(), config.Bucket, name, minio.RemoveObjectOptions{VersionID: ref.Version})
		},
		"delete it with the bypass": func() error {
			return root.RemoveObject(t.Context(), config.Bucket, name, minio.RemoveObjectOptions{VersionID: ref.Version, GovernanceBypass: true})
		},
		"shorten": func() error {
			return root.PutObjectRetention(t.Context(), config.Bucket, name, minio.PutObjectRetentionOptions{Mode: &compliance, RetainUntilDate: &soon, VersionID: ref.Version, GovernanceBypass: true})
		},
		"weaken": func() error {
			return root.PutObjectRetention(t.Context(), config.Bucket, name, minio.PutObjectRetentionOptions{Mode: &governance, RetainUntilDate: &soon, VersionID: ref.Version, GovernanceBypass: true})
		},
		"remove the bucket": func() error { return root.RemoveBucket(t.Context(), config.Bucket) },
	} {
		if err := try(); err == nil {
			t.Errorf("the administrator could %s", what)
		}
	}
	if _, err := root.PutObject(t.Context(), config.Bucket, name, strings.NewReader("forged"), 6, minio.PutObjectOptions{SendContentMd5: true}); err != nil {
		t.Fatal(err)
	}
	if err := root.RemoveObject(t.Context(), config.Bucket, name, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	body, err := s.Get(t.Context(), ref, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if text, err := io.ReadAll(body); err != nil || string(text) != "sealed" {
		t.Errorf("the version is %q (%v)", text, err)
	}
	if _, err := s.Stat(t.Context(), objects.Ref{Name: ref.Name}); !errors.Is(err, objects.ErrNotFound) {
		t.Errorf("stat behind a delete marker: %v, want ErrNotFound", err)
	}
	if page, err := s.List(t.Context(), "", "", 1); err != nil || len(page) != 2 {
		t.Errorf("list: %v, %v; want both versions on one page", page, err)
	}
}

func TestSecretsStayOutOfErrorsAndPrints(t *testing.T) {
	t.Parallel()
	config := miniotest.Config(t)
	right := config.SecretKey
	config.SecretKey = "wrong-secret-key"
	_, err := objects.OpenMinio(t.Context(), config)
	if err == nil {
		t.Fatal("opened with a wrong secret")
	}
	for _, said := range []string{err.Error(), fmt.Sprint(config), fmt.Sprintf("%+v %#v", config, config), config.LogValue().String()} {
		if strings.Contains(said, right) || strings.Contains(said, config.SecretKey) || strings.Contains(said, config.AccessKey+"\"") {
			t.Errorf("a secret in %q", said)
		}
	}
}

// A server of our own: one of four drives may vanish, and a restart over the same drives keeps everything.
func TestMinioWithADriveLess(t *testing.T) {
	t.Parallel()
	bin, err := minioserver.Find()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var drives []string
	for n := range 4 {
		drives = append(drives, filepath.Join(dir, fmt.Sprint("drive", n)))
	}
	server := startMinio(t, bin, drives)
	s, err := objects.OpenMinio(t.Context(), server.Config("bids"))
	if err != nil {
		t.Fatal(err)
	}
	ref, err := s.Put(t.Context(), objects.NewName(), strings.NewReader("sealed"), 6)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Retain(t.Context(), ref, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(drives[0], drives[0]+".gone"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), objects.NewName(), strings.NewReader("one less"), 8); err != nil {
		t.Errorf("put with three drives of four: %v", err)
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err = objects.OpenMinio(t.Context(), startMinio(t, bin, drives).Config("bids"))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := s.Stat(t.Context(), ref); err != nil || info.Size != 6 || info.RetainUntil.IsZero() {
		t.Errorf("after a restart: %+v, %v", info, err)
	}
	if err := s.Delete(t.Context(), ref); !errors.Is(err, objects.ErrRetained) {
		t.Errorf("delete after a restart: %v, want ErrRetained", err)
	}
}

func startMinio(t *testing.T, bin string, drives []string) *minioserver.Server {
	t.Helper()
	server, err := minioserver.Start(t.Context(), bin, nil, drives...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return server
}

// administrator is the server's root user with a client of its own.
func administrator(t *testing.T, c objects.MinioConfig) *minio.Client {
	t.Helper()
	client, err := minio.New(c.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	return client
}
