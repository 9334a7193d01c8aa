package terminal

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/pki"
)

const (
	envHome   = "SUNBID_HOME"
	envServer = "SUNBID_SERVER"
)

// session is one run of one command.
type session struct {
	world          World
	home           string
	server         string
	passphraseFile string
	trustFile      string
	quiet          bool
}

func (s *session) flags(fs *flag.FlagSet) {
	fs.StringVar(&s.home, "home", "", "存放密钥、状态和回执的文件夹，默认 $SUNBID_HOME 或用户配置目录 / folder of keys, state and receipts")
	fs.StringVar(&s.server, "server", "", "平台地址，默认 $SUNBID_SERVER 或上次使用的地址 / the platform's address, https://…")
	fs.StringVar(&s.passphraseFile, "passphrase-file", "", "存有口令的文件 / file that holds the passphrase")
	fs.StringVar(&s.trustFile, "trust", "", "信任列表文件，默认用 home 中保存的 / trust list, default the one kept in home")
	fs.BoolVar(&s.quiet, "quiet", false, "不显示进度 / no progress bars")
}

// desk opens the folder of this person's desk.
func (s *session) desk() (desk.Home, error) {
	dir := s.home
	if dir == "" {
		dir = s.world.Env(envHome)
	}
	if dir == "" {
		base, err := os.UserConfigDir()
		if err != nil {
			return desk.Home{}, wrongUse("请用 --home 指定文件夹 / give --home: %v", err)
		}
		dir = filepath.Join(base, "sunbid")
	}
	return desk.Home{Dir: dir}, nil
}

// identity opens the person's keys with the passphrase.
func (s *session) identity(home desk.Home) (*desk.Identity, error) {
	if _, _, err := desk.LoadCertificates(home.Identity()); err != nil {
		return nil, err // say so before asking for a passphrase
	}
	pass, err := s.passphrase(false)
	if err != nil {
		return nil, err
	}
	defer clear(pass)
	return desk.LoadIdentity(home.Identity(), pass)
}

// trust is the trust list given, else the one kept at the first contact with the platform.
func (s *session) trust(home desk.Home) (*pki.Trust, error) {
	if s.trustFile != "" {
		return desk.ReadTrust(s.trustFile)
	}
	return desk.ReadTrust(home.Trust())
}

func (s *session) say(format string, args ...any) { fmt.Fprintf(s.world.Out, format+"\n", args...) }

// warn tells what a person should look at although nothing is refused.
func (s *session) warn(format string, args ...any) {
	fmt.Fprintf(s.world.Err, "注意："+format+"\n", args...)
}

// finish turns an error into sentences and an exit code.
func finish(w World, c *command, err error) int {
	if err == nil {
		return ExitDone
	}
	var use usageError
	if errors.As(err, &use) {
		fmt.Fprintf(w.Err, "用法错误 / wrong use: %s\n用法 / usage: sealbid %s %s\n", use.say, c.name, c.usage)
		return ExitUsage
	}
	if errors.Is(err, desk.ErrOffline) {
		fmt.Fprintf(w.Err, "暂时连不上平台，请稍后再运行同一命令，会从中断处继续。\nThe platform cannot be reached now; run the same command again, it goes on where it stopped.\n  %v\n", err)
		return ExitOffline
	}
	code, say, english := explain(err)
	if say != "" {
		fmt.Fprintln(w.Err, say)
	}
	fmt.Fprintf(w.Err, "  %s", english)
	if code != "" {
		fmt.Fprintf(w.Err, " [%s]", code)
	}
	fmt.Fprintln(w.Err)
	return ExitRefused
}

// explain finds an error's code and its sentences.
func explain(err error) (code, say, english string) {
	var r *bidding.Refusal
	if errors.As(err, &r) {
		english = r.English
		if r.Detail != "" {
			english += ": " + r.Detail
		}
		say = r.Say
		if p, ok := law.Lookup(r.Article); ok {
			say += "（" + p.Title + "）"
		}
		return r.Code, say, english
	}
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		code = coded.Code()
	}
	var spoken interface{ Say() string }
	if errors.As(err, &spoken) {
		say = spoken.Say()
	}
	return code, say, err.Error()
}
