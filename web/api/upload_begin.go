package api

import (
	"context"
	"net/http"

	"sunbid/bidding/bid"
	"sunbid/web/api/wire"
)

func (s *Server) beginUpload() {
	add(s, action{http.MethodPost, "/lots/{id}/uploads", "begin-upload", "bid", "开始上传一个加密文件", 201},
		func(ctx context.Context, in *onLot[wire.UploadRequest]) (wire.Upload, error) {
			u, err := s.services.Bids.Begin(ctx, in.actor(), in.Lot, in.Body.Kind, in.Body.Size, in.Body.Chunks)
			return upload(u), err
		})
}

// groupChunks is how many chunks make one part of an upload.
const groupChunks = 8

// upload tells what is still owed; where the octets lie is nobody's business.
func upload(u bid.Upload) wire.Upload {
	out := wire.Upload{
		ID: u.ID, Lot: u.Lot, Kind: u.Kind, Size: u.Size, Chunks: u.Chunks,
		Owed: owed(u), Sealed: u.Sealed, ExpiresAt: u.ExpiresAt,
	}
	if u.Sealed {
		out.Digest = &u.Digest
	}
	return out
}

func owed(u bid.Upload) []int {
	have := make(map[int]bool, len(u.Pieces))
	for _, p := range u.Pieces {
		have[p.N] = true
	}
	list := []int{}
	for n := 0; n*groupChunks < u.Chunks; n++ {
		if !have[n] {
			list = append(list, n)
		}
	}
	return list
}
