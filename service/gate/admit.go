package gate

import (
	"context"
	"crypto/x509"
	"strings"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/tap"

	"tumen/service/access"
	"tumen/service/fault"
)

// open lists what answers without credentials: whether the server is up.
var open = map[string]bool{
	"/grpc.health.v1.Health/Check": true,
	"/grpc.health.v1.Health/Watch": true,
}

// maxToken bounds a token, in bytes; ours are far shorter.
const maxToken = 4096

// A passage is what the gate knows about one call.
type passage struct {
	gate   *Gate // whose admission it is
	method string
	start  time.Time
	reader access.Reader

	disclosed bool // its handler has taken note of all that it discloses
}

type passageKey struct{}

func passageOf(ctx context.Context) *passage {
	p, _ := ctx.Value(passageKey{}).(*passage)
	return p
}

// tap admits a call or refuses it before its message is read. It runs in the
// connection's own goroutine, where a panic would end the server.
func (g *Gate) tap(ctx context.Context, info *tap.Info) (context.Context, error) {
	return g.tapped(ctx, info, func(error) {})
}

// holdingUp is tap for connections that are each one caller's own.
func (g *Gate) holdingUp(ctx context.Context, info *tap.Info) (context.Context, error) {
	if method := info.FullMethodName; open[method] || g.asksNobody(method) {
		g.holdups.stranger(ctx)
	}
	return g.tapped(ctx, info, func(refused error) { g.holdUp(ctx, refused) })
}

// tapped admits a call; who is not known or asks too often waits in refused.
func (g *Gate) tapped(ctx context.Context, info *tap.Info, refused func(error)) (admitted context.Context, err error) {
	p := &passage{gate: g, method: info.FullMethodName, start: time.Now()}
	defer func() {
		if v := recover(); v != nil {
			admitted, err = ctx, g.finish(ctx, p, panicked(v))
		}
	}()
	if open[p.method] || g.asksNobody(p.method) {
		if ctx, err = g.unknown.enter(ctx, p.method); err != nil {
			return ctx, g.finish(ctx, p, err)
		}
	}
	if err := g.admit(ctx, p, info.Header); err != nil {
		refused(err)
		return ctx, g.finish(ctx, p, err)
	}
	return context.WithValue(ctx, passageKey{}, p), nil
}

// holdUp lets those wait for a refusal who ask again and again.
func (g *Gate) holdUp(ctx context.Context, err error) {
	switch refused := fault.Of(err); {
	case refused == nil:
	case refused.Kind == fault.Unauthenticated:
		g.holdups.stranger(ctx)
	case refused.Reason == callsTooFrequent:
		g.holdups.member(ctx)
	}
}

// enter gives the context and passage of a call that reached an interceptor.
// Whatever wasn't admitted by this gate to this method is asked again.
func (g *Gate) enter(ctx context.Context, method string) (context.Context, *passage, error) {
	if p := passageOf(ctx); p != nil && p.gate == g && p.method == method {
		return ctx, p, nil
	}
	p := &passage{gate: g, method: method, start: time.Now()}
	header, _ := metadata.FromIncomingContext(ctx)
	err := g.admit(ctx, p, header)
	return context.WithValue(ctx, passageKey{}, p), p, err
}

// admit says who calls, whether they may call this method at all, and whether their
// organisation has asked for too much already. What is refused counts as asked.
func (g *Gate) admit(ctx context.Context, p *passage, header metadata.MD) error {
	if open[p.method] {
		return nil
	}
	if g.door.Local {
		return g.door.Table.MayCallLocally(p.method)
	}
	if g.asksNobody(p.method) {
		return nil
	}
	shown, err := shownBy(ctx, header)
	if err != nil {
		return err
	}
	reader, err := g.door.Authenticate(ctx, shown)
	p.reader = reader // also of whom it doesn't let in: that is denied to somebody
	if err != nil {
		return err
	}
	if reader.Member == "" {
		return fault.New(fault.Unauthenticated, "UNKNOWN_CALLER", "these credentials are nobody's")
	}
	if err := g.rations.enter(ctx, reader); err != nil {
		return err
	}
	return g.door.Table.MayCall(reader, p.method)
}

// asksNobody says whether a method is open, by the contract, to who has no credential.
// Credentials that come with such a call are not looked at: it is made by nobody.
func (g *Gate) asksNobody(method string) bool { return !g.door.Local && g.door.Table.Open(method) }

// shownBy takes what a caller shows from the call and its connection.
func shownBy(ctx context.Context, header metadata.MD) (Shown, error) {
	token, err := bearer(header)
	if err != nil {
		return Shown{}, err
	}
	shown := Shown{Token: token, Certificate: certificateOf(ctx)}
	if shown.Token == "" && shown.Certificate == nil {
		return Shown{}, fault.New(fault.Unauthenticated, "CREDENTIALS_MISSING", "call with a token (authorization: Bearer …) or over a connection with a client certificate of this server")
	}
	return shown, nil
}

// certificateOf is the client certificate of a call's connection, as far as the
// listener's authorities vouch for it; nil for none.
func certificateOf(ctx context.Context) *x509.Certificate {
	from, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	secured, ok := from.AuthInfo.(credentials.TLSInfo)
	if !ok || len(secured.State.VerifiedChains) == 0 || len(secured.State.VerifiedChains[0]) == 0 {
		return nil
	}
	return secured.State.VerifiedChains[0][0]
}

// bearer takes the token from the one authorization header; empty without one.
func bearer(header metadata.MD) (string, error) {
	values := header.Get("authorization")
	if len(values) == 0 {
		return "", nil
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if len(values) > 1 || !ok || !strings.EqualFold(scheme, "bearer") || token == "" || len(token) > maxToken {
		return "", fault.New(fault.Unauthenticated, "CREDENTIALS_MALFORMED", "there must be one authorization header of the form: Bearer TOKEN")
	}
	return token, nil
}
