package terminal

import (
	"context"
	"flag"
	"path/filepath"
	"strings"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/web/client"
)

func archiveConfirm() command {
	return command{
		name: "archive confirm", usage: "归档密钥文件",
		zh: "档案保管人：用本机加密密钥打开并核对自己的归档密钥份额，然后在文件上签名确认（离线）。",
		en: "Archivist: open this machine's share of the archive key, check it, and sign the file (offline).",
		prepare: func(*flag.FlagSet) func(context.Context, *session, []string) error {
			return func(_ context.Context, s *session, args []string) error {
				if len(args) != 1 {
					return wrongUse("需要归档密钥文件 / the archive key's file")
				}
				who, err := s.own()
				if err != nil {
					return err
				}
				missing, err := desk.ConfirmArchiveKey(who, args[0])
				if err != nil {
					return err
				}
				s.say("已确认，还需 %d 名档案保管人确认 / confirmed, %d archivists are missing", missing, missing)
				return nil
			}
		},
	}
}

func archiveRelease() command {
	return command{
		name: "archive release", usage: "档案文件夹 --out 文件",
		zh: "档案保管人：核对档案，用自己的份额为全部已归档文件作部分解密并签名（离线）。该文件须与投标文件同等保密。",
		en: "Archivist: check the archive and make this share's partial decryptions of all its parts, signed (offline). Keep the file as secret as the bids.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			out := fs.String("out", "", "保存部分解密 / save the partial decryptions to this file")
			return func(_ context.Context, s *session, args []string) error {
				if len(args) != 1 || *out == "" {
					return wrongUse("需要档案文件夹和 --out / the archive's folder and --out")
				}
				folder, err := s.archive(args[0])
				if err != nil {
					return err
				}
				who, err := s.own()
				if err != nil {
					return err
				}
				if err := desk.ReleaseArchive(who, folder, *out); err != nil {
					return err
				}
				s.say("已保存 saved: %s（%d 个文件 parts）", *out, len(folder.Archive.Body.Parts))
				return nil
			}
		},
	}
}

func archiveOpen() command {
	return command{
		name: "archive open", usage: "档案文件夹 --out 文件夹 部分解密文件 …",
		zh: "用足够人数的部分解密文件打开档案中的全部文件，逐字节还原（离线）。",
		en: "Open every part of an archive with the files of enough archivists, byte for byte (offline).",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			out := fs.String("out", "", "写入的文件夹 / the folder to write")
			return func(_ context.Context, s *session, args []string) error {
				if len(args) < 2 || *out == "" {
					return wrongUse("需要档案文件夹、部分解密文件和 --out / the archive's folder, partial decryptions and --out")
				}
				folder, err := s.archive(args[0])
				if err != nil {
					return err
				}
				names, err := desk.OpenArchive(folder, args[1:], *out)
				for _, name := range names {
					s.say("%s", filepath.Join(*out, name))
				}
				return err
			}
		},
	}
}

// own is this desk's identity.
func (s *session) own() (*desk.Identity, error) {
	home, err := s.desk()
	if err != nil {
		return nil, err
	}
	return s.identity(home)
}

// archive reads and checks an archive folder against the trust list.
func (s *session) archive(dir string) (bundle.ArchiveFolder, error) {
	home, err := s.desk()
	if err != nil {
		return bundle.ArchiveFolder{}, err
	}
	trust, err := s.trust(home)
	if err != nil {
		return bundle.ArchiveFolder{}, err
	}
	return bundle.ReadArchive(dir, trust.IsPlatform)
}

func archiveSend() command {
	return command{
		name: "archive send", usage: "标段编号 归档密钥文件",
		zh: "招标人：递交全体档案保管人已确认的归档密钥，平台随即归档。",
		en: "Tenderer: hand in the archive key that all archivists confirmed; the platform then archives the lot.",
		prepare: func(*flag.FlagSet) func(context.Context, *session, []string) error {
			return func(ctx context.Context, s *session, args []string) error {
				if len(args) != 2 {
					return wrongUse("需要标段编号和归档密钥文件 / the lot and the archive key's file")
				}
				lot, err := bidding.ParseLotID(args[0])
				if err != nil {
					return err
				}
				key, err := desk.ReadArchiveKey(args[1])
				if err != nil {
					return err
				}
				c, _, err := s.asTenderer(ctx, bidding.Class(key.Body.Class))
				if err != nil {
					return err
				}
				if err := c.Archive(ctx, lot, key); err != nil {
					return err
				}
				s.say("归档密钥已递交 / the archive key is handed in")
				return nil
			}
		},
	}
}

