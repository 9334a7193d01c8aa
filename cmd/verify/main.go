// Command verify checks, offline and without trusting anybody, what the platform published or gave out (离线验证工具):
//
//	verify bundle DIR [--trust FILE] [--json]
//	verify receipt FILE [--trust FILE] [--json]
//
// Exit codes: 0 everything holds; 1 something is broken, and it is named; 2 called wrongly.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"sunbid/crypto/bundle"
	"sunbid/crypto/pki"
)

const (
	exitHolds  = 0
	exitBroken = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const usage = `用法 / usage:
  verify bundle 文件夹 [--trust 文件] [--json]     核对标段公开数据包 / check the public bundle of a lot
  verify receipt 文件 [--trust 文件] [--json]      核对投标回执 / check a receipt
不给 --trust 时，只列出所依赖的密钥指纹，不核对信任 / without --trust the keys' fingerprints are printed and trust is not checked
退出码 / exit codes: 0 全部通过 holds · 1 有不符之处 broken · 2 用法错误 wrong use
`

func run(args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(errs, usage)
		return exitUsage
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		fmt.Fprint(out, usage)
		return exitHolds
	}
	what := args[0]
	fs := flag.NewFlagSet("verify "+what, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	trustFile := fs.String("trust", "", "")
	asJSON := fs.Bool("json", false, "")
	plain, err := parse(fs, args[1:])
	if err != nil || len(plain) != 1 || (what != "bundle" && what != "receipt") {
		fmt.Fprint(errs, usage)
		return exitUsage
	}
	trust, err := readTrust(*trustFile)
	if err != nil {
		fmt.Fprintf(errs, "信任列表无法使用 / the trust list cannot be used: %v\n", err)
		return exitUsage
	}
	check := checkBundle
	if what == "receipt" {
		check = checkReceipt
	}
	report, err := check(plain[0], trust)
	if err != nil {
		fmt.Fprintf(errs, "无法读取 / cannot be read: %v\n", err)
		return exitUsage
	}
	show := printReport
	if *asJSON {
		show = printJSON
	}
	show(out, report)
	if !report.OK() {
		return exitBroken
	}
	return exitHolds
}

// parse lets flags stand before and after the plain argument.
func parse(fs *flag.FlagSet, args []string) ([]string, error) {
	var plain []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if args = fs.Args(); len(args) == 0 {
			return plain, nil
		}
		plain, args = append(plain, args[0]), args[1:]
	}
}

// checkBundle opens the folder so that nothing in it can lead out of it.
func checkBundle(dir string, trust *pki.Trust) (bundle.Report, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return bundle.Report{}, err
	}
	defer root.Close()
	return bundle.Verify(root.FS(), trust), nil
}

func checkReceipt(path string, trust *pki.Trust) (bundle.Report, error) {
	data, err := readBounded(path, bundle.MaxReceipt)
	if err != nil {
		return bundle.Report{}, err
	}
	return bundle.VerifyReceipt(data, trust), nil
}

const maxTrust = 2 << 20

// readTrust reads a trust list, bare or as a signed record. Who signed it is for its reader to know: it is where trust begins.
func readTrust(path string) (*pki.Trust, error) {
	if path == "" {
		return nil, nil
	}
	data, err := readBounded(path, maxTrust)
	if err != nil {
		return nil, err
	}
	if signed, err := pki.ParseSigned[pki.TrustList](data); err == nil {
		return signed.Body.Open()
	}
	return pki.ParseTrust(data)
}

func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is longer than %d bytes", path, limit)
	}
	return data, nil
}
