package house_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sunbid/cmd/dev/house"
)

const module = "sunbid"

func TestImportsOfTheModule(t *testing.T) {
	t.Parallel()
	for _, sentence := range house.Imports(module, load(t), house.Rules()) {
		t.Error(sentence)
	}
}

func TestSourceOfTheModule(t *testing.T) {
	t.Parallel()
	found, err := house.Source(module, load(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, sentence := range found {
		t.Error(sentence)
	}
}

// The rules bite: each forbidden import of the table is found when it is planted, and what is allowed is not.
func TestImportRulesBite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, imports string
		reached       string
		forbidden     bool
	}{
		{from: "crypto/sm", imports: "github.com/tjfoc/gmsm/sm2"},
		{from: "crypto/canon", imports: "sunbid/crypto/sm"},
		{from: "crypto/sm", imports: "sunbid/crypto/canon", forbidden: true},
		{from: "crypto/tlog", imports: "sunbid/crypto/tdh2", forbidden: true},
		{from: "crypto/seal", imports: "sunbid/crypto/tdh2"},
		{from: "crypto/seal", imports: "sunbid/crypto/custody", forbidden: true},
		{from: "crypto/custody", imports: "sunbid/crypto/seal"},
		{from: "crypto/bundle", imports: "sunbid/crypto/custody"},
		{from: "crypto/custody", imports: "sunbid/crypto/bundle", forbidden: true},
		{from: "crypto/bundle/bundletest", imports: "sunbid/crypto/bundle"},
		{from: "crypto/bundle/bundletest", imports: "testing"},
		{from: "crypto/bundle", imports: "sunbid/crypto/bundle/bundletest", forbidden: true},
		{from: "crypto/bundle", imports: "testing", forbidden: true},
		{from: "crypto/custody/custodytest", imports: "sunbid/crypto/bundle", forbidden: true},
		{from: "crypto/seal", imports: "sunbid/bidding", forbidden: true},
		{from: "crypto/seal", imports: "github.com/emmansun/gmsm/sm2/sm2ec", forbidden: true},
		{from: "crypto/tdh2", imports: "github.com/emmansun/gmsm/sm2/sm2ec"},
		{from: "bidding", imports: "sunbid/crypto/canon"},
		{from: "bidding", imports: "sunbid/bidding/law", forbidden: true},
		{from: "bidding/law", imports: "sunbid/bidding/tender", forbidden: true},
		{from: "bidding/bid", imports: "sunbid/bidding/tender"},
		{from: "bidding/tender", imports: "sunbid/bidding/bid", forbidden: true},
		{from: "bidding/opening", imports: "sunbid/bidding/award", forbidden: true},
		{from: "bidding/opening", imports: "golang.org/x/sync/errgroup"},
		{from: "bidding/bid", imports: "golang.org/x/sync/errgroup", forbidden: true},
		{from: "bidding/award", imports: "sunbid/bidding/opening"},
		{from: "bidding/award", imports: "sunbid/evaluation/scoring", forbidden: true},
		{from: "bidding/bid", imports: "net/http", forbidden: true},
		{from: "bidding/bid", imports: "os", forbidden: true},
		{from: "bidding/bid", imports: "github.com/jackc/pgx/v5", forbidden: true},
		{from: "bidding/bid", imports: "sunbid/storage/postgres", forbidden: true},
		{from: "bidding/gazette", imports: "sunbid/bidding/bid", forbidden: true},
		{from: "bidding/gazette", imports: "sunbid/bidding/tender", reached: "sunbid/bidding/bid", forbidden: true},
		{from: "evaluation/review", imports: "sunbid/bidding/opening"},
		{from: "evaluation/review", imports: "sunbid/bidding/award", forbidden: true},
		{from: "evaluation/room", imports: "github.com/pion/webrtc/v4"},
		{from: "evaluation/room", imports: "sunbid/bidding", forbidden: true},
		{from: "evaluation/session", imports: "github.com/pion/webrtc/v4", forbidden: true},
		{from: "storage/objects", imports: "github.com/minio/minio-go/v7"},
		{from: "storage/postgres", imports: "github.com/minio/minio-go/v7", forbidden: true},
		{from: "storage/postgres", imports: "sunbid/web/problem", forbidden: true},
		{from: "storage/translog", imports: "github.com/riverqueue/river", forbidden: true},
		{from: "storage/jobs", imports: "github.com/riverqueue/river/riverdriver/riverpgxv5"},
		{from: "web/api", imports: "github.com/gofiber/fiber/v2"},
		{from: "web/api", imports: "sunbid/storage/postgres", forbidden: true},
		{from: "web/api", imports: "github.com/jackc/pgx/v5", forbidden: true},
		{from: "web/client", imports: "net/http"},
		{from: "web/client", imports: "sunbid/web/api", forbidden: true},
		{from: "web/client", imports: "sunbid/web/api/wire"},
		{from: "web/client", imports: "sunbid/web/api/limit", forbidden: true},
		{from: "web/api/wire", imports: "sunbid/web/api/limit", forbidden: true},
		{from: "web/api/wire", imports: "net/http", forbidden: true},
		{from: "web/api", imports: "sunbid/web/client", forbidden: true},
		{from: "web/outbound/keyholder", imports: "sunbid/web/api/wire", forbidden: true},
		{from: "web/client", imports: "github.com/gofiber/fiber/v2", forbidden: true},
		{from: "web/problem", imports: "github.com/gofiber/fiber/v2", forbidden: true},
		{from: "cmd/verify", imports: "sunbid/crypto/bundle"},
		{from: "cmd/verify", imports: "net/http", forbidden: true},
		{from: "cmd/verify", imports: "sunbid/crypto/bundle", reached: "sunbid/storage/objects", forbidden: true},
		{from: "cmd/sealbid", imports: "sunbid/web/client"},
		{from: "cmd/sealbid/desk", imports: "sunbid/web/client", reached: "github.com/gofiber/fiber/v2", forbidden: true},
		{from: "cmd/keyholder", imports: "net/http"},
		{from: "cmd/keyholder", imports: "sunbid/storage/embedded", forbidden: true},
		{from: "cmd/sunbid", imports: "sunbid/storage/postgres"},
		{from: "cmd/sunbid", imports: "sunbid/cmd/sealbid/desk", forbidden: true},
		{from: "cmd/sunbid", imports: "sunbid/cmd/sunbid/stack/stacktest", forbidden: true},
		{from: "cmd/sunbid/node", imports: "sunbid/web/client", forbidden: true},
		{from: "cmd/sunbid/node", imports: "sunbid/web/api", reached: "sunbid/cmd/sealbid/desk", forbidden: true},
		{from: "cmd/sunbid/cast", imports: "sunbid/cmd/sealbid/desk"},
		{from: "cmd/sunbid/cast", imports: "sunbid/cmd/sunbid/node", forbidden: true},
		{from: "cmd/sunbid/stack", imports: "sunbid/cmd/keyholder/config"},
		{from: "cmd/sunbid/stack", imports: "sunbid/cmd/keyholder/vault", forbidden: true},
		{from: "cmd/sunbid/rehearse", imports: "sunbid/cmd/sunbid/cast"},
		{from: "cmd/sunbid/rehearse", imports: "sunbid/storage/postgres", forbidden: true},
		{from: "cmd/elsewhere", imports: "fmt", forbidden: true}, // no rule
	} {
		packages := []house.Package{
			{ImportPath: "net/http", Standard: true}, {ImportPath: "os", Standard: true}, {ImportPath: "fmt", Standard: true}, {ImportPath: "testing", Standard: true},
			{ImportPath: module + "/" + c.from, GoFiles: []string{"a.go"}, Imports: []string{c.imports}, Deps: []string{c.imports, c.reached}},
		}
		if found := house.Imports(module, packages, house.Rules()); (len(found) > 0) != c.forbidden {
			t.Errorf("%s imports %s (reaching %q): found %q, want forbidden = %v", c.from, c.imports, c.reached, found, c.forbidden)
		}
	}
}

