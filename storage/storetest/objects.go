// Package storetest holds one conformance suite per port. Every adapter runs the suite of its port; a new adapter is done
// when the suite is green.
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"sunbid/storage/objects"
)

// Objects is the suite of objects.Store. open returns an empty store that counts time by the system clock.
func Objects(t *testing.T, open func(t *testing.T) objects.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s objects.Store)
	}{
		{"put and get", objectsPutAndGet},
		{"ranges", objectsRanges},
		{"a large object", objectsLarge},
		{"an empty object", objectsEmpty},
		{"a name is used once", objectsDuplicate},
		{"one of many writers of a name wins", objectsRace},
		{"a reader of another size", objectsWrongSize},
		{"a reader that fails", objectsBrokenReader},
		{"missing", objectsMissing},
		{"retention", objectsRetention},
		{"delete", objectsDelete},
		{"many writers", objectsParallel},
		{"bad names", objectsBadNames},
		{"listing", objectsListing},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t))
		})
	}
}

func objectsPutAndGet(t *testing.T, s objects.Store) {
	for _, name := range []objects.Name{objects.NewName(), "log/00000000001234", "log/0", "a", "b/a", "x.y_z-1/..a/...", objects.Name(strings.Repeat("n", 200))} {
		want := randomBytes(10_000)
		ref := put(t, s, name, want)
		if ref.Name != name || ref.Version == "" {
			t.Errorf("put %q returned %+v", name, ref)
		}
		if got := get(t, s, ref, 0, -1); !bytes.Equal(got, want) {
			t.Errorf("%q came back as other bytes", name)
		}
		if got := get(t, s, objects.Ref{Name: name}, 0, -1); !bytes.Equal(got, want) {
			t.Errorf("%q without its version came back as other bytes", name)
		}
		info, err := s.Stat(t.Context(), ref)
		if err != nil || info != (objects.Info{Version: ref.Version, Size: 10_000}) {
			t.Errorf("stat %q: %+v, %v", name, info, err)
		}
		if found, err := s.Stat(t.Context(), objects.Ref{Name: name}); err != nil || found != info {
			t.Errorf("stat %q without its version: %+v, %v", name, found, err)
		}
	}
}

func objectsRanges(t *testing.T, s objects.Store) {
	data := randomBytes(1000)
	ref := put(t, s, objects.NewName(), data)
	for _, r := range []struct{ offset, length int64 }{{0, -1}, {0, 1000}, {0, 1}, {999, 1}, {10, 20}, {500, -1}, {999, -1}, {1000, -1}, {1000, 0}, {0, 0}, {10, 0}} {
		want := data[r.offset:]
		if r.length >= 0 {
			want = want[:r.length]
		}
		if got := get(t, s, ref, r.offset, r.length); !bytes.Equal(got, want) {
			t.Errorf("range %+v: other bytes (%d)", r, len(got))
		}
	}
	for _, r := range []struct{ offset, length int64 }{{0, 1001}, {999, 2}, {1000, 1}, {1001, -1}, {1001, 0}, {-1, 5}, {-1, -1}, {5000, 10}, {1, 1 << 62}} {
		if body, err := s.Get(t.Context(), ref, r.offset, r.length); !errors.Is(err, objects.ErrRange) {
			t.Errorf("range %+v: %v, want ErrRange", r, err)
			closeBody(body)
		}
	}
}

// More than one part of a multipart upload, and a name taken by it.
func objectsLarge(t *testing.T, s objects.Store) {
	data := randomBytes(20 << 20)
	name := objects.NewName()
	ref := put(t, s, name, data)
	if got := get(t, s, ref, 0, -1); !bytes.Equal(got, data) {
		t.Error("a large object came back as other bytes")
	}
	if got := get(t, s, ref, 9<<20, 1<<20); !bytes.Equal(got, data[9<<20:10<<20]) {
		t.Error("a range of a large object came back as other bytes")
	}
	if _, err := s.Put(t.Context(), name, bytes.NewReader(data), int64(len(data))); !errors.Is(err, objects.ErrExists) {
		t.Errorf("second put: %v, want ErrExists", err)
	}
	retain(t, s, ref, time.Hour)
	if err := s.Delete(t.Context(), ref); !errors.Is(err, objects.ErrRetained) {
		t.Errorf("delete: %v, want ErrRetained", err)
	}
}

func objectsEmpty(t *testing.T, s objects.Store) {
	ref := put(t, s, objects.NewName(), nil)
	if got := get(t, s, ref, 0, -1); len(got) != 0 {
		t.Errorf("an empty object has %d bytes", len(got))
	}
	if got := get(t, s, ref, 0, 0); len(got) != 0 {
		t.Errorf("an empty object has %d bytes", len(got))
	}
	if _, err := s.Get(t.Context(), ref, 0, 1); !errors.Is(err, objects.ErrRange) {
		t.Errorf("range after the end: %v, want ErrRange", err)
	}
	if info, err := s.Stat(t.Context(), ref); err != nil || info.Size != 0 {
		t.Errorf("stat: %+v, %v", info, err)
	}
}

