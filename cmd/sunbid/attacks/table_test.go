package attacks_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// try names an attack and the tests that try it, as "package path.Function" or "package path.Function/subtest". A row with a limit is one that the design states
// openly: where the attack succeeds the tests show exactly how far, and the page /trust says so.
type try struct {
	attack string
	tests  []string
	limit  string // words of the page /trust; empty: the attack fails
}

// attacksAndFixes are the attacks on threshold opening.
func attacksAndFixes() []try {
	return []try{
		{attack: "blinded replay through a tender that opens earlier", tests: []string{"crypto/tdh2.TestBlindedReplay", "crypto/custody.TestAnEarlierLotIsNoOracle"}},
		{attack: "verbatim copy of a ciphertext into another tender", tests: []string{"crypto/tdh2.TestVerbatimCopyUnderAnotherLabel", "crypto/seal.TestCopiedStanzasFailUnderAnyOtherLabel", "crypto/custody.TestItemsAreRefusedOneByOne"}},
		{attack: "invalid point sent to a keyholder", tests: []string{"crypto/tdh2.TestDamagedStanzasAreRefused", "crypto/custody.TestItemsAreRefusedOneByOne", "cmd/sunbid/attacks.TestOnARunningPlatform/fronts"}},
		{attack: "additive tweak of one long key as separation", tests: []string{"crypto/tdh2.TestTweakedKeysSeparateNothing", "crypto/custody.TestBindOnce"}},
		{attack: "rogue key or biased key in the ceremony", tests: []string{"crypto/custody.TestLastMoverCannotChooseTheKey", "crypto/custody.TestRogueKeyNeedsKnowledge", "crypto/custody.TestNobodyRevealsBeforeAllCommits"}},
		{attack: "keyholder sends a false partial decryption", tests: []string{"crypto/tdh2.TestFalsePartialsAreAttributed", "crypto/custody.TestFalsePartialIsAttributedAndTheNextHolderUsed"}},
		{attack: "bidder seals garbage and blames the platform", tests: []string{"crypto/tdh2.TestGarbageIsTheSealersFault", "crypto/seal.TestDishonestBidders", "bidding/opening.TestBidderCheatsAndPlatformFails"}},
		{attack: "two different openings of one file", tests: []string{"crypto/seal.TestTwoKeysForOneChunk", "crypto/seal.TestOneFileHasOneKey"}},
		{attack: "published partial decryptions make bodies readable", tests: []string{"cmd/sunbid/attacks.TestOnARunningPlatform/published"}},
	}
}

