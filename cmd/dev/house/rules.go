package house

// Rule is one row of the import table. Patterns are paths below the module: "bidding/law", or "crypto/..." for a folder and
// all below it. The first rule whose Packages match a package applies, so the special ones come first. The standard library
// is allowed but for NeverStd; tests are free.
type Rule struct {
	Packages []string
	Ours     []string // packages of this module that may be imported directly
	NotOurs  []string // … except these
	Others   []string // third-party modules or packages that may be imported directly
	NeverStd []string // packages of the standard library that may not be
	NeverSee []string // must not be reached even through others; third-party paths too
}

// Rules is the table "who may import whom".
//
// Where it departs from the first design:
//   - crypto/tdh2, the threshold arithmetic, is a package of its own below seal: sealing wraps a key to the lot's opening
//     key, and only tdh2 needs emmansun's curve.
//   - crypto/custody imports seal, not the other way: a keyholder must read the header of the bid it answers for.
//   - crypto/pki lies below tlog: a checkpoint is a signed record, and pki knows those.
//   - crypto/bundle is the public bundle of a tender with its checks, for cmd/verify and `sunbid export`.
//   - bidding/party imports crypto/pki, for a party is known by its certificates.
//   - bidding/gazette is what the public may see; it imports no package that knows of bids (招标投标法 art. 22).
//   - web/client is our own client of the API, for cmd/sealbid and `sunbid rehearse`: it speaks net/http and shares with
//     the server only web/problem and web/api/wire, the shapes of the bodies, which import nothing of a server.
//   - bidding/opening asks many holders at once and ends them together: it may use errgroup and singleflight, which order
//     our own work and reach nothing outside.
//   - cmd/sunbid/cast, rehearse, demo and stack/stacktest act as the people at their desks, through cmd/sealbid/desk; the
//     platform's own process (cmd/sunbid, cmd/sunbid/node) does not know them. cmd/sunbid/stack writes keyholders' settings.
//   - cmd/sunbid/{faults,secrecy,procedure,attacks} are tests of real processes; they reach for every part.
//   - cmd/sunbid/faults/ledger judges those tests' openings, so it must not lean on what it judges: it knows a hash and no more.
//   - packages that import "testing" are for tests: the name ends in "test" or lies below such a name, and no program
//     imports them (Imports sees to that, not the table).
//   - cmd/keyholder serves with net/http over mutual TLS; it needs no framework.
func Rules() []Rule {
	domain := []string{"bidding/...", "evaluation/...", "crypto/..."}
	outside := []string{"net", "net/http", "os", "os/exec", "database/sql"}
	fiber := []string{"github.com/gofiber", "github.com/valyala/fasthttp", "github.com/danielgtaylor/huma/v2"}
	servers := []string{"storage/...", "web/api", "github.com/gofiber", "github.com/jackc/pgx", "github.com/minio"}
	people := []string{"cmd/sealbid/desk", "web/client", "web/api/wire"}
	const errgroup = "golang.org/x/sync/errgroup"
	const singleflight = "golang.org/x/sync/singleflight"
	stages := []string{"bidding/notice", "bidding/tender", "bidding/guarantee", "bidding/bid", "bidding/opening", "bidding/award"}

	rules := []Rule{
		{Packages: []string{"crypto"}},
		{Packages: []string{"crypto/sm"}, Others: []string{"github.com/tjfoc/gmsm", "github.com/emmansun/gmsm", "golang.org/x/crypto/cryptobyte"}},
		{Packages: []string{"crypto/canon"}, Ours: []string{"crypto/sm"}},
		{Packages: []string{"crypto/canon/canontest"}},
		{Packages: []string{"crypto/commit"}, Ours: []string{"crypto/sm", "crypto/canon"}},
		{Packages: []string{"crypto/pki"}, Ours: []string{"crypto/sm", "crypto/canon", "crypto/commit"}, Others: []string{"github.com/tjfoc/gmsm/x509"}},
		{Packages: []string{"crypto/tdh2"}, Ours: []string{"crypto/sm", "crypto/canon", "crypto/commit"}, Others: []string{"github.com/emmansun/gmsm/sm2/sm2ec"}},
		{Packages: []string{"crypto/tlog"}, Ours: []string{"crypto/sm", "crypto/canon", "crypto/commit", "crypto/pki"}, Others: []string{"github.com/transparency-dev/merkle"}},
		{Packages: []string{"crypto/seal"}, Ours: []string{"crypto/..."}, NotOurs: []string{"crypto/custody", "crypto/bundle"}},
		{Packages: []string{"crypto/custody"}, Ours: []string{"crypto/..."}, NotOurs: []string{"crypto/bundle"}},
		{Packages: []string{"crypto/custody/model"}, NeverStd: outside},
		{Packages: []string{"crypto/custody/custodytest"}, Ours: []string{"crypto/..."}, NotOurs: []string{"crypto/bundle"}},
		{Packages: []string{"crypto/bundle", "crypto/bundle/bundletest"}, Ours: []string{"crypto/..."}},
		{Packages: []string{"crypto/second"}}, // Python, and a test that asks both

		{Packages: []string{"bidding"}, Ours: []string{"crypto/canon", "crypto/commit", "crypto/sm"}, NeverStd: outside},
		{Packages: []string{"bidding/law"}, Ours: []string{"bidding", "crypto/canon"}, NeverStd: outside},
		{Packages: []string{"bidding/privacy"}, Ours: []string{"bidding", "bidding/law"}, NeverStd: outside},
		{Packages: []string{"bidding/party"}, Ours: []string{"bidding", "bidding/law", "bidding/privacy", "crypto/canon", "crypto/pki", "crypto/sm"}, NeverStd: outside},
		{Packages: []string{"bidding/gazette"}, Ours: []string{"bidding", "bidding/law", "bidding/party", "bidding/notice", "bidding/tender", "crypto/..."}, NeverStd: outside,
			NeverSee: []string{"bidding/bid", "bidding/opening"}},
		{Packages: []string{"bidding/objection", "bidding/auction"}, Ours: append([]string{"bidding", "bidding/law", "bidding/party", "crypto/..."}, stages[:5]...), NeverStd: outside},
		{Packages: []string{"bidding/biddingtest"}, Ours: []string{"bidding/...", "crypto/..."}},

		{Packages: []string{"evaluation"}},
		{Packages: []string{"evaluation/room"}, Ours: []string{"evaluation/session"}, Others: []string{"github.com/pion"}},
		{Packages: []string{"evaluation/..."}, Ours: []string{"bidding/...", "crypto/...", "evaluation/..."}, NotOurs: []string{"bidding/award", "bidding/objection", "evaluation/room"}, NeverStd: outside},

		{Packages: []string{"storage/objects"}, Ours: domain, Others: []string{"github.com/minio/minio-go/v7"}},
		{Packages: []string{"storage/postgres"}, Ours: append(domain, "storage/..."), Others: []string{"github.com/jackc/pgx/v5", "github.com/riverqueue/river", "github.com/pressly/goose/v3"}},
		{Packages: []string{"storage/jobs"}, Ours: append(domain, "storage/..."), Others: []string{"github.com/jackc/pgx/v5", "github.com/riverqueue/river"}},
		{Packages: []string{"storage/recording"}, Ours: append(domain, "storage/..."), Others: []string{"github.com/jackc/pgx/v5", "github.com/pion/rtp", "github.com/at-wat/ebml-go"}},
		{Packages: []string{"storage/..."}, Ours: append(domain, "storage/..."), Others: []string{"github.com/jackc/pgx/v5"}},

		{Packages: []string{"web/problem"}, Ours: []string{"bidding/..."}},
		{Packages: []string{"web/api/wire"}, Ours: domain, NeverStd: outside, NeverSee: servers},
		{Packages: []string{"web/client"}, Ours: append(domain, "web/problem", "web/api/wire"), NeverSee: servers},
		{Packages: []string{"web/outbound/..."}, Ours: append(domain, "web/problem"), NeverSee: servers},
		{Packages: []string{"web/..."}, Ours: append(domain, "web/..."), NotOurs: []string{"web/client"}, Others: fiber},

		{Packages: []string{"cmd/verify/..."}, Ours: append(domain, "cmd/verify/..."), NeverStd: []string{"net", "net/http"}, NeverSee: append(servers, "web/...")},
		{Packages: []string{"cmd/keyholder/..."}, Ours: append(domain, "cmd/keyholder/..."), NeverSee: append(servers, "web/...")},
		{Packages: []string{"cmd/sealbid/..."}, Ours: append(domain, "web/client", "web/problem", "web/api/wire", "cmd/sealbid/..."), Others: []string{"golang.org/x/term"}, NeverSee: servers},
		{Packages: []string{"cmd/sunbid"}, Ours: append(domain, "storage/...", "cmd/sunbid/node", "cmd/sunbid/stack", "cmd/sunbid/rehearse", "cmd/sunbid/demo"), Others: []string{"github.com/jackc/pgx/v5"}},
		{Packages: []string{"cmd/sunbid/node"}, Ours: append(domain, "storage/...", "web/..."), NotOurs: []string{"web/client"}, Others: append(fiber, "github.com/jackc/pgx/v5", errgroup),
			NeverSee: people[:2]},
		{Packages: []string{"cmd/sunbid/stack"}, Ours: append(domain, "storage/...", "cmd/sunbid/node", "cmd/keyholder/config", "cmd/keyholder/identity"), Others: []string{"github.com/jackc/pgx/v5"},
			NeverSee: people[:2]},
		{Packages: []string{"cmd/sunbid/cast"}, Ours: append(domain, people...), NeverSee: servers},
		{Packages: []string{"cmd/sunbid/rehearse"}, Ours: append(domain, append(people, "cmd/sunbid/cast", "cmd/sunbid/stack")...), Others: []string{errgroup}},
		{Packages: []string{"cmd/sunbid/demo"}, Ours: append(domain, append(people, "cmd/sunbid/cast", "cmd/sunbid/stack")...)},
		{Packages: []string{"cmd/sunbid/stack/stacktest"}, Ours: append(domain, append(people, "cmd/sunbid/cast", "cmd/sunbid/stack", "storage/embedded/scratch")...)},
		{Packages: []string{"cmd/sunbid/faults/ledger"}, Ours: []string{"crypto/canon"}, NeverStd: outside},
		{Packages: []string{"cmd/sunbid/faults", "cmd/sunbid/secrecy", "cmd/sunbid/procedure", "cmd/sunbid/attacks"},
			Ours: append(domain, append(people, "storage/...", "web/...", "cmd/sunbid/...", "cmd/keyholder/...")...), Others: []string{"github.com/jackc/pgx/v5", "github.com/minio/minio-go/v7"}},
		{Packages: []string{"cmd/dev/..."}, Ours: []string{"storage/embedded/...", "storage/objects/minioserver", "cmd/dev/..."}},
	}
	for n, stage := range stages { // each sees the stages before it, never one after
		var others []string
		if stage == "bidding/opening" {
			others = []string{errgroup, singleflight}
		}
		rules = append(rules, Rule{Packages: []string{stage}, NeverStd: outside,
			Ours: append([]string{"bidding", "bidding/law", "bidding/privacy", "bidding/party", "crypto/..."}, stages[:n]...), Others: others})
	}
	return rules
}
