package main

import (
	"context"

	"sunbid/cmd/sunbid/stack"
)

func seed(ctx context.Context, s *stack.Stack, dir string) error { return nil }