// security is who needs what to open early. Breaking the curve, and quantum computers, are exempt.
func security() []try {
	return []try{
		{attack: "platform operator with database, server and objects", tests: []string{"crypto/custody.TestPlatformAloneCannotOpen", "cmd/sunbid/attacks.TestOnARunningPlatform/operator", "crypto/bundle.TestPlatformCannotForge"}},
		{attack: "all officers of the lot", tests: []string{"crypto/custody.TestThresholdsOfBothLocks"}},
		{attack: "t−1 keyholders", tests: []string{"crypto/custody.TestThresholdsOfBothLocks", "crypto/custody.TestFewerThanThresholdGivesNothing", "crypto/tdh2.TestEveryThresholdOfHoldersOpens"}},
		{attack: "t keyholders colluding", tests: []string{"crypto/custody.TestThresholdsOfBothLocks"}},
		{attack: "t keyholders and k officers", tests: []string{"crypto/custody.TestThresholdsOfBothLocks", "crypto/custody.TestClockAttacker", "crypto/custody.TestModeBNeedsTheBidderToo"},
			limit: "达到规定家数的密钥保管方与达到规定人数的解锁人串通，可以提前打开"},
		{attack: "rival bidder uses the opening as an oracle", tests: []string{"crypto/tdh2.TestBlindedReplay", "crypto/custody.TestAnEarlierLotIsNoOracle", "crypto/custody.TestBindOnce"}},
		{attack: "rival copies a ciphertext", tests: []string{"crypto/seal.TestCopiedStanzasFailUnderAnyOtherLabel", "crypto/custody.TestItemsAreRefusedOneByOne", "cmd/sunbid/attacks.TestOnARunningPlatform/fronts"}},
		{attack: "server swaps a public key", tests: []string{"cmd/sunbid/attacks.TestSwappedPublicKey", "cmd/sealbid/terminal.TestTamperedLotFile", "crypto/custody.TestForkedLogIsRefused"}},
		{attack: "server swaps client code", tests: []string{"cmd/sunbid/attacks.TestTrustPageStatesTheLimits"}, limit: "服务器向个别用户下发被改动的客户端程序"},
		{attack: "clock attacker", tests: []string{"crypto/custody.TestClockAttacker", "crypto/custody.TestReleaseWaitsForTheHoldersOwnClock", "cmd/sunbid/attacks.TestOnARunningPlatform/clock"},
			limit: "同时控制了足够多保管方的时钟"},
		{attack: "truncating or reordering chunks, mixing versions of parts", tests: []string{"crypto/seal.TestTamperedFiles", "crypto/custody.TestItemsAreRefusedOneByOne", "bidding/bid.TestSubmitRules", "cmd/sunbid/attacks.TestOnARunningPlatform/chunks", "cmd/sunbid/attacks.TestOnARunningPlatform/statements"}},
		{attack: "bidder equivocates", tests: []string{"crypto/seal.TestOneFileHasOneKey", "bidding/bid.TestVersionsAgainstModel", "storage/postgres.TestOneBidderAtOnce", "crypto/bundle.TestNothingChangesUnseen", "cmd/sunbid/attacks.TestOnARunningPlatform/statements"}},
	}
}

// The tables are held to the tree: every test that a row names exists, and every row names one.
func TestEveryAttackIsTried(t *testing.T) {
	t.Parallel()
	known := map[string]map[string]bool{}
	seen := map[string]bool{}
	for _, row := range append(attacksAndFixes(), security()...) {
		if seen[row.attack] || len(row.tests) == 0 {
			t.Errorf("%s: stands twice or has no test", row.attack)
		}
		seen[row.attack] = true
		for _, name := range row.tests {
			pkg, function, _ := strings.Cut(name, ".")
			if known[pkg] == nil {
				known[pkg] = testsIn(t, filepath.Join("..", "..", "..", filepath.FromSlash(pkg)))
			}
			if !known[pkg][function] {
				t.Errorf("%s: there is no test %s in %s", row.attack, function, pkg)
			}
		}
	}
	if a, s := len(attacksAndFixes()), len(security()); a != 9 || s != 12 {
		t.Errorf("%d attacks and %d attackers, the design has 9 and 12", a, s)
	}
}

// testsIn are the test functions of a folder, and the subtests they name, by the files as they stand.
func testsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				names[f.Name.Name] = true
				ast.Inspect(f, func(n ast.Node) bool {
					if name := subtest(n); name != "" {
						names[f.Name.Name+"/"+name] = true
					}
					return true
				})
			}
		}
	}
	return names
}

// subtest is the name in t.Run("name", …).
func subtest(n ast.Node) string {
	c, ok := n.(*ast.CallExpr)
	if !ok || len(c.Args) != 2 {
		return ""
	}
	f, isMethod := c.Fun.(*ast.SelectorExpr)
	name, isText := c.Args[0].(*ast.BasicLit)
	if !isMethod || f.Sel.Name != "Run" || !isText {
		return ""
	}
	return strings.Trim(name.Value, `"`)
}

// What the design cannot prevent is said to people, in the words of the page /trust.
func TestTrustPageStatesTheLimits(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "web", "public", "template", "trust.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range append(attacksAndFixes(), security()...) {
		if !strings.Contains(string(page), row.limit) {
			t.Errorf("%s: /trust does not say %q", row.attack, row.limit)
		}
	}
	for _, words := range []string{"数据库管理员", "对象存储管理员", "不是密码学意义上的时间延迟", "量子计算机"} {
		if !strings.Contains(string(page), words) {
			t.Errorf("/trust does not say %q", words)
		}
	}
}
