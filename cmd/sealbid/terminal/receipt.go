package terminal

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

func receipt() command {
	return command{
		name: "receipt", usage: "show|verify|save 文件 [--out 文件]",
		zh: "查看、核对回执，或向平台索取日志证明后保存。",
		en: "Show or verify a receipt, or fetch its log proof and save it.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			out := fs.String("out", "", "save：另存为 / save to this file")
			return func(ctx context.Context, s *session, args []string) error {
				if len(args) != 2 {
					return wrongUse("需要 show、verify 或 save 和回执文件 / show, verify or save, and the receipt's file")
				}
				switch args[0] {
				case "show":
					return s.showReceipt(args[1])
				case "verify":
					return s.verifyReceipt(args[1])
				case "save":
					return s.saveReceipt(ctx, args[1], *out)
				}
				return wrongUse("没有 receipt %s / no such receipt command", args[0])
			}
		},
	}
}

func (s *session) showReceipt(path string) error {
	var f bundle.ReceiptFile
	if err := desk.LoadJSON(path, bundle.MaxReceipt, &f); err != nil {
		return err
	}
	r := f.Receipt.Body
	s.say("回执 receipt   %s\n标段 lot       %s\n投标 bid       %s（第 %d 版 version，%s）\n到达 arrival   %s（北京时间）\n结果 outcome   %s %s",
		r.Receipt, r.Lot, r.Bid, r.Version, actName(r.Action), shanghai(r.Arrival.Time), outcomeName(r.Outcome), r.Refusal)
	for _, p := range r.Parts {
		s.say("  %-10s %10s  %s", p.Kind, mib(p.Size), p.Digest)
	}
	if f.Proof != nil {
		s.say("日志证明 log proof：有 yes（第 %d 轮 round）", f.Proof.Round)
	} else {
		s.say("日志证明 log proof：尚未取得 not yet（平台承诺不晚于 %s）", shanghai(r.MergeBy.Time))
	}
	return nil
}

// verifyReceipt checks a receipt offline, against the trust list if there is one.
func (s *session) verifyReceipt(path string) error {
	data, err := desk.ReadFile(path, bundle.MaxReceipt)
	if err != nil {
		return err
	}
	home, err := s.desk()
	if err != nil {
		return err
	}
	trust, err := s.trust(home)
	if err != nil {
		return err
	}
	for _, c := range bundle.VerifyReceipt(data, trust).Checks {
		switch {
		case c.Err != nil:
			return desk.ErrReceipt.With(fmt.Sprintf("%s: %v", c.Name, c.Err))
		case c.Skipped == bundle.NotPresent:
			s.say("%-10s 未提供 not present", c.Name)
		default:
			s.say("%-10s 通过 ok", c.Name)
		}
	}
	return nil
}

// saveReceipt completes a kept receipt with its proof, and copies it.
func (s *session) saveReceipt(ctx context.Context, path, out string) error {
	var f bundle.ReceiptFile
	if err := desk.LoadJSON(path, bundle.MaxReceipt, &f); err != nil {
		return err
	}
	lot, err := bidding.ParseLotID(f.Receipt.Body.Lot)
	if err != nil {
		return err
	}
	d, err := s.bidder(ctx, lot)
	if err != nil {
		return err
	}
	if f, err = d.RefreshReceipt(ctx, path); err != nil {
		return err
	}
	if out != "" {
		data, err := canon.Marshal(f)
		if err != nil {
			return err
		}
		if err := desk.WriteNew(out, data); err != nil {
			return err
		}
		path = out
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	s.say("回执已保存 saved: %s", abs)
	return s.showReceipt(path)
}

func actName(a seal.Action) string {
	return map[seal.Action]string{seal.ActionSubmit: "递交 submit", seal.ActionReplace: "修改 replace", seal.ActionWithdraw: "撤回 withdraw"}[a]
}

func outcomeName(o seal.Outcome) string {
	if o == seal.OutcomeAccepted {
		return "已接收 accepted"
	}
	return "拒收 refused"
}
