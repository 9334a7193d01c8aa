package terminal

import (
	"flag"
	"fmt"
	"io"
)

func printHelp(w io.Writer) {
	fmt.Fprint(w, `sealbid：阳光标投标与解锁工具（Sunbid, the bidder's and the opening officer's desk）

用法 / usage: sealbid 命令 [选项] …    （sealbid 命令 -h 查看该命令的选项）

`)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-17s %s\n  %-17s %s\n", c.name, c.zh, "", c.en)
	}
	fmt.Fprint(w, `
口令 / passphrase: 交互输入，或 --passphrase-file 文件，或环境变量 SUNBID_PASSPHRASE；不会出现在命令行参数中。
               Asked for on the terminal, or read from a file or the environment; never an argument.
退出码 / exit codes: 0 完成 done · 1 被拒绝或有错 refused or broken · 2 用法错误 wrong use · 3 暂时连不上平台 platform not reachable
`)
}

func printUsage(w io.Writer, c *command, fs *flag.FlagSet) {
	fmt.Fprintf(w, "用法 / usage: sealbid %s %s\n%s\n%s\n\n选项 / options:\n", c.name, c.usage, c.zh, c.en)
	fs.SetOutput(w)
	fs.PrintDefaults()
	fs.SetOutput(io.Discard)
}
