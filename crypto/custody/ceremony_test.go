package custody_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// table is a ceremony whose messages a test can change on their way, and re-sign in their sender's name.
type table struct {
	plan    custody.Plan
	group   custody.Roster
	parties []custodytest.Party
	members []*custody.Ceremony
	commits []pki.Signed[custody.DKGCommit]
	reveals []pki.Signed[custody.DKGReveal]
	checks  []pki.Signed[custody.DKGCheck]
	answers []pki.Signed[custody.DKGAnswer]
}

func newTable(t *testing.T) *table {
	t.Helper()
	ca := custodytest.NewCA(t, custody.Rehearsal)
	b := &table{parties: custodytest.NewParties(t, ca, "保管方", 3)}
	b.plan = custody.Plan{Ceremony: "c", Class: custody.Rehearsal, Key: custodytest.ID("ky"), Threshold: 2, MadeAt: canon.At(time.Now())}
	for _, p := range b.parties {
		b.group = append(b.group, p.Member())
	}
	for _, p := range b.parties {
		c, err := custody.NewCeremony(rand.Reader, b.plan, b.group, p.Signer, p.Opener)
		ok(t, err)
		m, err := c.Commit()
		ok(t, err)
		b.members, b.commits = append(b.members, c), append(b.commits, m)
	}
	return b
}

func (b *table) reveal(t *testing.T) {
	t.Helper()
	for _, c := range b.members {
		m, err := c.Reveal(b.commits)
		ok(t, err)
		b.reveals = append(b.reveals, m)
	}
}

func (b *table) check(t *testing.T) {
	t.Helper()
	b.checks = nil
	for _, c := range b.members {
		m, err := c.Check(b.reveals)
		ok(t, err)
		b.checks = append(b.checks, m)
	}
}

func (b *table) answer(t *testing.T) {
	t.Helper()
	for _, c := range b.members {
		m, err := c.Answer(b.checks)
		ok(t, err)
		b.answers = append(b.answers, m...)
	}
}

// resign replaces a message of holder i by a changed one under its own signature: a keyholder that cheats.
func resign[M any](t *testing.T, b *table, list []pki.Signed[M], i int, change func(*M)) {
	t.Helper()
	body := list[i-1].Body
	change(&body)
	m, err := pki.Sign(body, b.parties[i-1].Signer)
	ok(t, err)
	list[i-1] = m
}

// cheatBeforeReveal lets holder i commit to, and send, a changed reveal: a keyholder that runs code of its own.
func (b *table) cheatBeforeReveal(t *testing.T, i int, change func(*custody.DKGReveal)) {
	t.Helper()
	honest, err := b.members[i-1].Reveal(b.commits)
	ok(t, err)
	body := honest.Body
	body.Shares = append([]custody.BoxedShare(nil), body.Shares...)
	change(&body)
	m, err := pki.Sign(body, b.parties[i-1].Signer)
	ok(t, err)
	hash, err := m.Hash()
	ok(t, err)
	resign(t, b, b.commits, i, func(c *custody.DKGCommit) { c.Hash = hash })
	for j, c := range b.members {
		if j == i-1 {
			b.reveals = append(b.reveals, m)
			continue
		}
		r, err := c.Reveal(b.commits)
		ok(t, err)
		b.reveals = append(b.reveals, r)
	}
}

func named(t *testing.T, err error, code string, holder int) {
	t.Helper()
	wants(t, err, code)
	var r *custody.Refusal
	if !errors.As(err, &r) || r.Holder() != holder {
		t.Fatalf("%v names %d, want %d", err, r.Holder(), holder)
	}
	if r.Say() == "" {
		t.Fatal("no sentence for people")
	}
}

func TestCeremonyMakesOneKeyForAll(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.reveal(t)
	b.check(t)
	b.answer(t)
	var first pki.Signed[custody.KeyRecord]
	var shares []*tdh2.Share
	for i, c := range b.members {
		r, share, err := c.Finish(b.checks, b.answers)
		ok(t, err)
		if i == 0 {
			first = pki.Signed[custody.KeyRecord]{Body: r.Body}
		}
		ok(t, first.AddSignature(r.Signatures[0]))
		shares = append(shares, share)
	}
	key, err := custody.VerifyKeyRecord(first, b.group.Certificates())
	ok(t, err)
	for i, s := range shares {
		if !tdh2.CheckShare(key.Commitments, s) || s.Public() != key.Verification[i] {
			t.Fatalf("share %d is not the record's", i+1)
		}
	}
	judged, err := custody.JudgeCeremony(b.plan, b.group, b.commits, b.reveals, b.checks, b.answers)
	ok(t, err)
	one, err := canon.Marshal(judged)
	ok(t, err)
	other, err := canon.Marshal(first.Body)
	ok(t, err)
	if !bytes.Equal(one, other) {
		t.Fatal("an onlooker comes to another record")
	}
}

func TestNobodyRevealsBeforeAllCommits(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	_, err := b.members[0].Reveal(b.commits[:2])
	named(t, err, "ceremony-silent", 3)
	// The last mover tries: it lets the others reveal on commits that it then replaces.
	b.reveal(t)
	resign(t, b, b.commits, 3, func(c *custody.DKGCommit) { c.Hash = canon.Sum([]byte("another")) })
	_, err = b.members[0].Reveal(b.commits)
	wants(t, err, "ceremony-step")
}

