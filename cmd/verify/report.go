package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"sunbid/crypto/bundle"
)

// chinese is a check's name for people; the English name is the check's own.
func chinese(name string) string {
	return map[string]string{
		bundle.CheckManifest: "清单", bundle.CheckFiles: "文件摘要", bundle.CheckCertificates: "证书", bundle.CheckTrust: "信任",
		bundle.CheckKeyRecord: "开标密钥", bundle.CheckOfficerKey: "解锁人密钥", bundle.CheckBinding: "密钥绑定", bundle.CheckPostponements: "延期",
		bundle.CheckCheckpoint: "日志检查点", bundle.CheckEvents: "日志事件", bundle.CheckNotices: "公告", bundle.CheckFreeze: "封标记录",
		bundle.CheckStatements: "递交声明", bundle.CheckEnvelopes: "加密文件", bundle.CheckStanzas: "密钥段", bundle.CheckPartials: "部分解密",
		bundle.CheckReadouts: "唱标内容", bundle.CheckRecord: "开标记录", bundle.CheckCauses: "未解密原因", bundle.CheckTender: "项目信息",
		bundle.CheckReleases: "后续环节", bundle.CheckEnding: "终结依据", bundle.CheckErasure: "密钥销毁",
		bundle.CheckReceipt: "回执签名", bundle.CheckStatement: "递交声明", bundle.CheckEnvelope: "回执所载事件", bundle.CheckProof: "日志证明",
	}[name]
}

func printReport(w io.Writer, r bundle.Report) {
	for _, c := range r.Checks {
		state := fmt.Sprintf("通过 ok  %d", c.Count)
		switch {
		case c.Err != nil:
			state = "不符 BROKEN  " + printable(c.Err.Error())
		case c.Skipped == bundle.NotChecked:
			state = "未核对信任 trust not checked"
		case c.Skipped == bundle.NotPresent:
			state = "未提供 not present"
		case c.Skipped != "":
			state = "未进行 not run（" + c.Skipped + "）"
		}
		fmt.Fprintf(w, "%-15s %s：%s\n", c.Name, chinese(c.Name), state)
	}
	fmt.Fprintln(w)
	switch {
	case !r.OK():
	case r.End == bundle.Failed:
		fmt.Fprintln(w, "本标段流标：投标人少于三个，没有开标，开标密钥已由全部保管方销毁。投标人的名称和数量不在公开之列。\nThe lot failed: fewer than three bids, nothing was opened, every keyholder erased its share. Who bid and how many is not public.")
	case r.End == bundle.Terminated:
		fmt.Fprintln(w, "本标段已终止招标：没有开标，开标密钥已由全部保管方销毁。投标人的名称和数量不在公开之列。\nThe lot was terminated: nothing was opened, every keyholder erased its share. Who bid and how many is not public.")
	}
	for _, k := range []struct {
		name string
		list []string
	}{{"platform 平台", r.Keys.Platform}, {"log 日志", r.Keys.Log}, {"keyholder 密钥保管方", r.Keys.Keyholders}, {"dealer 招标人", r.Keys.Dealer}} {
		for _, f := range k.list {
			fmt.Fprintf(w, "%s  %s\n", k.name, f)
		}
	}
	if !r.Trusted() && r.OK() {
		fmt.Fprintln(w, "未核对信任：请将以上指纹与可信渠道公布的比对，或用 --trust 指定信任列表。\ntrust not checked: compare these fingerprints with published ones, or give --trust.")
	}
	switch {
	case r.OK() && r.Trusted():
		fmt.Fprintln(w, "结论：全部通过 / everything holds")
		return
	case r.OK():
		fmt.Fprintln(w, "结论：内容相符，但未核对信任 / consistent, but trust not checked")
		return
	}
	fmt.Fprintln(w, "结论：有不符之处 / BROKEN")
}

// printable is text of a bundle as it may stand on a terminal: whoever made the bundle names its files, and a name with a line's end or an
// escape sequence in it could write a verdict of its own.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return '�'
	}, s)
}

type jsonReport struct {
	OK     bool                `json:"ok"`
	Trust  string              `json:"trust"` // checked, broken, not-checked
	Class  string              `json:"class"`
	Tender string              `json:"tender"`
	Lot    string              `json:"lot"`
	End    string              `json:"end,omitempty"`  // failed or terminated: the lot was never opened
	Bids   *int                `json:"bids,omitempty"` // absent when it was never opened
	Keys   bundle.Fingerprints `json:"keys"`
	Checks []jsonCheck         `json:"checks"`
}

type jsonCheck struct {
	Name   string `json:"name"`
	Count  int    `json:"count"`
	Status string `json:"status"` // ok, broken, skipped
	Item   string `json:"item,omitempty"`
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

func printJSON(w io.Writer, r bundle.Report) {
	out := jsonReport{OK: r.OK(), Trust: "not-checked", Class: r.Class, Tender: r.Tender, Lot: r.Lot, End: r.End, Keys: r.Keys, Checks: []jsonCheck{}}
	if r.End == "" {
		out.Bids = &r.Bids
	}
	for _, c := range r.Checks {
		j := jsonCheck{Name: c.Name, Count: c.Count, Status: "ok"}
		var b *bundle.Broken
		switch {
		case errors.As(c.Err, &b):
			j.Status, j.Item, j.Code, j.Detail = "broken", b.Item, b.Code(), b.Error()
		case c.Err != nil:
			j.Status, j.Detail = "broken", c.Err.Error()
		case c.Skipped != "":
			j.Status, j.Detail = "skipped", c.Skipped
		}
		if c.Name == bundle.CheckTrust && j.Status != "skipped" {
			out.Trust = map[string]string{"ok": "checked", "broken": "broken"}[j.Status]
		}
		out.Checks = append(out.Checks, j)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	_ = e.Encode(out) // the terminal is gone: nobody is left to tell
}
