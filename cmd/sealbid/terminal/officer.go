package terminal

import (
	"context"
	"flag"
	"strings"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// poll is how often a waiting officer asks.
const poll = time.Second

func officerRelease() command {
	return command{
		name: "officer release", usage: "标段编号 [--kinds readout,body]",
		zh: "等到开标时间，核对封标记录和日志证明，然后解锁各类文件，直至完成；等待期间自动应答演练检查。",
		en: "Wait for the opening time, verify the freeze record and its log proof, then release kind by kind until done; drills are answered while it waits.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			kinds := fs.String("kinds", "", "要解锁的类别，逗号分隔，默认该标段开标时开启的全部类别 / kinds to release, default all that open at the opening")
			return func(ctx context.Context, s *session, args []string) error {
				lot, err := oneLot(args)
				if err != nil {
					return err
				}
				return s.release(ctx, lot, *kinds)
			}
		},
	}
}

func (s *session) release(ctx context.Context, lot bidding.LotID, kinds string) error {
	home, err := s.desk()
	if err != nil {
		return err
	}
	c, err := s.connect(home)
	if err != nil {
		return err
	}
	file, checked, trust, err := s.awaitLot(ctx, c, home, lot)
	if err != nil {
		return err
	}
	wanted, err := kindsOf(checked, kinds)
	if err != nil {
		return err
	}
	who, err := s.loginPatiently(ctx, c, home, checked.Class)
	if err != nil {
		return err
	}
	s.say("标段 lot %v %s，开标时间 %s（北京时间）；等待中 waiting …", checked.ID, checked.Name, shanghai(checked.OpeningAt))
	officer := desk.Officer{Platform: c, Drills: c, Who: who, Trust: trust, File: file, State: desk.Folder{Dir: home.Documents(lot)}, Clock: s.world.Now, Poll: poll}
	err = officer.Release(ctx, checked, wanted, func(d desk.Done) {
		switch {
		case d.Late:
			s.say("%s  %-9s 其他解锁人已完成，无需再提交 / others had released already", shanghai(s.world.Now()), d.Kind)
		default:
			s.say("%s  %-9s 已解锁 released %d，拒绝 refused %d", shanghai(s.world.Now()), d.Kind, d.Parts, len(d.Refused))
		}
		for _, r := range d.Refused {
			s.say("    #%d %s %s", r.Item, r.Code, r.Detail)
		}
	})
	if err != nil {
		return err
	}
	s.say("全部完成 / all done")
	return nil
}

func kindsOf(lot desk.Lot, text string) ([]seal.Kind, error) {
	if text == "" {
		return lot.OpeningKinds(), nil
	}
	var out []seal.Kind
	for _, k := range strings.Split(text, ",") {
		if _, ok := lot.Rule(seal.Kind(k)); !ok {
			return nil, desk.ErrKind.With(k)
		}
		out = append(out, seal.Kind(k))
	}
	return out, nil
}

func officerDeal() command {
	return command{
		name: "officer deal", usage: "--class 类别 --tender 项目 --lot 标段 --threshold k --officer 名称,签名证书,加密证书 …",
		zh: "招标人：在本机生成解锁人密钥，分发给各解锁人的证书并签名；密钥用后即毁。",
		en: "Tenderer: make the officers' key on this machine, deal it to their certificates and sign; the secret is erased.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			class := fs.String("class", string(bidding.Production), "production 或 rehearsal")
			tender := fs.String("tender", "", "招标项目编号 / tender")
			lot := fs.String("lot", "", "标段编号 / lot")
			threshold := fs.Int("threshold", 2, "解锁所需人数 / officers needed")
			out := fs.String("out", "", "保存签名记录 / save the signed record to this file")
			send := fs.Bool("send", false, "同时登记到平台 / register it with the platform too")
			var officers list
			fs.Var(&officers, "officer", "名称,签名证书文件,加密证书文件，可多次 / name,signing file,encryption file; repeatable")
			return func(ctx context.Context, s *session, args []string) error {
				if len(args) != 0 || *tender == "" || *lot == "" || len(officers) == 0 || (*out == "" && !*send) || !bidding.Class(*class).Valid() {
					return wrongUse("需要 --class、--tender、--lot、--officer，以及 --out 或 --send")
				}
				return s.deal(ctx, bidding.Class(*class), *tender, *lot, *threshold, officers, *out, *send)
			}
		},
	}
}

func (s *session) deal(ctx context.Context, class bidding.Class, tenderText, lotText string, threshold int, officers []string, out string, send bool) error {
	tender, err := bidding.ParseTenderID(tenderText)
	if err != nil {
		return err
	}
	lot, err := bidding.ParseLotID(lotText)
	if err != nil {
		return err
	}
	dealt, err := holders(officers, string(bidding.Officer))
	if err != nil {
		return err
	}
	home, err := s.desk()
	if err != nil {
		return err
	}
	who, err := s.identity(home)
	if err != nil {
		return err
	}
	signed, err := desk.Deal(who, class, tender, lot, threshold, dealt, s.world.Now())
	if err != nil {
		return err
	}
	if out != "" {
		data, err := canon.Marshal(signed)
		if err != nil {
			return err
		}
		if err := desk.WriteNew(out, data); err != nil {
			return err
		}
	}
	if send {
		c, err := s.connect(home)
		if err != nil {
			return err
		}
		if _, err := c.Login(ctx, who.Signer, class, bidding.Tenderer); err != nil {
			return err
		}
		if _, err := c.DealOfficers(ctx, lot, signed); err != nil {
			return err
		}
	}
	s.say("解锁人密钥已分发：%d 人中任意 %d 人可解锁 / dealt to %d officers, %d of them release", len(dealt), threshold, len(dealt), threshold)
	return nil
}