func TestLastMoverCannotChooseTheKey(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.reveal(t)
	// Holder 3 has seen the others' reveals and now sends one that would give a key it likes: P* − A_1 − A_2.
	other, err := tdh2.NewPolynomial(rand.Reader, 2)
	ok(t, err)
	resign(t, b, b.reveals, 3, func(r *custody.DKGReveal) { r.Commitments = other.Commitments() })
	_, err = b.members[0].Check(b.reveals)
	named(t, err, "ceremony-commit", 3)
	_, err = b.members[0].Check(b.reveals)
	wants(t, err, "ceremony-commit") // void for good
	_, err = custody.JudgeCeremony(b.plan, b.group, b.commits, b.reveals, b.checks, nil)
	named(t, err, "ceremony-commit", 3)
}

func TestRogueKeyNeedsKnowledge(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*custody.DKGReveal){
		"missing":          func(r *custody.DKGReveal) { r.Proof = custody.Knowledge{} },
		"false":            func(r *custody.DKGReveal) { r.Proof.Z = bytes.Repeat([]byte{1}, 32) },
		"of another point": func(r *custody.DKGReveal) { r.Commitments = []tdh2.Point{tdh2.Generator(), r.Commitments[1]} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTable(t)
			b.cheatBeforeReveal(t, 2, change)
			_, err := b.members[0].Check(b.reveals)
			named(t, err, "ceremony-proof", 2)
		})
	}
}

func TestFalseShareIsNamed(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.cheatBeforeReveal(t, 2, func(r *custody.DKGReveal) {
		box, err := b.group[0].Encryption.PublicKey().Encrypt(rand.Reader, bytes.Repeat([]byte{7}, 32))
		ok(t, err)
		r.Shares[0].Box = box // for holder 1
	})
	m, err := b.members[0].Check(b.reveals)
	ok(t, err)
	if len(m.Body.Complaints) != 1 || m.Body.Complaints[0] != 2 {
		t.Fatalf("holder 1 complains about %v", m.Body.Complaints)
	}
	third, err := b.members[2].Check(b.reveals)
	ok(t, err)
	second := third.Body // the cheater says that it saw nothing
	second.Index, second.Complaints = 2, []int{}
	s, err := pki.Sign(second, b.parties[1].Signer)
	ok(t, err)
	b.checks = []pki.Signed[custody.DKGCheck]{m, s, third}

	t.Run("silent", func(t *testing.T) {
		_, err := custody.JudgeCeremony(b.plan, b.group, b.commits, b.reveals, b.checks, nil)
		named(t, err, "ceremony-share", 2)
	})
	t.Run("answers with a bad share", func(t *testing.T) {
		a, err := pki.Sign(custody.DKGAnswer{Type: custody.TypeDKGAnswer, Class: b.plan.Class, Ceremony: "c", Index: 2, To: 1, Share: bytes.Repeat([]byte{7}, 32)}, b.parties[1].Signer)
		ok(t, err)
		_, _, err = b.members[0].Finish(b.checks, []pki.Signed[custody.DKGAnswer]{a})
		named(t, err, "ceremony-share", 2)
		_, _, err = b.members[0].Finish(b.checks, nil)
		named(t, err, "ceremony-share", 2) // void stays void
	})
}

func TestFalseAccuserIsNamed(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.reveal(t)
	b.check(t)
	resign(t, b, b.checks, 1, func(c *custody.DKGCheck) { c.Complaints = []int{3} })
	b.answer(t)
	if len(b.answers) != 1 || b.answers[0].Body.Index != 3 || b.answers[0].Body.To != 1 {
		t.Fatalf("answers: %+v", b.answers)
	}
	_, _, err := b.members[1].Finish(b.checks, b.answers)
	named(t, err, "ceremony-complaint", 1)
	_, err = custody.JudgeCeremony(b.plan, b.group, b.commits, b.reveals, b.checks, b.answers)
	named(t, err, "ceremony-complaint", 1)
}

func TestSilenceVoids(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.reveal(t)
	_, err := b.members[0].Check(b.reveals[:2])
	named(t, err, "ceremony-silent", 3)

	b = newTable(t)
	b.reveal(t)
	b.check(t)
	_, _, err = b.members[0].Finish(b.checks[1:], nil)
	named(t, err, "ceremony-silent", 1)
}

func TestAnotherTranscriptIsNamed(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.reveal(t)
	b.check(t)
	resign(t, b, b.checks, 2, func(c *custody.DKGCheck) { c.Transcript = canon.Sum([]byte("split view")) })
	_, _, err := b.members[0].Finish(b.checks, nil)
	named(t, err, "ceremony-transcript", 2)
}

func TestMessagesMustBeTheirSenders(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	forged, err := pki.Sign(b.commits[1].Body, b.parties[0].Signer) // holder 1 speaks as holder 2
	ok(t, err)
	_, err = b.members[2].Reveal([]pki.Signed[custody.DKGCommit]{b.commits[0], forged, b.commits[2]})
	named(t, err, "ceremony-message", 2)
	of := b.commits[1].Body
	of.Class = custody.Production
	mixed, err := pki.Sign(of, b.parties[1].Signer)
	ok(t, err)
	_, err = b.members[2].Reveal([]pki.Signed[custody.DKGCommit]{b.commits[0], mixed, b.commits[2]})
	wants(t, err, "class-mismatch")
}
