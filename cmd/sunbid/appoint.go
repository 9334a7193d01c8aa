package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/node"
)

// appoint approves an enrolled person, such as the centre's first operator, beside a running platform or without one.
func appoint(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("appoint", "ORG PERSON", stderr)
	file := f.String("config", "", "configuration file (配置文件)")
	role := f.String("role", string(bidding.Operator), "role that was enrolled for (角色)")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 2 {
		return errors.New("appoint takes an organisation and a person, as the enrolment named them")
	}
	org, err := bidding.ParseOrgID(f.Arg(0))
	if err != nil {
		return err
	}
	person, err := bidding.ParsePersonID(f.Arg(1))
	if err != nil {
		return err
	}
	c, err := node.Load(*file)
	if err != nil {
		return err
	}
	if err := node.Appoint(ctx, c, org, person, bidding.Role(*role), machine()); err != nil {
		return err
	}
	fmt.Fprintln(stdout, org, person, *role)
	return nil
}
