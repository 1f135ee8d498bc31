package service

import (
	"google.golang.org/protobuf/proto"

	"tumen/service/access"
	"tumen/service/records"
)

// replyBytes bounds what a list puts into one reply: clients take 4 MiB unless
// they ask for more, and one record more may follow the bound.
const replyBytes = 2 << 20

// found is one of what a list found.
type found struct {
	record records.Record
	cursor []byte // of the page that begins behind it
	add    func(shown records.Record)
}

// reply shows what a list found, as much as fits into one reply, and returns the
// token of the next page; next is the cursor of the one behind all that was
// found.
func (s *Server) reply(v *records.View, r access.Reader, req listRequest, page []found, next []byte) (string, error) {
	size := 0
	for i, f := range page {
		shown, err := s.show(v, r, f.record)
		if err != nil {
			return "", err
		}
		f.add(shown)
		if size += proto.Size(shown); size > replyBytes && i < len(page)-1 {
			return s.sealToken(r, req, f.cursor), nil
		}
	}
	return s.sealToken(r, req, next), nil
}

// foundRecord is a record that a list found, in the order of ids.
func foundRecord(v *records.View, rec records.Record, add func(records.Record)) found {
	return found{record: rec, cursor: v.Cursor(rec), add: add}
}
