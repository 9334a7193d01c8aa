package terminal

import (
	"context"
	"flag"
	"path/filepath"

	"sunbid/bidding/party"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/pki"
)

func keygen() command {
	return command{
		name: "keygen", usage: "--org 单位名称 [--name 姓名] --code 代码",
		zh: "生成签名密钥和加密密钥（SM2，用口令加密保存）及证书申请。",
		en: "Make the signing and the encryption key (SM2, kept under a passphrase) and their certificate requests.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			var subject pki.Subject
			fs.StringVar(&subject.Organisation, "org", "", "单位名称 / the organisation's name")
			fs.StringVar(&subject.Name, "name", "", "证书上的名称，默认同单位名称 / the name in the certificate, default the organisation's")
			fs.StringVar(&subject.Code, "code", "", "统一社会信用代码，个人用不含身份信息的编号；不得填写身份证号 / unified social credit code, or a pseudonymous identifier; never an ID number")
			return func(_ context.Context, s *session, args []string) error {
				if len(args) != 0 || (subject.Organisation == "" && subject.Name == "") || subject.Code == "" {
					return wrongUse("需要 --org 和 --code / --org and --code are needed")
				}
				if subject.Name == "" {
					subject.Name = subject.Organisation
				}
				if subject.Organisation != "" && !party.ValidCode(subject.Code) {
					return party.ErrCode // said now: the keys would be made, and certified, for nobody
				}
				home, err := s.desk()
				if err != nil {
					return err
				}
				pass, err := s.passphrase(true)
				if err != nil {
					return err
				}
				defer clear(pass)
				if _, err := desk.Generate(home.Identity(), subject, pass); err != nil {
					return err
				}
				s.say("密钥已生成，保存在 %s；请备份，并牢记口令。\nThe keys are in %s; keep a copy and remember the passphrase.", home.Identity(), home.Identity())
				s.say("证书申请 / certificate requests: %s, %s", filepath.Join(home.Identity(), "signing.csr.pem"), filepath.Join(home.Identity(), "encryption.csr.pem"))
				return nil
			}
		},
	}
}

func certificates() command {
	return command{
		name: "certificates", usage: "--signing 文件 --encryption 文件",
		zh: "导入认证机构（CA）为本机密钥签发的两张证书。",
		en: "Import the two certificates that a CA issued for the keys kept here.",
		prepare: func(fs *flag.FlagSet) func(context.Context, *session, []string) error {
			signing := fs.String("signing", "", "签名证书 / signing certificate (PEM or DER)")
			encryption := fs.String("encryption", "", "加密证书 / encryption certificate (PEM or DER)")
			return func(_ context.Context, s *session, args []string) error {
				if len(args) != 0 || *signing == "" || *encryption == "" {
					return wrongUse("需要 --signing 和 --encryption / both certificates are needed")
				}
				home, err := s.desk()
				if err != nil {
					return err
				}
				sc, err := desk.ReadCertificate(*signing)
				if err != nil {
					return err
				}
				ec, err := desk.ReadCertificate(*encryption)
				if err != nil {
					return err
				}
				if err := desk.SaveCertificates(home.Identity(), sc, ec); err != nil {
					return err
				}
				s.say("证书已导入 / certificates imported: %s", sc.Subject().Name)
				return nil
			}
		},
	}
}
