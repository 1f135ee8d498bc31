// Package gate is what every call passes, unary and stream alike, and the only
// way to a handler: who is it, may they call this at all, is the message
// well-formed. On the way back it gives every error one shape, whichever layer
// found it, catches panics, logs and counts.
//
// The order is fixed. A tap handle authenticates and asks the role table before
// a byte of the message is read; then the message is decoded, cleared of what
// only the server sets, and validated; then the handler runs. A call that
// reached the interceptors without the tap is authenticated there.
package gate

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"buf.build/go/protovalidate"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers the codec that ours wraps
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/tap"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"tumen/service/access"
)

const (
	// MaxMessage is the contract's limit of one message, in bytes.
	MaxMessage = 4 << 20
	// maxTransport is where gRPC itself stops reading. It lies above
	// MaxMessage so that a message in between gets an error of our shape; one
	// above it gets the same code, RESOURCE_EXHAUSTED, in gRPC's own words.
	maxTransport = 6 << 20
	// streamWorkers handle calls; while all are busy, a call gets a goroutine
	// of its own.
	streamWorkers = 64
	// callsAtOnce are how many calls a connection may have under way, and
	// sharedCallsAtOnce one that carries those of many people.
	callsAtOnce       = 100
	sharedCallsAtOnce = 1000
	// streamWindow and connectionWindow, in bytes, are what a client may send
	// ahead: enough for 5 MB/s over 200 ms, and no more than a connection's
	// calls may make the server hold.
	streamWindow     = 1 << 20
	connectionWindow = 2 << 20
)

// A Door is what one listener lets in.
type Door struct {
	// Table holds who may call what.
	Table access.Table
	// Authenticate says whose the credentials of a call are; needed unless Local. It runs
	// for every call while its connection waits, so it must be quick. Its error
	// is a fault.Error (Unauthenticated and the like); any other counts as ours. Where
	// they are of a known member who is not let in, it says beside its error who that is.
	Authenticate func(ctx context.Context, shown Shown) (access.Reader, error)
	// Local is for the admin socket: it serves the local methods alone, and
	// asks nobody who they are, for whoever may open the socket may call.
	Local bool
	// Disclosed is told of every answer that shows protected identity before it is
	// sent, and who calls stands in ctx (ReaderOf). Its error is that of the call, and
	// then nothing is sent. Needed unless Local.
	Disclosed func(ctx context.Context, what []access.Disclosure) error
	// Allowances are how much each organisation may ask for. Without any, all get as
	// much as they ask for, and calls that read take no turns.
	Allowances Allowances
	// Stopping is closed when the server begins to stop: nobody is held up from then on.
	// It may be nil.
	Stopping <-chan struct{}
	// Denied is told of every call of a known member that ended as a denial, before the
	// answer is sent, and must be quick. Needed unless Local.
	Denied func(who access.Reader, what Denial)
	// Demo marks every answer with the header "tumen-demo: true".
	Demo bool
	// Log receives method, code, reason, duration and the member's name; never
	// content, never addresses. Calls that went well are logged at debug level.
	Log *slog.Logger
	// Metrics receives tumen_calls_total and tumen_call_seconds. Several doors
	// may share one.
	Metrics prometheus.Registerer
}

// Shown is what a caller shows of who they are: one of both, or both.
type Shown struct {
	Token string // empty: none
	// Certificate is that of the connection, whose key the caller has proved to hold; the
	// listener's authorities have issued it. nil: none.
	Certificate *x509.Certificate
}

// A Gate stands at one door.
type Gate struct {
	door      Door
	validator protovalidate.Validator
	updates   map[string]bool // methods whose record keeps its name and etag
	echoes    map[string]bool // methods whose answer may show protected identity
	writes    map[string]bool // methods that change something
	counts    *counts
	unknown   unknownCallers
	refusals  *refusals
	rations   *rations
	holdups   *holdups
	turns     *turns
	codec     *markingCodec
	undecoded sync.Map // proto.Message to the panic that it met when it was decoded
}

