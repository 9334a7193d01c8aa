package bundle

import (
	"io/fs"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
	"sunbid/crypto/tlog"
)

// Verify runs every check over a bundle's folder and reports each with its count. trust may be nil: then the trust check is
// skipped as NotChecked and the report's fingerprints are for a person to compare. fsys must not lead out of the folder
// (os.OpenRoot(dir).FS() does not); links and unknown files in it are refused anyway.
func Verify(fsys fs.FS, trust *pki.Trust) Report {
	v := &verifier{trust: trust, certificates: certificates{byName: map[canon.Hash]*certificate{}},
		locks: map[string]lock{}, authorities: map[canon.Hash]string{}, rows: map[string]custody.Row{}, kinds: map[string]string{}, platforms: map[canon.Hash]bool{}}
	var report Report
	failed := map[string]bool{}
	manifest := step{CheckManifest, nil, func() (int, error) { return v.readManifest(fsys) }}
	for i, steps := 0, []step{manifest}; i < len(steps); i++ {
		step := steps[i]
		check := Check{Name: step.name}
		for _, need := range step.needs {
			if failed[need] {
				check.Skipped = need
				break
			}
		}
		if check.Skipped == "" && step.name == CheckTrust && trust == nil {
			check.Skipped = NotChecked
		}
		if check.Skipped == "" {
			check.Count, check.Err = step.run()
		}
		failed[step.name] = check.Err != nil || (check.Skipped != "" && check.Skipped != NotChecked)
		report.Checks = append(report.Checks, check)
		if i == 0 { // the manifest says of which kind the bundle is; one that cannot be read is taken for an opened lot's
			steps = append(steps, v.steps()...)
		}
	}
	report.End = v.manifest.End
	report.Class, report.Tender, report.Lot = v.manifest.Class, v.manifest.Tender, v.manifest.Lot
	report.Bids, report.Keys = len(v.bids), v.fingerprints()
	return report
}

// verifier is what the checks have read so far; each fills its own fields.
type verifier struct {
	trust  *pki.Trust
	folder *folder

	certificates certificates
	manifest     Manifest

	keyRecord    pki.Signed[custody.KeyRecord]
	officerKey   custody.OfficerKey
	officersHash canon.Hash
	dealer       canon.Hash
	binding      custody.Binding
	bindingHash  canon.Hash
	locks        map[string]lock
	openingAt    canon.Time
	openingTimes []canon.Time          // every published opening time, first to current
	authorities  map[canon.Hash]string // certificate → role

	checkpoint     pki.Signed[tlog.Checkpoint]
	logCertificate *pki.Certificate
	intermediates  []*pki.Certificate
	log            ledger

	freeze     custody.Freeze
	freezeHash canon.Hash
	bids       []*bid // ascending by identifier
	record     custody.OpeningRecord
	rows       map[string]custody.Row
	platforms  map[canon.Hash]bool // certificates that signed as the platform

	kinds map[string]string // hash of a notice → its kind
	order canon.Hash        // closed: hash of the erasure order
}

// lock is one of the two threshold keys of the lot.
type lock struct {
	name    string
	key     custody.Key
	holders []canon.Hash // certificate of holder index i at i−1
}

// bid is what is known of one frozen bid.
type bid struct {
	id        string
	statement seal.Statement
	hash      canon.Hash
	signer    *pki.Certificate
	readout   seal.Part
	front     seal.Front
	arrival   canon.Time
	bidder    custody.NamedBidder
	partials  map[string]map[int]tdh2.Point // lock → holder → partial
}

type step struct {
	name  string
	needs []string
	run   func() (int, error)
}

// closed tells that the bundle is of a lot that was never opened.
func (v *verifier) closed() bool { return v.manifest.Type == TypeClosed }

func (v *verifier) steps() []step {
	if v.closed() {
		return v.closedSteps()
	}
	return []step{
		{CheckFiles, []string{CheckManifest}, v.checkFiles},
		{CheckCertificates, []string{CheckManifest}, v.checkCertificates},
		{CheckCheckpoint, []string{CheckCertificates}, v.checkCheckpoint},
		{CheckEvents, []string{CheckCheckpoint}, v.checkEvents},
		{CheckKeyRecord, []string{CheckCertificates}, v.checkKeyRecord},
		{CheckOfficerKey, []string{CheckCertificates}, v.checkOfficerKey},
		{CheckBinding, []string{CheckKeyRecord, CheckOfficerKey, CheckEvents}, v.checkBinding},
		{CheckPostponements, []string{CheckBinding}, v.checkPostponements},
		{CheckNotices, []string{CheckEvents, CheckBinding}, v.checkNotices},
		{CheckStatements, []string{CheckEvents, CheckPostponements}, v.checkStatements},
		{CheckFreeze, []string{CheckStatements}, v.checkFreeze},
		{CheckEnvelopes, []string{CheckStatements}, v.checkEnvelopes},
		{CheckStanzas, []string{CheckEnvelopes}, v.checkStanzas},
		{CheckRecord, []string{CheckFreeze}, v.checkRecord},
		{CheckPartials, []string{CheckEnvelopes, CheckRecord}, v.checkPartials},
		{CheckReadouts, []string{CheckStanzas, CheckPartials}, v.checkReadouts},
		{CheckCauses, []string{CheckRecord}, v.checkCauses},
		{CheckReleases, []string{CheckRecord}, v.checkReleases},
		{CheckTender, []string{CheckNotices, CheckFreeze, CheckRecord}, v.checkTender},
		{CheckTrust, []string{CheckBinding, CheckCheckpoint, CheckStatements, CheckRecord}, v.checkTrust},
	}
}
