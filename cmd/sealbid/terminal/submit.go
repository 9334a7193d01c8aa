package terminal

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/seal"
)

func submit() command {
	return handing("submit", seal.ActionSubmit, "上传已加密的文件并递交投标；中断后再次运行会从中断处继续。", "Upload what is sealed and submit the bid; a run that was killed goes on where it stopped.")
}

func replace() command {
	return handing("replace", seal.ActionReplace, "用新加密的文件修改已递交的投标；未改动的部分不再上传。", "Replace the bid by what was sealed anew; parts that did not change are not sent again.")
}

func withdraw() command {
	return handing("withdraw", seal.ActionWithdraw, "在投标截止时间前撤回投标。", "Withdraw the bid before the deadline.")
}

func handing(name string, act seal.Action, zh, en string) command {
	return command{
		name: name, usage: "标段编号", zh: zh, en: en,
		prepare: func(*flag.FlagSet) func(context.Context, *session, []string) error {
			return func(ctx context.Context, s *session, args []string) error {
				lot, err := oneLot(args)
				if err != nil {
					return err
				}
				d, err := s.bidder(ctx, lot)
				if err != nil {
					return err
				}
				file, path, err := d.HandIn(ctx, act, s.world.Now(), s.uploading)
				if path != "" {
					s.say("回执 receipt: %s", path)
				}
				if err != nil {
					return err
				}
				r := file.Receipt.Body
				s.say("%s 成功：第 %d 版，到达时间 %s（北京时间） / accepted, version %d, arrived %s", actName(r.Action), r.Version, shanghai(r.Arrival.Time), r.Version, r.Arrival)
				return nil
			}
		},
	}
}

// uploading shows the progress of one part.
func (s *session) uploading(p desk.SealedPart) desk.Progress {
	b := s.bar("上传 uploading " + string(p.Kind))
	return func(done, total int64) {
		b.Set(done, total)
		if done >= total {
			b.End()
		}
	}
}

func decrypt() command {
	return command{
		name: "decrypt", usage: "标段编号",
		zh: "开标后在规定时间内解密：交出本投标文件的解密密钥（仅限需要投标人解密的标段）。",
		en: "Release this bid's keys within the window after the opening time (lots that open with the bidder's key).",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			moment := fs.String("moment", seal.MomentOpening, "开启环节 / release moment")
			return func(ctx context.Context, s *session, args []string) error {
				lot, err := oneLot(args)
				if err != nil {
					return err
				}
				d, err := s.bidder(ctx, lot)
				if err != nil {
					return err
				}
				n, err := d.Decrypt(ctx, *moment)
				if err != nil {
					return err
				}
				s.say("已解密 %d 个文件 / keys of %d parts released", n, n)
				return nil
			}
		},
	}
}

func status() command {
	return command{
		name: "status", usage: "[标段编号]",
		zh: "查看本机的密钥和各标段的投标状态（不联网）。",
		en: "Show the keys and the bids of all lots kept here (no network).",
		prepare: func(*flag.FlagSet) func(context.Context, *session, []string) error {
			return func(_ context.Context, s *session, args []string) error {
				home, err := s.desk()
				if err != nil {
					return err
				}
				if len(args) == 0 {
					return errors.Join(s.showIdentity(home), s.showBids(home))
				}
				lot, err := oneLot(args)
				if err != nil {
					return err
				}
				b, err := desk.ReadBid(home, lot)
				if err != nil {
					return err
				}
				return s.showBid(b)
			}
		},
	}
}

func (s *session) showIdentity(home desk.Home) error {
	signing, encryption, err := desk.LoadCertificates(home.Identity())
	if err != nil {
		return err
	}
	x := signing.Subject()
	s.say("%s %s（%s）\n签名证书 signing     %s\n加密证书 encryption  %s\n有效期至 until       %s", x.Organisation, x.Name, x.Code, signing.Fingerprint(), encryption.Fingerprint(), shanghai(signing.NotAfter()))
	return nil
}

// showBids lists the lots this desk has anything of, a line each.
func (s *session) showBids(home desk.Home) error {
	lots, err := home.Lots()
	if err != nil {
		return err
	}
	if len(lots) == 0 {
		s.say("还没有标段；用 sealbid fetch 标段编号 取得 / no lots yet: sealbid fetch LOT")
	}
	for _, lot := range lots {
		state := "已取得密钥，尚未加密 fetched"
		switch b, err := desk.ReadBid(home, lot); {
		case err == nil:
			state = standing(b)
		case !errors.Is(err, desk.ErrFileMissing):
			return err
		}
		s.say("标段 lot %v  %s", lot, state)
	}
	return nil
}

func standing(b *desk.Bid) string {
	switch {
	case b.Pending != nil:
		return "已发送，尚未收到回执；请再次运行同一命令 / sent, no receipt yet: run the same command again"
	case b.Action == seal.ActionWithdraw:
		return "已撤回 withdrawn"
	case b.Version > 0:
		return fmt.Sprintf("已递交第 %d 版 / version %d submitted", b.Version, b.Version)
	}
	return "未递交 not submitted"
}

func (s *session) showBid(b *desk.Bid) error {
	s.say("标段 lot %v\n投标 bid %v\n状态 %s", b.Lot, b.ID, standing(b))
	for _, p := range b.Parts {
		stored := "未上传 not uploaded"
		if p.Stored {
			stored = "已上传 uploaded"
		}
		s.say("  %-10s %10s  %s  %s", p.Kind, mib(p.Size), stored, p.File)
	}
	for _, r := range b.Receipts {
		s.say("  回执 receipt %s", r)
	}
	return nil
}

func oneLot(args []string) (bidding.LotID, error) {
	if len(args) != 1 {
		return bidding.LotID{}, wrongUse("需要一个标段编号 / one lot identifier is wanted")
	}
	return bidding.ParseLotID(args[0])
}
