package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
)

const typeNotice = "sunbid/notice/v1"

// checkNotices verifies the signed notices (公告) of the lot: each under its own number (a tender's notices on other lots leave gaps), of
// this tender, its publication told by an event of the log, and none that an event names is missing.
func (v *verifier) checkNotices() (int, error) {
	paths := v.folder.under("notices/")
	have := map[string]bool{}
	for i, item := range paths {
		signed, err := readSigned[json.RawMessage](v, item)
		if err != nil {
			return i, err
		}
		var head struct {
			Type, Class, Tender, Kind string
			Number                    int
		}
		if err := json.Unmarshal(signed.Body, &head); err != nil || head.Type != typeNotice {
			return i, broken(item, "record-type", err)
		}
		if err := v.stands(item, place{class: head.Class, tender: head.Tender}); err != nil {
			return i, err
		}
		if item != fmt.Sprintf("notices/%d.json", head.Number) {
			return i, broken(item, "notice-number", fmt.Errorf("it is number %d", head.Number))
		}
		hash, err := signed.Hash()
		if err != nil {
			return i, broken(item, "record-malformed", err)
		}
		if have[hash.String()] {
			return i, broken(item, "notice-twice", nil)
		}
		if !v.log.issued[hash.String()] {
			return i, broken(item, "notice-not-logged", errors.New("no event of the log tells of its publication"))
		}
		have[hash.String()], v.kinds[hash.String()] = true, head.Kind
	}
	for _, list := range [][]string{sorted(v.log.issued), sorted(v.log.notices)} {
		for _, hash := range list {
			if !have[hash] {
				return len(paths), broken("notices", "notice-missing", fmt.Errorf("the log tells of notice %s", hash))
			}
		}
	}
	return len(paths), nil
}
