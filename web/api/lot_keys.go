package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) getKeys() {
	add(s, action{http.MethodGet, "/lots/{id}/keys", "get-lot-keys", "public", "标段的密钥、绑定与延期记录", 200},
		func(ctx context.Context, in *ofLot) (wire.Keys, error) {
			k, err := s.services.Gazette.Keys(ctx, in.Lot)
			return wire.Keys{
				KeyRecord: k.KeyRecord, OfficerKey: k.OfficerKey, Binding: k.Binding,
				Postponements: records(k.Postponements), Certificates: k.Certificates, Proofs: records(k.Events),
			}, err
		})
}

// records marks stored bytes as the JSON they are.
func records(list [][]byte) []wire.Record {
	out := make([]wire.Record, len(list))
	for i, b := range list {
		out[i] = b
	}
	return out
}
