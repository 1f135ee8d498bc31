package service

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"

	"google.golang.org/protobuf/proto"

	"tumen/service/access"
	"tumen/service/fault"
)

// listRequest is what every call that lists carries.
type listRequest interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}

const (
	defaultPage = 50
	maxPage     = 1000 // the contract refuses more
)

func pageSize(req listRequest) int {
	if n := int(req.GetPageSize()); n > 0 && n <= maxPage {
		return n
	}
	return defaultPage
}

func showDeleted(req listRequest) bool {
	d, ok := req.(interface{ GetShowDeleted() bool })
	return ok && d.GetShowDeleted()
}

// pageSealer seals page tokens: a token is a cursor, encrypted, and good only
// for the query and the member that it was made for.
type pageSealer struct{ aead cipher.AEAD }

func newPageSealer(key []byte) (*pageSealer, error) {
	k, err := hkdf.Key(sha256.New, key, nil, "tumen page tokens", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &pageSealer{aead}, err
}

// boundTo is what a token is bound to: the query without its paging, and who
// asks.
func boundTo(r access.Reader, req listRequest) []byte {
	query := proto.Clone(req)
	m := query.ProtoReflect()
	for _, name := range []string{"page_token", "page_size"} {
		if f := m.Descriptor().Fields().ByName(protoName(name)); f != nil {
			m.Clear(f)
		}
	}
	b, _ := proto.MarshalOptions{Deterministic: true}.Marshal(query)
	sum := sha256.Sum256(append([]byte(string(m.Descriptor().FullName())+"\x00"+r.Member+"\x00"), b...))
	return sum[:]
}

func (s *Server) sealToken(r access.Reader, req listRequest, cursor []byte) string {
	if cursor == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(s.pages.aead.Seal(nil, nil, cursor, boundTo(r, req)))
}

// openToken returns the cursor of a request's page token, nil without one.
func (s *Server) openToken(r access.Reader, req listRequest) ([]byte, error) {
	if req.GetPageToken() == "" {
		return nil, nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(req.GetPageToken())
	if err == nil {
		var cursor []byte
		if cursor, err = s.pages.aead.Open(nil, nil, sealed, boundTo(r, req)); err == nil {
			return cursor, nil
		}
	}
	return nil, fault.Field("page_token", "PAGE_TOKEN_INVALID", "this token belongs to another query or another member, or is damaged; begin again without one")
}