func objectsDuplicate(t *testing.T, s objects.Store) {
	name := objects.NewName()
	first := put(t, s, name, []byte("first"))
	for _, again := range []string{"first", "other", ""} {
		if _, err := s.Put(t.Context(), name, strings.NewReader(again), int64(len(again))); !errors.Is(err, objects.ErrExists) {
			t.Errorf("put %q again: %v, want ErrExists", again, err)
		}
	}
	if got := get(t, s, first, 0, -1); string(got) != "first" {
		t.Errorf("the first object became %q", got)
	}
	if got := get(t, s, objects.Ref{Name: name}, 0, -1); string(got) != "first" {
		t.Errorf("under the name stands %q", got)
	}
}

func objectsRace(t *testing.T, s objects.Store) {
	name := objects.NewName()
	const writers = 8
	var wg sync.WaitGroup
	results := make([]error, writers)
	for i := range writers {
		wg.Go(func() {
			text := fmt.Sprint("writer ", i)
			_, results[i] = s.Put(t.Context(), name, strings.NewReader(text), int64(len(text)))
		})
	}
	wg.Wait()
	winner := slices.Index(results, nil)
	if winner < 0 {
		t.Fatalf("nobody won: %v", results)
	}
	for i, err := range results {
		if i != winner && !errors.Is(err, objects.ErrExists) {
			t.Errorf("writer %d: %v, want ErrExists", i, err)
		}
	}
	if got := get(t, s, objects.Ref{Name: name}, 0, -1); string(got) != fmt.Sprint("writer ", winner) {
		t.Errorf("writer %d won, but %q is stored", winner, got)
	}
}

func objectsWrongSize(t *testing.T, s objects.Store) {
	for _, c := range []struct {
		name             string
		bytes, announced int64
	}{
		{"one too few", 99, 100}, {"none", 0, 100}, {"one too many", 101, 100}, {"some where none were announced", 5, 0},
		{"a part too few", 9 << 20, 18 << 20}, {"one too many after two parts", 16<<20 + 1, 16 << 20}, {"negative", 5, -1},
	} {
		name := objects.NewName()
		// Through a plain io.Reader and through one that could seek: an adapter must not behave differently.
		for kind, r := range map[string]io.Reader{"plain": iotest.DataErrReader(bytes.NewReader(make([]byte, c.bytes))), "seekable": bytes.NewReader(make([]byte, c.bytes))} {
			if _, err := s.Put(t.Context(), name, r, c.announced); !errors.Is(err, objects.ErrSize) {
				t.Errorf("%s (%s): %v, want ErrSize", c.name, kind, err)
			}
			if _, err := s.Stat(t.Context(), objects.Ref{Name: name}); !errors.Is(err, objects.ErrNotFound) {
				t.Errorf("%s (%s): stored all the same (%v)", c.name, kind, err)
			}
		}
	}
}

func objectsBrokenReader(t *testing.T, s objects.Store) {
	broken := errors.New("the line went dead")
	name := objects.NewName()
	for _, size := range []int64{100, 20 << 20} {
		r := io.MultiReader(bytes.NewReader(make([]byte, size/2)), iotest.ErrReader(broken))
		if _, err := s.Put(t.Context(), name, r, size); !errors.Is(err, broken) {
			t.Errorf("put of %d bytes: %v, want the reader's error", size, err)
		}
		if _, err := s.Stat(t.Context(), objects.Ref{Name: name}); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("half of %d bytes was stored (%v)", size, err)
		}
	}
	put(t, s, name, []byte("second try")) // a failed upload does not use the name up
}

func objectsMissing(t *testing.T, s objects.Store) {
	there := put(t, s, objects.NewName(), []byte("there"))
	other := put(t, s, objects.NewName(), []byte("other"))
	for _, ref := range []objects.Ref{
		{Name: objects.NewName()},
		{Name: objects.NewName(), Version: there.Version},
		{Name: there.Name, Version: other.Version},
		{Name: there.Name, Version: "no-such-version"},
	} {
		if body, err := s.Get(t.Context(), ref, 0, -1); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("get %+v: %v, want ErrNotFound", ref, err)
			closeBody(body)
		}
		if _, err := s.Stat(t.Context(), ref); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("stat %+v: %v, want ErrNotFound", ref, err)
		}
		if err := s.Retain(t.Context(), ref, time.Now().Add(time.Hour)); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("retain %+v: %v, want ErrNotFound", ref, err)
		}
		if err := s.Delete(t.Context(), ref); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("delete %+v: %v, want ErrNotFound", ref, err)
		}
	}
	if got := get(t, s, there, 0, -1); string(got) != "there" {
		t.Errorf("the object that is there became %q", got)
	}
}