// New makes a gate. It fails where the door lacks something.
func New(door Door) (*Gate, error) {
	switch {
	case len(door.Table) == 0:
		return nil, errors.New("gate: there is no table of who may call what")
	case door.Authenticate == nil && !door.Local:
		return nil, errors.New("gate: nothing authenticates callers")
	case door.Disclosed == nil && !door.Local:
		return nil, errors.New("gate: nothing takes note of disclosures")
	case door.Denied == nil && !door.Local:
		return nil, errors.New("gate: nothing takes note of denials")
	case door.Log == nil:
		return nil, errors.New("gate: there is no log")
	case door.Metrics == nil:
		return nil, errors.New("gate: there is nowhere to register metrics")
	}
	counts, err := register(door.Metrics)
	if err != nil {
		return nil, err
	}
	g := &Gate{door: door, updates: map[string]bool{}, echoes: map[string]bool{}, writes: map[string]bool{}, counts: counts, refusals: newRefusals(), holdups: newHoldups(door.Stopping), rations: newRations(door.Allowances)}
	g.codec = &markingCodec{encoding.GetCodecV2("proto"), g}
	if g.rations != nil {
		g.turns = newTurns()
	}
	if err := g.methods(); err != nil {
		return nil, err
	}
	if g.validator, err = contractRules(); err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	return g, nil
}

// methods finds out what there is to know of the methods in the table.
func (g *Gate) methods() error {
	for path := range g.door.Table {
		name := strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", ".")
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		method, ok := found.(protoreflect.MethodDescriptor)
		if err != nil || !ok {
			return fmt.Errorf("gate: the table names %s, which the contract does not have", path)
		}
		g.echoes[path] = access.MayDisclose(method.Output())
		g.writes[path] = method.Input().Fields().ByName("request_id") != nil || method.IsStreamingClient()
		g.updates[path] = strings.HasPrefix(string(method.Name()), "Update")
	}
	return nil
}

// ServerOptions gives the options of a grpc.Server behind this gate: its
// interceptors, and the limits of what a connection may take.
func (g *Gate) ServerOptions() []grpc.ServerOption { return g.options(g.holdingUp, callsAtOnce) }

// SharedOptions are ServerOptions for a client of our own whose one connection carries
// the calls of many people, who are not to wait for each other: nobody is held up there,
// so the client has to bound by itself who comes to it. All that counts members and
// organisations is that of this gate, whichever way they call.
func (g *Gate) SharedOptions() []grpc.ServerOption { return g.options(g.tap, sharedCallsAtOnce) }

func (g *Gate) options(tapped tap.ServerInHandle, callsAtOnce uint32) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.InTapHandle(tapped),
		grpc.ForceServerCodecV2(g.codec),
		grpc.UnaryInterceptor(g.unary),
		grpc.StreamInterceptor(g.stream),
		grpc.MaxRecvMsgSize(maxTransport),
		grpc.MaxConcurrentStreams(callsAtOnce),
		grpc.MaxHeaderListSize(16 << 10),
		grpc.ConnectionTimeout(10 * time.Second),
		// Fixed windows: measuring the connection instead costs a ping and its
		// answer in nearly every call.
		grpc.StaticStreamWindowSize(streamWindow),
		grpc.StaticConnWindowSize(connectionWindow),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 30 * time.Second, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle:     15 * time.Minute,
			MaxConnectionAge:      30 * time.Minute,
			MaxConnectionAgeGrace: 30 * time.Second,
		}),
		grpc.WaitForHandlers(true),
		// Goroutines that stay have grown their stacks once, not once a call.
		grpc.NumStreamWorkers(streamWorkers),
	}
}

// ReaderOf gives the member who makes the call that ctx belongs to; over the
// admin socket, and outside of any call, nobody.
func ReaderOf(ctx context.Context) access.Reader {
	if p := passageOf(ctx); p != nil {
		return p.reader
	}
	return access.Reader{}
}