func TestSourceRulesBite(t *testing.T) {
	t.Parallel()
	const text = `package bid

import (
	"net/http"
	clock "time"
)

var limit = 3
var table = map[string]int{}
var state struct{ n int }

func init() {}

func all(given []int) {
	limit = 4
	limit++
	table["a"] = 1
	state.n += 2
	delete(table, "a")
	http.Load(&limit)
	for limit = range given {
	}
	http.DefaultClient = nil
	_ = clock.Now()
	_ = clock.Since
}

func read(*map[string]int) {}

func fine(table map[string]int, time struct{ Now func() int }) {
	limit := 1
	limit = 2
	limit++
	table["a"] = limit
	var state struct{ n int }
	state.n = time.Now()
	read(&table)
	for limit = range 3 {
	}
}
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bid.go"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"bidding/bid": {"12", "15", "16", "17", "18", "19", "20", "21", "23", "24", "25"},
		"cmd/bid":     {"12", "15", "16", "17", "18", "19", "20", "21", "23"}, // programs read the clock
	} {
		found, err := house.Source(module, []house.Package{{ImportPath: module + "/" + path, Dir: dir, GoFiles: []string{"bid.go"}}})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, sentence := range found {
			lines = append(lines, strings.Split(sentence, ":")[1])
		}
		if !slices.Equal(lines, want) {
			t.Errorf("%s: lines %v, want %v\n%s", path, lines, want, strings.Join(found, "\n"))
		}
	}
}

func load(t *testing.T) []house.Package {
	t.Helper()
	packages, err := house.Load(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return packages
}
