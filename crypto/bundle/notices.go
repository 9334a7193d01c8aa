package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
)

const typeNotice = "sunbid/notice/v1"

// checkNotices verifies the signed notices (公告): numbered from 1, of this tender (of any of its lots), each named by an event of the log, and none that an
// event names is missing.
func (v *verifier) checkNotices() (int, error) {
	paths := v.folder.under("notices/")
	have := map[string]bool{}
	for n := 1; n <= len(paths); n++ {
		item := fmt.Sprintf("notices/%d.json", n)
		if !v.folder.has(item) {
			return n - 1, broken(item, "file-missing", nil)
		}
		signed, err := readSigned[json.RawMessage](v, item)
		if err != nil {
			return n - 1, err
		}
		var head struct{ Type, Class, Tender string }
		if err := json.Unmarshal(signed.Body, &head); err != nil || head.Type != typeNotice {
			return n - 1, broken(item, "record-type", err)
		}
		if err := v.stands(item, place{class: head.Class, tender: head.Tender}); err != nil {
			return n - 1, err
		}
		hash, err := signed.Hash()
		if err != nil {
			return n - 1, broken(item, "record-malformed", err)
		}
		if have[hash.String()] {
			return n - 1, broken(item, "notice-twice", nil)
		}
		if _, named := v.log.notices[hash.String()]; !named {
			return n - 1, broken(item, "notice-not-logged", errors.New("no event of the log names it"))
		}
		have[hash.String()] = true
	}
	for _, hash := range sorted(v.log.notices) {
		if !have[hash] {
			return len(paths), broken("notices", "notice-missing", fmt.Errorf("%s names notice %s", v.log.notices[hash], hash[:16]))
		}
	}
	return len(paths), nil
}
