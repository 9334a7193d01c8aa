package terminal

import (
	"context"
	"errors"
	"strings"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/pki"
	"sunbid/web/client"
)

const maxAddress = 2048

// connect makes a client of the platform: the address given, else of the environment, else the one used last, which is kept.
func (s *session) connect(home desk.Home) (*client.Client, error) {
	address := orText(s.server, s.world.Env(envServer))
	kept, err := desk.ReadFile(home.Server(), maxAddress)
	if err != nil && !errors.Is(err, desk.ErrFileMissing) {
		return nil, err
	}
	if address == "" {
		address = strings.TrimSpace(string(kept))
	}
	if address == "" {
		return nil, wrongUse("不知道平台地址，请用 --server 指定 / give the platform's address with --server")
	}
	c, err := client.New(address, nil)
	if err != nil {
		return nil, wrongUse("平台地址不正确 / %v", err)
	}
	if address != string(kept) {
		return c, desk.WriteFile(home.Server(), []byte(address))
	}
	return c, nil
}

// bidder fetches and checks the lot's keys as they are now, logs in, and is ready to hand in.
func (s *session) bidder(ctx context.Context, lot bidding.LotID) (desk.Bidder, error) {
	home, err := s.desk()
	if err != nil {
		return desk.Bidder{}, err
	}
	c, err := s.connect(home)
	if err != nil {
		return desk.Bidder{}, err
	}
	file, checked, trust, err := s.fetchLot(ctx, c, home, lot)
	if err != nil {
		return desk.Bidder{}, err
	}
	who, err := s.login(ctx, c, home, checked.Class, bidding.Bidder)
	if err != nil {
		return desk.Bidder{}, err
	}
	return desk.Bidder{Platform: c, Home: home, Lot: checked, Who: who, Trust: trust, Known: file.Certificates}, nil
}

// fetchLot asks for the lot's keys, checks and keeps them.
func (s *session) fetchLot(ctx context.Context, c *client.Client, home desk.Home, lot bidding.LotID) (desk.LotFile, desk.Lot, *pki.Trust, error) {
	trust, err := s.agreeTrust(ctx, c, home)
	if err != nil {
		return desk.LotFile{}, desk.Lot{}, nil, err
	}
	file, err := desk.Fetch(ctx, c, lot, s.world.Now())
	if err != nil {
		return desk.LotFile{}, desk.Lot{}, nil, err
	}
	checked, err := file.Check(trust)
	if err != nil {
		return desk.LotFile{}, desk.Lot{}, nil, err
	}
	return s.keepLot(home, lot, file, checked, trust)
}

// keepLot keeps a checked lot file, if it is of the lot that was asked for.
func (s *session) keepLot(home desk.Home, lot bidding.LotID, file desk.LotFile, checked desk.Lot, trust *pki.Trust) (desk.LotFile, desk.Lot, *pki.Trust, error) {
	if checked.ID != lot {
		return desk.LotFile{}, desk.Lot{}, nil, desk.ErrLotOther.With(checked.ID.String())
	}
	return file, checked, trust, desk.SaveJSON(home.LotFile(lot), file)
}

// awaitLot is fetchLot for an officer, who may be there before the log has the lot's keys, and while the platform restarts.
func (s *session) awaitLot(ctx context.Context, c *client.Client, home desk.Home, lot bidding.LotID) (desk.LotFile, desk.Lot, *pki.Trust, error) {
	trust, err := s.agreeTrust(ctx, c, home)
	if err != nil {
		return desk.LotFile{}, desk.Lot{}, nil, err
	}
	file, checked, err := desk.AwaitLot(ctx, c, lot, trust, s.world.Now, poll, func(why error) {
		s.say("%s  等待标段密钥 waiting for the lot's keys: %v", shanghai(s.world.Now()), why)
	})
	if err != nil {
		return desk.LotFile{}, desk.Lot{}, nil, err
	}
	return s.keepLot(home, lot, file, checked, trust)
}

// loginPatiently logs an officer in, also when the platform comes back only after a while.
func (s *session) loginPatiently(ctx context.Context, c *client.Client, home desk.Home, class bidding.Class) (*desk.Identity, error) {
	who, err := s.identity(home)
	if err != nil {
		return nil, err
	}
	return who, desk.LoginPatiently(ctx, c, who, class, bidding.Officer, s.world.Now, poll)
}

// agreeTrust is the trust list given with --trust, else the one kept, which must be the platform's still; the first is shown.
func (s *session) agreeTrust(ctx context.Context, c *client.Client, home desk.Home) (*pki.Trust, error) {
	if s.trustFile != "" {
		return desk.ReadTrust(s.trustFile)
	}
	trust, first, err := desk.KeepTrust(ctx, c, home)
	if err != nil || !first {
		return trust, err
	}
	s.say("首次连接：已保存平台的信任列表，请与可信渠道公布的指纹比对。\nFirst contact: the platform's trust list is kept; compare these fingerprints with published ones.")
	for _, f := range trust.Platform {
		s.say("  platform   %v", f)
	}
	for _, f := range trust.Log {
		s.say("  log        %v", f)
	}
	for _, f := range trust.Keyholders {
		s.say("  keyholder  %v", f)
	}
	return trust, nil
}

func (s *session) login(ctx context.Context, c *client.Client, home desk.Home, class bidding.Class, role bidding.Role) (*desk.Identity, error) {
	who, err := s.identity(home)
	if err != nil {
		return nil, err
	}
	_, err = c.Login(ctx, who.Signer, class, role)
	return who, err
}
