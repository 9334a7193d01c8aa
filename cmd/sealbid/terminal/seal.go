package terminal

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"strings"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/seal"
)

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(v string) error { *l = append(*l, v); return nil }

// readoutFlags say a read-out on the command line.
type readoutFlags struct {
	file, name, code, price, quality, security, manager string
	rate, days                                          int64
	extra                                               list
}

func (r *readoutFlags) define(fs *flag.FlagSet) {
	fs.StringVar(&r.file, "readout", "", "开标一览表 JSON 文件 / the read-out as a JSON file")
	fs.StringVar(&r.price, "price", "", "投标报价，单位元，最多两位小数 / price in yuan, at most two decimals")
	fs.Int64Var(&r.rate, "rate-ppm", -1, "费率或折扣，百万分之一 / rate in parts per million")
	fs.Int64Var(&r.days, "days", 0, "工期，日历天 / duration in days")
	fs.StringVar(&r.quality, "quality", "合格", "质量承诺 / quality")
	fs.StringVar(&r.security, "security", "", "投标保证金 / bid security")
	fs.StringVar(&r.manager, "manager", "", "项目经理 / project manager")
	fs.StringVar(&r.name, "bidder-name", "", "投标人名称，默认取证书 / default from the certificate")
	fs.StringVar(&r.code, "bidder-code", "", "统一社会信用代码，默认取证书 / default from the certificate")
	fs.Var(&r.extra, "extra", "其他唱标内容，名称=内容，可多次 / further item name=text, repeatable")
}

func (r *readoutFlags) given() bool { return r.file != "" || r.price != "" || r.rate >= 0 }

// content builds the read-out from the file or from the flags.
func (r *readoutFlags) content(who *desk.Identity) ([]byte, error) {
	if r.file != "" {
		if r.price != "" || r.rate >= 0 {
			return nil, wrongUse("--readout 与 --price、--rate-ppm 只能选一 / give the file or the price, not both")
		}
		return desk.ReadReadout(r.file)
	}
	subject := who.Signing.Subject()
	out := seal.Readout{Type: seal.ReadoutType, Bidder: seal.Party{Name: orText(r.name, orText(subject.Organisation, subject.Name)), Code: orText(r.code, subject.Code)},
		DurationDays: r.days, Quality: r.quality, Security: r.security, Manager: r.manager, Extra: map[string]string{}}
	if r.price != "" {
		fen, err := bidding.ParseYuan(r.price)
		if err != nil {
			return nil, err
		}
		n := int64(fen)
		out.PriceFen = &n
	}
	if r.rate >= 0 {
		out.RatePPM = &r.rate
	}
	for _, e := range r.extra {
		name, text, ok := strings.Cut(e, "=")
		if !ok || out.Extra[name] != "" {
			return nil, wrongUse("--extra 须为“名称=内容”，名称不重复 / --extra wants name=text, no name twice")
		}
		out.Extra[name] = text
	}
	return out.Encode()
}

func orText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func sealCommand() command {
	return command{
		name: "seal", usage: "--lot-file 文件 [--readout 文件 | --price 元] [--body 文件 …]",
		zh: "离线加密投标文件：先核对标段密钥的全部签名、绑定和日志证明，不符就不加密。",
		en: "Seal a bid offline: check the lot's keys, binding and log proofs, then encrypt. Needs no network.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			lotFile := fs.String("lot-file", "", "sealbid fetch 保存的标段文件 / the lot file that fetch saved")
			lotID := fs.String("lot", "", "标段编号，用于核对 / the lot it must be")
			var readout readoutFlags
			readout.define(fs)
			files := map[seal.Kind]*list{}
			for _, k := range []struct {
				kind seal.Kind
				help string
			}{{seal.KindBody, "投标文件正文 / bid documents"}, {seal.KindTechnical, "技术标 / technical part"}, {seal.KindPrice, "商务标、报价文件 / price documents"},
				{seal.KindIdentity, "暗标身份表 / identity table"}, {seal.KindEvidence, "证明材料 / evidence"}} {
				files[k.kind] = &list{}
				fs.Var(files[k.kind], fileFlag(k.kind), k.help+"，可多次 (repeatable)")
			}
			return func(ctx context.Context, s *session, args []string) error {
				*files[seal.KindBody] = append(*files[seal.KindBody], args...)
				if *lotFile == "" {
					return wrongUse("需要 --lot-file / --lot-file is needed")
				}
				return s.seal(ctx, *lotFile, *lotID, &readout, files)
			}
		},
	}
}

