package main

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// build compiles every program but this one into bin/.
func build(ctx context.Context) error {
	listed, err := command("go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./cmd/...").output(ctx)
	if err != nil {
		return err
	}
	fmt.Println("正在编译，首次需要几分钟 / building, the first time takes some minutes …")
	compile := []string{"go", "build", "-trimpath", "-o", "bin/"}
	for _, program := range strings.Fields(listed) {
		if !strings.HasSuffix(program, "/cmd/dev") {
			compile = append(compile, program)
		}
	}
	return command(compile...).run(ctx, os.Stderr)
}