func objectsRetention(t *testing.T, s objects.Store) {
	ref := put(t, s, objects.NewName(), []byte("sealed"))
	if err := s.Retain(t.Context(), ref, time.Now().Add(-time.Hour)); !errors.Is(err, objects.ErrPast) {
		t.Errorf("retention in the past: %v, want ErrPast", err)
	}
	until := retain(t, s, ref, time.Hour)
	info, err := s.Stat(t.Context(), ref)
	if err != nil || info.RetainUntil.Before(until) || !info.RetainUntil.Before(until.Add(time.Second)) || info.RetainUntil.Nanosecond() != 0 {
		t.Errorf("retained until %v (%v), want %v rounded up to a second", info.RetainUntil, err, until)
	}
	if err := s.Retain(t.Context(), ref, until); err != nil {
		t.Errorf("the same retention again: %v", err)
	}
	for _, shorter := range []time.Time{until.Add(-time.Minute), time.Now().Add(-time.Hour)} {
		if err := s.Retain(t.Context(), ref, shorter); !errors.Is(err, objects.ErrRetained) {
			t.Errorf("a shorter retention: %v, want ErrRetained", err)
		}
	}
	if err := s.Delete(t.Context(), ref); !errors.Is(err, objects.ErrRetained) {
		t.Errorf("delete: %v, want ErrRetained", err)
	}
	longer := retain(t, s, ref, 2*time.Hour)
	if info, err := s.Stat(t.Context(), ref); err != nil || info.RetainUntil.Before(longer) {
		t.Errorf("after extending: %v (%v), want %v", info.RetainUntil, err, longer)
	}
	if _, err := s.Put(t.Context(), ref.Name, strings.NewReader("forged"), 6); !errors.Is(err, objects.ErrExists) {
		t.Errorf("put over a retained object: %v, want ErrExists", err)
	}
	if got := get(t, s, ref, 0, -1); string(got) != "sealed" {
		t.Errorf("the retained object became %q", got)
	}
	// Without a version it is the current one that is retained.
	other := put(t, s, objects.NewName(), []byte("other"))
	retain(t, s, objects.Ref{Name: other.Name}, time.Hour)
	if err := s.Delete(t.Context(), other); !errors.Is(err, objects.ErrRetained) {
		t.Errorf("delete: %v, want ErrRetained", err)
	}
}

func objectsDelete(t *testing.T, s objects.Store) {
	ref := put(t, s, objects.NewName(), []byte("abandoned"))
	if err := s.Delete(t.Context(), objects.Ref{Name: ref.Name}); !errors.Is(err, objects.ErrNotFound) {
		t.Errorf("delete without a version: %v, want ErrNotFound", err)
	}
	if err := s.Delete(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stat(t.Context(), ref); !errors.Is(err, objects.ErrNotFound) {
		t.Errorf("stat after delete: %v, want ErrNotFound", err)
	}
	if err := s.Delete(t.Context(), ref); !errors.Is(err, objects.ErrNotFound) {
		t.Errorf("delete again: %v, want ErrNotFound", err)
	}
	again := put(t, s, ref.Name, []byte("anew"))
	if _, err := s.Get(t.Context(), ref, 0, -1); !errors.Is(err, objects.ErrNotFound) {
		t.Errorf("the deleted version: %v, want ErrNotFound", err)
	}
	if got := get(t, s, again, 0, -1); string(got) != "anew" {
		t.Errorf("the new version is %q", got)
	}
}

func objectsParallel(t *testing.T, s objects.Store) {
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				data := randomBytes(1 + rand.IntN(50_000))
				ref, err := s.Put(t.Context(), objects.NewName(), bytes.NewReader(data), int64(len(data)))
				if err != nil {
					t.Error(err)
					return
				}
				body, err := s.Get(t.Context(), ref, 0, -1)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, data) {
					t.Errorf("other bytes came back (%v)", err)
				}
				body.Close()
			}
		})
	}
	wg.Wait()
	if page, err := s.List(t.Context(), "", "", 1000); err != nil || len(page) != writers*each {
		t.Errorf("%d objects listed (%v), want %d", len(page), err, writers*each)
	}
}