// fileFlag names the flag of a kind's files; --price is the amount.
func fileFlag(k seal.Kind) string {
	if k == seal.KindPrice {
		return "price-file"
	}
	return string(k)
}

// part is one part to seal.
type part struct {
	kind    seal.Kind
	content io.ReaderAt
	size    int64
}

func (s *session) seal(ctx context.Context, lotFile, lotID string, readout *readoutFlags, files map[seal.Kind]*list) error {
	home, err := s.desk()
	if err != nil {
		return err
	}
	lot, err := s.checkedLot(home, lotFile, lotID)
	if err != nil {
		return err
	}
	who, err := s.identity(home)
	if err != nil {
		return err
	}
	parts, done, err := gatherParts(who, readout, files)
	if err != nil {
		return err
	}
	defer done()
	if err := s.warnPrice(lot, parts); err != nil {
		return err
	}
	bid, err := desk.LoadBid(home, lot)
	if err != nil {
		return err
	}
	bid.Bind(lot)
	for _, p := range parts {
		b := s.bar("加密 sealing " + string(p.kind))
		sealed, err := desk.SealTo(ctx, lot, who, p.kind, p.content, p.size, home.Lot(lot.ID), b.Set)
		b.End()
		if err != nil {
			return err
		}
		bid.Put(sealed)
		if err := bid.Save(home); err != nil {
			return err
		}
		s.say("已加密 sealed %-9s %10s  %s", p.kind, mib(sealed.Size), sealed.File)
	}
	for _, k := range bid.Missing(lot) {
		s.warn("还缺 %s：本标段要求，没有它不能递交。 / still missing: the lot requires part %q", k, k)
	}
	return nil
}

// warnPrice tells of a price above the public ceiling (最高投标限价). It is a warning: whether such a bid is rejected is for the evaluation
// (招标投标法实施条例 art. 51), not for this program.
func (s *session) warnPrice(lot desk.Lot, parts []part) error {
	for _, p := range parts {
		if p.kind != seal.KindReadout || lot.CeilingFen == 0 {
			continue
		}
		content := make([]byte, p.size)
		if _, err := p.content.ReadAt(content, 0); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		r, err := seal.ParseReadout(content)
		if err != nil {
			return err
		}
		if r.PriceFen != nil && bidding.Fen(*r.PriceFen) > lot.CeilingFen {
			s.warn("报价高于最高投标限价 %v 元。 / the price is above the ceiling of %v yuan", lot.CeilingFen, lot.CeilingFen)
		}
	}
	return nil
}

// checkedLot reads a lot file and checks everything in it, the clock included.
func (s *session) checkedLot(home desk.Home, path, want string) (desk.Lot, error) {
	file, err := desk.ReadLotFile(path)
	if err != nil {
		return desk.Lot{}, err
	}
	trust, err := s.trust(home)
	if err != nil {
		return desk.Lot{}, err
	}
	lot, err := file.Check(trust)
	if err != nil {
		return desk.Lot{}, err
	}
	var id bidding.LotID
	if want != "" {
		if id, err = bidding.ParseLotID(want); err != nil {
			return desk.Lot{}, err
		}
	}
	s.say("标段 lot %v %s：%d 家密钥保管方签名、绑定、日志证明均已核对；开标时间 %s（北京时间）。\n  all keys of the lot are checked; opens at %s",
		lot.ID, lot.Name, lot.Keyholders, shanghai(lot.OpeningAt), lot.OpeningAt.UTC().Format("2006-01-02T15:04:05Z"))
	return lot, lot.Open(id, s.world.Now())
}

func gatherParts(who *desk.Identity, readout *readoutFlags, files map[seal.Kind]*list) ([]part, func(), error) {
	var parts []part
	var closers []func()
	done := func() {
		for _, c := range closers {
			c()
		}
	}
	if readout.given() {
		content, err := readout.content(who)
		if err != nil {
			return nil, nil, err
		}
		parts = append(parts, part{seal.KindReadout, bytes.NewReader(content), int64(len(content))})
	}
	for _, kind := range []seal.Kind{seal.KindBody, seal.KindTechnical, seal.KindPrice, seal.KindIdentity, seal.KindEvidence} {
		if len(*files[kind]) == 0 {
			continue
		}
		c, closeFiles, err := desk.OpenFiles(*files[kind])
		if err != nil {
			done()
			return nil, nil, err
		}
		closers = append(closers, closeFiles)
		parts = append(parts, part{kind, c, c.Size()})
	}
	if len(parts) == 0 {
		return nil, nil, wrongUse("没有要加密的内容 / nothing to seal: give --readout, --price or files")
	}
	return parts, done, nil
}