func archiveErase() command {
	return command{
		name: "archive erase", usage: "标段编号 --class 类别",
		zh: "招标人：归档完成后签署销毁指令，由密钥保管方销毁开标密钥份额，不可撤回。请先试开档案。",
		en: "Tenderer: after archiving, order the keyholders to destroy their shares. It cannot be undone: try the archive first.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			class := fs.String("class", string(bidding.Production), "production 或 rehearsal")
			return func(ctx context.Context, s *session, args []string) error {
				lot, err := oneLot(args)
				if err != nil {
					return err
				}
				if !bidding.Class(*class).Valid() {
					return wrongUse("--class 须为 production 或 rehearsal / production or rehearsal")
				}
				c, who, err := s.asTenderer(ctx, bidding.Class(*class))
				if err != nil {
					return err
				}
				file, err := c.ArchiveFile(ctx, lot)
				if err != nil {
					return err
				}
				order, err := desk.OrderArchivedErasure(who, lot, file.Archive)
				if err != nil {
					return err
				}
				if err := c.EraseArchived(ctx, lot, order); err != nil {
					return err
				}
				s.say("销毁指令已递交 / the order to erase is handed in")
				return nil
			}
		},
	}
}

func archiveDeal() command {
	return command{
		name: "archive deal", usage: "--class 类别 --tender 项目 --lot 标段 --threshold k --archivist 名称,签名证书,加密证书 … --out 文件",
		zh: "招标人：在本机生成归档密钥，分发给各档案保管人的证书并签名；密钥用后即毁。",
		en: "Tenderer: make the archive key on this machine, deal it to the archivists' certificates and sign; the secret is erased.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			class := fs.String("class", string(bidding.Production), "production 或 rehearsal")
			tender := fs.String("tender", "", "招标项目编号 / tender")
			lot := fs.String("lot", "", "标段编号 / lot")
			threshold := fs.Int("threshold", 2, "打开档案所需人数 / archivists needed")
			out := fs.String("out", "", "保存签名记录 / save the signed record to this file")
			var people list
			fs.Var(&people, "archivist", "名称,签名证书文件,加密证书文件，可多次 / name,signing file,encryption file; repeatable")
			return func(_ context.Context, s *session, args []string) error {
				if len(args) != 0 || *tender == "" || *lot == "" || len(people) == 0 || *out == "" || !bidding.Class(*class).Valid() {
					return wrongUse("需要 --class、--tender、--lot、--archivist 和 --out")
				}
				t, err := bidding.ParseTenderID(*tender)
				if err != nil {
					return err
				}
				l, err := bidding.ParseLotID(*lot)
				if err != nil {
					return err
				}
				dealt, err := holders(people, "archivist")
				if err != nil {
					return err
				}
				who, err := s.own()
				if err != nil {
					return err
				}
				d := custody.Dealing{Class: *class, Tender: t.String(), Lot: l.String(), Threshold: *threshold, DealtAt: canon.At(s.world.Now())}
				if err := desk.DealArchive(who, d, dealt, *out); err != nil {
					return err
				}
				s.say("归档密钥已分发，待 %d 名档案保管人确认 / dealt: %d archivists must confirm it", len(dealt), len(dealt))
				return nil
			}
		},
	}
}

// holders reads 名称,签名证书,加密证书 of each person to deal to.
func holders(texts []string, role string) ([]custody.Officer, error) {
	var out []custody.Officer
	for _, text := range texts {
		f := strings.Split(text, ",")
		if len(f) != 3 {
			return nil, wrongUse("须为 名称,签名证书,加密证书 / name,signing,encryption")
		}
		o := custody.Officer{Name: f[0], Role: role}
		var err error
		if o.Signing, err = desk.ReadCertificate(f[1]); err != nil {
			return nil, err
		}
		if o.Encryption, err = desk.ReadCertificate(f[2]); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func (s *session) asTenderer(ctx context.Context, class bidding.Class) (*client.Client, *desk.Identity, error) {
	home, err := s.desk()
	if err != nil {
		return nil, nil, err
	}
	c, err := s.connect(home)
	if err != nil {
		return nil, nil, err
	}
	who, err := s.login(ctx, c, home, class, bidding.Tenderer)
	return c, who, err
}
