package terminal

import (
	"context"
	"flag"
	"strings"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/canon"
)

func officerMoment() command {
	return command{
		name: "officer moment", usage: "标段编号 --moment 环节 [--after 依据] [--file 文件]",
		zh: "开标后开启后一环节（双信封）：第一名解锁人写出开启记录文件并签名，其他解锁人拿到文件后用同一命令签名；人数足够时自动递交平台。",
		en: "Release a later moment after the opening: the first officer writes the record's file and signs it, the others sign the same file with the same command; with enough signatures it is handed in.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			moment := fs.String("moment", "", "要开启的环节，如 price / the moment to release, as the lot names it")
			after := fs.String("after", "", "依据的记录（如技术评审结果）的 SM3 摘要，默认开标记录 / SM3 of the record it rests on, default the opening record")
			file := fs.String("file", "", "开启记录文件，默认在 home 的标段文件夹中 / the record's file, default in the lot's folder of home")
			return func(ctx context.Context, s *session, args []string) error {
				lot, err := oneLot(args)
				if err != nil {
					return err
				}
				if *moment == "" {
					return wrongUse("需要 --moment / --moment is needed")
				}
				var rests canon.Hash
				if *after != "" {
					if rests, err = canon.ParseHash(*after); err != nil {
						return wrongUse("--after 须为 64 位十六进制摘要 / --after wants 64 hexadecimal digits")
					}
				}
				return s.releaseMoment(ctx, lot, *moment, rests, *file)
			}
		},
	}
}

func (s *session) releaseMoment(ctx context.Context, lot bidding.LotID, moment string, after canon.Hash, path string) error {
	home, err := s.desk()
	if err != nil {
		return err
	}
	c, err := s.connect(home)
	if err != nil {
		return err
	}
	file, checked, trust, err := s.fetchLot(ctx, c, home, lot)
	if err != nil {
		return err
	}
	known, err := file.Known()
	if err != nil {
		return err
	}
	who, err := s.identity(home)
	if err != nil {
		return err
	}
	if path == "" {
		path = home.MomentFile(checked.ID, moment)
	}
	r := desk.Release{Platform: c, Who: who, Trust: trust, Lot: checked, Known: known, Clock: s.world.Now}
	signed, err := r.Sign(ctx, path, moment, after)
	if err != nil {
		return err
	}
	hash, err := signed.Record.Hash()
	if err != nil {
		return err
	}
	s.say("标段 lot %v %s\n环节 moment %s\n依据 rests on %v\n开启记录 record %v\n已签名 signed: %s", checked.ID, checked.Name, moment, signed.Record.Body.After, hash, path)
	if signed.Missing > 0 {
		s.say("还需 %d 名解锁人用同一命令对该文件签名 / %d more officers must sign this file with the same command", signed.Missing, signed.Missing)
		return nil
	}
	if _, err := c.Login(ctx, who.Signer, checked.Class, bidding.Officer); err != nil {
		return err
	}
	if err := r.Send(ctx, signed.Record); err != nil {
		return err
	}
	s.say("已递交，该环节已开启 / handed in: the moment is released\n各解锁人请运行 now every officer runs: sealbid officer release --kinds %s %v", strings.Join(kindNames(checked, moment), ","), checked.ID)
	return nil
}

func kindNames(lot desk.Lot, moment string) []string {
	var names []string
	for _, k := range lot.KindsOf(moment) {
		names = append(names, string(k))
	}
	return names
}
