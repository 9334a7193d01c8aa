package live_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/web/live"
)

// serve runs a hub behind a real socket.
func serve(t *testing.T) (*live.Hub, string) {
	t.Helper()
	hub := live.NewHub()
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/events", hub.Handler(bidding.ClockFunc(time.Now), 20*time.Millisecond))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(l) }()
	t.Cleanup(func() {
		hub.Close()
		if err := app.ShutdownWithContext(context.Background()); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return hub, "http://" + l.Addr().String() + "/events"
}

// listen opens a stream and returns its lines.
func listen(t *testing.T, url, lastID string) (lines func() string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	client := &http.Client{Transport: &http.Transport{}}
	res, err := client.Do(req)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if ct := res.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") {
		t.Fatalf("content type %q", ct)
	}
	scan := bufio.NewScanner(res.Body)
	return func() string {
			for scan.Scan() {
				if line := scan.Text(); line != "" && !strings.HasPrefix(line, ":") && !strings.HasPrefix(line, "retry") {
					return line
				}
			}
			return ""
		}, func() {
			cancel()
			res.Body.Close()
			client.CloseIdleConnections()
		}
}

func round(n int64, changes ...live.Change) live.Round {
	return live.Round{Number: n, Size: n + 1, At: time.Unix(n, 0), Changes: changes}
}

func publish(t *testing.T, hub *live.Hub, rounds ...live.Round) {
	t.Helper()
	for _, r := range rounds {
		if err := hub.Publish(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRoundsAndStages(t *testing.T) {
	t.Parallel()
	hub, url := serve(t)
	lines, stop := listen(t, url, "")
	defer stop()
	publish(t, hub, round(7, live.Change{Tender: "td_x", Lot: "lt_x", Stage: "opened"}), round(7), round(8))
	for _, want := range []string{
		"event: stage", `data: {"tender":"td_x","lot":"lt_x","stage":"opened"}`,
		"id: 7", "event: round", `data: {"round":7,"size":8,"at":"1970-01-01T00:00:07Z"}`,
		"id: 8", // the repeated round 7 was dropped
	} {
		if got := lines(); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	hub, url := serve(t)
	for n := range int64(10) {
		publish(t, hub, round(n))
	}
	lines, stop := listen(t, url, "6")
	defer stop()
	for _, want := range []string{"id: 7", "event: round", "*", "id: 8", "event: round", "*", "id: 9"} {
		if got := lines(); want != "*" && got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestResumeBeyondWhatIsKept(t *testing.T) {
	t.Parallel()
	hub, url := serve(t)
	for n := range int64(live.Kept + 10) {
		publish(t, hub, round(n))
	}
	lines, stop := listen(t, url, "3")
	defer stop()
	if got := lines(); got != "event: reset" {
		t.Fatalf("got %q", got)
	}
	lines() // its data
	if got := lines(); got != "id: 10" {
		t.Fatalf("got %q", got)
	}
}

func TestAVanishedClientIsForgotten(t *testing.T) {
	t.Parallel()
	hub, url := serve(t)
	_, stop := listen(t, url, "")
	if hub.Streams() != 1 {
		t.Fatalf("%d streams", hub.Streams())
	}
	stop()
	for range 500 { // the heartbeat finds out
		if hub.Streams() == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the stream is still there")
}

func TestTooManyStreamsOfOneAddress(t *testing.T) {
	t.Parallel()
	hub, url := serve(t)
	for range live.PerAddress {
		_, stop := listen(t, url, "")
		defer stop()
	}
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK || hub.Streams() != live.PerAddress {
		t.Fatalf("status %d, %d streams", res.StatusCode, hub.Streams())
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	hub, url := serve(t)
	lines, stop := listen(t, url, "")
	defer stop()
	publish(t, hub, round(1))
	if got := lines(); got != "id: 1" {
		t.Fatal(got)
	}
	hub.Close()
	for line := lines(); line != ""; line = lines() {
		if strings.HasPrefix(line, "id:") {
			t.Fatal(fmt.Sprint("after the end: ", line))
		}
	}
	if hub.Streams() != 0 {
		t.Fatal("streams are left")
	}
}
