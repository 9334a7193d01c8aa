package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"sunbid/cmd/keyholder/config"
	"sunbid/cmd/keyholder/identity"
	"sunbid/cmd/keyholder/service"
	"sunbid/cmd/keyholder/store"
	"sunbid/cmd/keyholder/vault"
	"sunbid/crypto/custody"
)

func serve(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) (err error) {
	f := newFlags("serve", stderr)
	var p place
	p.flags(f)
	listen := f.String("listen", "127.0.0.1:0", "address to listen on")
	file := f.String("config", "", "configuration file")
	clockFile := f.String("clock-file", "", "rehearsal only: file with milliseconds to add to the clock, read at each use (仅限演练)")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	v, err := vault.Open(p.credential)
	if err != nil {
		return err
	}
	id, err := identity.Open(p.dir, v)
	if err != nil {
		return err
	}
	c, err := config.Load(*file)
	if err != nil {
		return err
	}
	if c.Class != id.Class {
		return fmt.Errorf("this keyholder is of class %s, the configuration of class %s: rehearsal and production do not mix (演练与正式不得混用)", id.Class, c.Class)
	}
	clock, err := newClock(now, *clockFile, id.Class)
	if err != nil {
		return err
	}
	known, err := c.Known()
	if err != nil {
		return err
	}
	clients, monitors, err := c.Pins()
	if err != nil {
		return err
	}
	state, err := store.Open(filepath.Join(p.dir, "state"), v)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	keeper, err := custody.NewKeeper(rand.Reader, known, id.Signer, id.Opener, state, clock)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	door := service.New(keeper, clients, monitors, version, log)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	server := door.Server(id.TLS)
	log.Info("listening", "addr", listener.Addr().String(), "class", id.Class, "name", id.Name, "version", version)
	fmt.Fprintln(stdout, "listening", listener.Addr())
	return door.Serve(ctx, server, func() error { return server.ServeTLS(listener, "", "") })
}