func objectsBadNames(t *testing.T, s objects.Store) {
	for _, name := range []objects.Name{"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", "../a", "A", "a b", "a\x00", "投标", "a=b", `a\b`, "a%2e", objects.Name(strings.Repeat("n", 201))} {
		if _, err := s.Put(t.Context(), name, strings.NewReader("x"), 1); !errors.Is(err, objects.ErrName) {
			t.Errorf("put %q: %v, want ErrName", name, err)
		}
		ref := objects.Ref{Name: name, Version: "v"}
		if _, err := s.Get(t.Context(), ref, 0, -1); !errors.Is(err, objects.ErrName) {
			t.Errorf("get %q: %v, want ErrName", name, err)
		}
		if _, err := s.Stat(t.Context(), ref); !errors.Is(err, objects.ErrName) {
			t.Errorf("stat %q: %v, want ErrName", name, err)
		}
		if err := s.Retain(t.Context(), ref, time.Now().Add(time.Hour)); !errors.Is(err, objects.ErrName) {
			t.Errorf("retain %q: %v, want ErrName", name, err)
		}
		if err := s.Delete(t.Context(), ref); !errors.Is(err, objects.ErrName) {
			t.Errorf("delete %q: %v, want ErrName", name, err)
		}
	}
	if _, err := s.List(t.Context(), "../", "", 10); err == nil {
		if page, _ := s.List(t.Context(), "../", "", 10); len(page) != 0 {
			t.Error("a listing left the store")
		}
	}
	if _, err := s.List(t.Context(), "A", "", 10); !errors.Is(err, objects.ErrName) {
		t.Errorf("list with a bad prefix: %v, want ErrName", err)
	}
	if _, err := s.List(t.Context(), "", "", 0); err == nil {
		t.Error("list with limit 0: no error")
	}
}

func objectsListing(t *testing.T, s objects.Store) {
	if page, err := s.List(t.Context(), "", "", 10); err != nil || len(page) != 0 {
		t.Fatalf("an empty store lists %v, %v", page, err)
	}
	var all []objects.Entry
	add := func(name objects.Name) {
		ref := put(t, s, name, make([]byte, len(all)))
		all = append(all, objects.Entry{Ref: ref, Size: int64(len(all))})
	}
	// '-' and '.' sort before '/', digits and letters after it: the awkward orders of folders and their neighbours.
	for _, name := range []objects.Name{"log/0", "log-1", "log.1", "log0", "log/1/2", "log/10", "log/1-", "lo", "l/o", "l/og", "l-", "l0", "m"} {
		add(name)
	}
	for i := range 25 {
		add(objects.Name(fmt.Sprintf("log/tile/%014d", i*7)))
	}
	for range 25 {
		add(objects.NewName())
	}
	slices.SortFunc(all, func(a, b objects.Entry) int { return strings.Compare(string(a.Name), string(b.Name)) })
	for _, prefix := range []string{"", "l", "lo", "log", "log/", "log/tile/", "log/tile/0000000000001", "log/1", "m", "n/", "zz", "log-"} {
		var want []objects.Entry
		for _, e := range all {
			if strings.HasPrefix(string(e.Name), prefix) {
				want = append(want, e)
			}
		}
		for _, limit := range []int{1, 7, 1000} {
			var got []objects.Entry
			for after := objects.Name(""); ; after = got[len(got)-1].Name {
				page, err := s.List(t.Context(), prefix, after, limit)
				if err != nil {
					t.Fatalf("list %q after %q: %v", prefix, after, err)
				}
				if len(page) == 0 {
					break
				}
				if len(page) > limit || len(got) > len(want) {
					t.Fatalf("list %q after %q: a page of %d, limit %d", prefix, after, len(page), limit)
				}
				got = append(got, page...)
			}
			if !slices.Equal(got, want) {
				i := 0
				for i < min(len(got), len(want)) && got[i] == want[i] {
					i++
				}
				t.Errorf("prefix %q, pages of %d: %d listed, want %d; they differ after %d:\n got %v\nwant %v",
					prefix, limit, len(got), len(want), i, got[i:min(i+2, len(got))], want[i:min(i+2, len(want))])
			}
		}
	}
}

func put(t *testing.T, s objects.Store, name objects.Name, data []byte) objects.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func get(t *testing.T, s objects.Store, ref objects.Ref, offset, length int64) []byte {
	t.Helper()
	body, err := s.Get(t.Context(), ref, offset, length)
	if err != nil {
		t.Fatalf("get [%d,+%d): %v", offset, length, err)
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("get [%d,+%d): %v", offset, length, err)
	}
	return data
}

// retain retains for d from now and returns the moment asked for.
func retain(t *testing.T, s objects.Store, ref objects.Ref, d time.Duration) time.Time {
	t.Helper()
	until := time.Now().Add(d)
	if err := s.Retain(t.Context(), ref, until); err != nil {
		t.Fatal(err)
	}
	return until
}

func closeBody(body io.Closer) {
	if body != nil {
		body.Close()
	}
}

func randomBytes(n int) []byte {
	data := make([]byte, n)
	source := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	source.Read(data)
	return data
}
