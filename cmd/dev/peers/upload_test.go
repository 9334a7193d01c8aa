package peers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"sunbid/cmd/sunbid/cast"
	"sunbid/storage/objects"
	"sunbid/storage/objects/miniotest"
)

// A 512 MiB body comes in pieces of 8 MiB, as our clients send them.
const (
	pieceSize = 8 << 20
	pieces    = 64
)

// BenchmarkUpload sends 512 MiB over HTTP into a MinIO server with four drives, by turns through fiber (streaming bodies, as the platform
// is set up) and through net/http, each handing the request's body on to the store. Above 1 fiber is faster.
func BenchmarkUpload(b *testing.B) {
	store := miniotest.New(b)
	throughFiber, throughStandard := serveFiber(b, store), serveStandard(b, store)
	var fast, standard series
	for b.Loop() {
		fast = append(fast, upload(b, throughFiber))
		standard = append(standard, upload(b, throughStandard))
	}
	b.ReportMetric(fast.median(), "fiber-MB/s")
	b.ReportMetric(standard.median(), "net/http-MB/s")
	fast.over(standard).report(b, "to-net/http")
}

// upload sends all pieces one after the other; MB/s.
func upload(b *testing.B, url string) float64 {
	b.Helper()
	began := time.Now()
	for i := range pieces {
		body := io.NewSectionReader(cast.Filler{Seed: 1, Size: pieces * pieceSize}, int64(i)*pieceSize, pieceSize)
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPut, url, body)
		if err != nil {
			b.Fatal(err)
		}
		r.ContentLength = pieceSize
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		said, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusNoContent {
			b.Fatalf("%s: %d %s %v", url, answer.StatusCode, said, err)
		}
	}
	return pieces * pieceSize / time.Since(began).Seconds() / 1e6
}

func serveFiber(b *testing.B, store objects.Store) (url string) {
	b.Helper()
	app := fiber.New(fiber.Config{StreamRequestBody: true, DisableStartupMessage: true, BodyLimit: 1 << 20})
	app.Put("/", func(c *fiber.Ctx) error {
		if _, err := store.Put(c.Context(), objects.NewName(), c.Context().RequestBodyStream(), int64(c.Request().Header.ContentLength())); err != nil {
			return err
		}
		return c.SendStatus(fiber.StatusNoContent)
	})
	l := listen(b)
	go app.Listener(l) //nolint:errcheck // ends with Shutdown
	b.Cleanup(func() {
		if err := app.Shutdown(); err != nil {
			b.Error(err)
		}
	})
	return fmt.Sprintf("http://%s/", l.Addr())
}

func serveStandard(b *testing.B, store objects.Store) (url string) {
	b.Helper()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := store.Put(r.Context(), objects.NewName(), r.Body, r.ContentLength); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})}
	l := listen(b)
	go server.Serve(l) //nolint:errcheck // ends with Shutdown
	b.Cleanup(func() {
		if err := server.Shutdown(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})
	return fmt.Sprintf("http://%s/", l.Addr())
}

func listen(b *testing.B) net.Listener {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}
