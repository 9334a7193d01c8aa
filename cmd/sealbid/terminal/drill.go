package terminal

import (
	"context"
	"flag"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
)

func officerDrill() command {
	return command{
		name: "officer drill", usage: "标段编号",
		zh: "应答演练检查：用本机加密密钥打开平台的演练密文并签名，证明开标时能够解锁。等待中的 officer release 会自动应答。",
		en: "Answer a readiness drill: open the platform's challenge with this machine's key and sign. A waiting officer release answers by itself.",
		prepare: func(*flag.FlagSet) func(context.Context, *session, []string) error {
			return func(ctx context.Context, s *session, args []string) error {
				lot, err := oneLot(args)
				if err != nil {
					return err
				}
				return s.drill(ctx, lot)
			}
		},
	}
}

func (s *session) drill(ctx context.Context, lot bidding.LotID) error {
	home, err := s.desk()
	if err != nil {
		return err
	}
	c, err := s.connect(home)
	if err != nil {
		return err
	}
	_, checked, _, err := s.fetchLot(ctx, c, home, lot)
	if err != nil {
		return err
	}
	who, err := s.login(ctx, c, home, checked.Class, bidding.Officer)
	if err != nil {
		return err
	}
	if err := desk.AnswerDrill(ctx, c, who, checked, s.world.Now()); err != nil {
		return err
	}
	s.say("标段 %v 演练检查已应答 / drill answered", checked.ID)
	return nil
}
