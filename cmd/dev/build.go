package main

import (
	"context"
	"os"
	"strings"
)

// build compiles every program but this one into bin/.
func build(ctx context.Context) error {
	listed, err := command("go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./cmd/...").output(ctx)
	if err != nil {
		return err
	}
	compile := []string{"go", "build", "-trimpath", "-o", "bin/"}
	for _, program := range strings.Fields(listed) {
		if !strings.HasSuffix(program, "/cmd/dev") {
			compile = append(compile, program)
		}
	}
	return command(compile...).run(ctx, os.Stderr)
}
