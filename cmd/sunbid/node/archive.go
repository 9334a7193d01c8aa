package node

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"sunbid/bidding"
	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/storage/postgres"
)

var errNotArchived = bidding.Refuse("archive-not-made", bidding.Early, "", "本标段尚未归档，没有可导出的档案。", "the lot is not archived yet")

// ExportArchive writes the archive of a lot for its archivists into dir, which must not exist: the archive key, the archive record, their
// signers' certificates, and every archived part as it was sealed. It may run beside a serving process. Nothing in the folder is plain.
func ExportArchive(ctx context.Context, c Config, lot bidding.LotID, dir string, clock bidding.Clock) error {
	own, err := c.keys()
	if err != nil {
		return err
	}
	n := &Node{config: c, clock: clock}
	st, err := n.open(ctx, own)
	if err != nil {
		return err
	}
	defer n.close()
	e := &exporter{ctx: ctx, lot: lot, tenders: postgres.NewTenders(st.db), openings: postgres.NewOpenings(st.db), uploads: postgres.NewUploads(st.db), trusted: st.trusted, vault: vault{st.objects}}
	if err := e.archive(dir, own.platform.Certificate()); err != nil {
		return fmt.Errorf("export archive of %s: %w", lot, err)
	}
	return nil
}

func (e *exporter) archive(dir string, platform *pki.Certificate) (err error) {
	if _, e.state, err = e.openings.Load(e.ctx, e.lot); err != nil {
		return err
	}
	if e.state.Archive.IsZero() {
		return errNotArchived
	}
	var key pki.Signed[custody.ArchiveKey]
	var archive pki.Signed[custody.Archive]
	if err := fetch(e, e.state.ArchiveKey, &key); err != nil {
		return err
	}
	if err := fetch(e, e.state.Archive, &archive); err != nil {
		return err
	}
	var certificates []*pki.Certificate
	for _, f := range append(key.Signers(), archive.Signers()...) {
		c := platform
		if f != platform.Fingerprint() {
			if c, err = e.trusted.Find(e.ctx, f); err != nil {
				return err
			}
		}
		certificates = append(certificates, c)
	}
	return bundle.WriteArchive(dir, key, archive, certificates, e.archived)
}

// archived is a part's sealed file, streamed.
func (e *exporter) archived(p custody.ArchivedPart) (io.ReadCloser, error) {
	parts, err := e.uploads.Fronts(e.ctx, e.lot, []canon.Hash{p.Digest})
	if err != nil {
		return nil, err
	}
	part := parts[p.Digest]
	chunks, err := e.vault.Chunks(e.ctx, part)
	if err != nil {
		return nil, err
	}
	return whole{io.MultiReader(bytes.NewReader(part.Front), chunks), chunks}, nil
}
