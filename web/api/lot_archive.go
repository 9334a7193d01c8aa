package api

import (
	"context"
	"net/http"

	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
)

func (s *Server) getArchive() {
	add(s, action{http.MethodGet, "/lots/{id}/archive", "get-archive", "opening", "归档密钥、归档记录与密钥销毁情况", 200},
		func(ctx context.Context, in *ofLot) (out wire.Archive, err error) {
			f, err := s.services.Openings.ArchiveFile(ctx, in.actor(), in.Lot)
			if err != nil {
				return out, err
			}
			out = wire.Archive{Erased: []wire.Record{}, Certificates: f.Certificates}
			if out.Key, err = whole(f.Key); err != nil {
				return out, err
			}
			if out.Archive, err = whole(f.Archive); err != nil {
				return out, err
			}
			if out.Order, err = whole(f.Order); err != nil {
				return out, err
			}
			for _, e := range f.Erased {
				raw, err := whole(&e)
				if err != nil {
					return out, err
				}
				out.Erased = append(out.Erased, raw)
			}
			return out, nil
		})
}

// whole is a signed record as it travels; nil stays nil.
func whole[T any](r *pki.Signed[T]) (wire.Record, error) {
	if r == nil {
		return nil, nil
	}
	return r.Marshal()
}

func (s *Server) archiveLot() {
	add(s, action{http.MethodPost, "/lots/{id}/archive", "archive-lot", "opening", "登记归档密钥并归档（由招标人签署、全体档案保管人确认的 sunbid/archive-key/v1）", 200},
		func(ctx context.Context, in *recordForLot) (wire.Done, error) {
			key, err := signed[custody.ArchiveKey](in.RawBody)
			if err != nil {
				return wire.Done{}, err
			}
			return done(s.services.Openings.Archive(ctx, in.actor(), in.Lot, key))
		})
}

func (s *Server) eraseArchived() {
	add(s, action{http.MethodPost, "/lots/{id}/archive/erasure", "erase-archived", "opening", "归档后下达密钥销毁指令（签名记录 sunbid/erasure-order/v1）", 200},
		func(ctx context.Context, in *recordForLot) (wire.Done, error) {
			order, err := signed[custody.ErasureOrder](in.RawBody)
			if err != nil {
				return wire.Done{}, err
			}
			return done(s.services.Openings.OrderErasure(ctx, in.actor(), in.Lot, order))
		})
}
