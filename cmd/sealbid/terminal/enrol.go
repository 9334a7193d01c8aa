package terminal

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/cmd/sealbid/desk"
	"sunbid/web/client"
)

func enrol() command {
	return enrolling("enrol", bidding.Bidder, "在平台注册登记（演练环境会先签发演练证书）。", "Enrol with the platform (in a rehearsal its authority certifies the keys first).")
}

func officerEnrol() command {
	return enrolling("officer enrol", bidding.Officer, "解锁人注册登记。", "Enrol as an opening officer.")
}

func enrolling(name string, role bidding.Role, zh, en string) command {
	return command{
		name: name, usage: "--server 地址 [--person 姓名]", zh: zh, en: en,
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			person := fs.String("person", "", "经办人，默认取证书名称 / the person, default the certificate's name")
			return func(ctx context.Context, s *session, args []string) error {
				if len(args) != 0 {
					return wrongUse("多余的参数 / unexpected arguments")
				}
				return s.enrol(ctx, role, *person)
			}
		},
	}
}

func (s *session) enrol(ctx context.Context, role bidding.Role, person string) error {
	home, err := s.desk()
	if err != nil {
		return err
	}
	c, err := s.connect(home)
	if err != nil {
		return err
	}
	trust, err := s.agreeTrust(ctx, c, home)
	if err != nil {
		return err
	}
	if _, _, err := desk.LoadCertificates(home.Identity()); errors.Is(err, desk.ErrNoCertificate) && bidding.Class(trust.Class) == bidding.Rehearsal {
		if err := desk.Certify(ctx, c, home.Identity()); err != nil {
			return err
		}
		s.say("演练证书已签发 / rehearsal certificates issued")
	}
	who, err := s.identity(home)
	if err != nil {
		return err
	}
	x := who.Signing.Subject()
	answer, err := desk.Enrol(ctx, c, bidding.Class(trust.Class), who, party.Named{Name: orText(x.Organisation, x.Name), Code: x.Code}, orText(person, x.Name), []bidding.Role{role}, s.world.Now())
	if err != nil {
		return err
	}
	s.say("登记已提交 enrolled：单位 organisation %v，状态 standing %s", answer.Organisation, answer.Standing)
	return nil
}

func fetch() command {
	return command{
		name: "fetch", usage: "标段编号 [--out 文件]",
		zh: "取得并核对标段的密钥、绑定和日志证明，保存为标段文件，供离线加密。",
		en: "Fetch and check a lot's keys, binding and log proofs, and save them for sealing offline.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			out := fs.String("out", "", "另存为 / save to this file as well")
			return func(ctx context.Context, s *session, args []string) error {
				home, err := s.desk()
				if err != nil {
					return err
				}
				c, err := s.connect(home)
				if err != nil {
					return err
				}
				if len(args) == 1 {
					if id, err := bidding.ParseTenderID(args[0]); err == nil {
						return lotsOf(ctx, c, id)
					}
				}
				lot, err := oneLot(args)
				if err != nil {
					return err
				}
				file, checked, _, err := s.fetchLot(ctx, c, home, lot)
				if err != nil {
					return err
				}
				path := home.LotFile(lot)
				if *out != "" {
					if path, err = filepath.Abs(*out); err != nil {
						return err
					}
					if err := desk.SaveJSON(path, file); err != nil {
						return err
					}
				}
				s.say("标段 lot %v %s：密钥已核对，保存在 %s\n开标时间 opens %s（北京时间）", checked.ID, checked.Name, path, shanghai(checked.OpeningAt))
				return nil
			}
		},
	}
}

// lotsOf helps whoever gave a tender where a lot is wanted: keys are a lot's.
func lotsOf(ctx context.Context, c *client.Client, id bidding.TenderID) error {
	page, err := c.Tender(ctx, id)
	if err != nil {
		return err
	}
	var list strings.Builder
	for _, l := range page.Lots {
		fmt.Fprintf(&list, "\n  %v  标段 %d %s", l.ID, l.Number, l.Name)
	}
	return wrongUse("%v 是招标项目编号，请用它的标段编号 / that is a tender; give one of its lots:%s", id, list.String())
}
