package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// checkReleases verifies the officers' releases of later moments (双信封): each of a moment that the lot was drafted with, signed by at
// least k officers and nobody else, and logged; as many as the log tells of.
func (v *verifier) checkReleases() (int, error) {
	paths := v.folder.under("release-")
	seen := map[string]bool{}
	for i, item := range paths {
		hash, err := v.readRelease(item)
		if err != nil {
			return i, err
		}
		seen[hash.String()] = true
	}
	for _, e := range v.log.byEvent[custody.EventMomentReleased] {
		if !seen[e.text("release")] {
			return len(paths), broken("release-"+e.text("moment")+".json", "file-missing", fmt.Errorf("%s tells of it", e.item))
		}
	}
	return len(paths), nil
}

func (v *verifier) readRelease(item string) (canon.Hash, error) {
	signed, err := readSigned[custody.MomentRelease](v, item)
	if err != nil {
		return canon.Hash{}, err
	}
	r := signed.Body
	if err := r.Check(); err != nil {
		return canon.Hash{}, broken(item, "record-malformed", err)
	}
	if err := v.stands(item, place{r.Class, r.Tender, r.Lot, r.Binding.String()}); err != nil {
		return canon.Hash{}, err
	}
	if item != "release-"+r.Moment+".json" || !slices.Contains(v.laterMoments(), r.Moment) {
		return canon.Hash{}, broken(item, "release-moment", fmt.Errorf("it releases %q", r.Moment))
	}
	if err := custody.VerifyMomentRelease(signed, v.officerKey, v.find); err != nil {
		return canon.Hash{}, broken(item, "release-moment-closed", err)
	}
	if err := signedBy(item, signed.Signatures, nil, v.locks[custody.LockC].holders); err != nil {
		return canon.Hash{}, err
	}
	hash, err := signed.Hash()
	if err != nil {
		return hash, broken(item, "record-malformed", err)
	}
	if !slices.ContainsFunc(v.log.byEvent[custody.EventMomentReleased], func(e entry) bool {
		return e.text("release") == hash.String() && e.text("moment") == r.Moment
	}) {
		return hash, broken(item, "release-not-logged", errors.New("no event of the log names it"))
	}
	return hash, nil
}

// laterMoments are those that the lot was drafted with.
func (v *verifier) laterMoments() []string {
	var list []string
	for _, e := range v.log.byEvent[eventDrafted] {
		var lot struct {
			Kinds []struct {
				Moment string `json:"moment"`
			} `json:"kinds"`
		}
		if json.Unmarshal(e.body["lot"], &lot) != nil {
			continue
		}
		for _, k := range lot.Kinds {
			if k.Moment != custody.MomentOpening {
				list = append(list, k.Moment)
			}
		}
	}
	return list
}
