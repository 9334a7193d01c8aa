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
		var head struct {
			Type, Class, Tender string
			Number              int
		}
		if err := json.Unmarshal(signed.Body, &head); err != nil || head.Type != typeNotice {
			return n - 1, broken(item, "record-type", err)
		}
		if err := v.stands(item, place{class: head.Class, tender: head.Tender}); err != nil {
			return n - 1, err
		}
		if head.Number != n {
			return n - 1, broken(item, "notice-number", fmt.Errorf("it is number %d", head.Number))
		}
		hash, err := signed.Hash()
		if err != nil {
			return n - 1, broken(item, "record-malformed", err)
		}
		if have[hash.String()] {
			return n - 1, broken(item, "notice-twice", nil)
		}
		if !v.log.issued[hash.String()] {
			return n - 1, broken(item, "notice-not-logged", errors.New("no event of the log tells of its publication"))
		}
		have[hash.String()] = true
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
