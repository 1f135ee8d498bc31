package gate

import (
	"context"

	"google.golang.org/protobuf/proto"

	"tumen/service/access"
)

// disclose takes note of what an answer shows of protected identity, beyond what
// was sent in the same call. Without its note no answer leaves.
func (g *Gate) disclose(ctx context.Context, answer any, sent ...proto.Message) error {
	m, ok := answer.(proto.Message)
	if !ok || g.door.Disclosed == nil {
		return nil
	}
	if what := access.Disclosures(m, sent...); len(what) > 0 {
		return g.door.Disclosed(ctx, what)
	}
	return nil
}

// Disclose takes note of what a call is going to show of protected identity, for
// handlers that send it in pieces: one note for all of them, before the first.
// Without what, and outside of any call, it does nothing.
func Disclose(ctx context.Context, what []access.Disclosure) error {
	p := passageOf(ctx)
	if p == nil || p.gate.door.Disclosed == nil || len(what) == 0 {
		return nil
	}
	p.disclosed = true
	return p.gate.door.Disclosed(ctx, what)
}
