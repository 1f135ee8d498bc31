// Package client speaks to a tumen server: it dials with a profile, carries the
// member's token, makes writes safe to repeat, walks pages and gives errors a
// form that a program can act on.
//
//	profile, err := client.LoadProfile("case-worker.yaml")
//	conn, err := client.Dial(ctx, profile)
//	defer conn.Close()
//	reply, err := conn.Cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: name})
//
// Every error that a call returns is an *Error, or the context's own.
package client

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	tumenv1 "tumen/proto/tumen/v1"
)

// Sizes in bytes that a message may have. The server takes 4 MiB; a page of
// records that it sends back may be larger.
const (
	maxSend    = 4 << 20
	maxReceive = 64 << 20
	window     = 1 << 20 // what the server may send ahead in one call
)

// Conn is a connection to one server as one member. It is safe for concurrent
// use. Its services are those of the contract; what is common to all calls
// (token, retries, typed errors) is done underneath them.
type Conn struct {
	Cases        tumenv1.CaseServiceClient
	Persons      tumenv1.PersonServiceClient
	Sources      tumenv1.SourceServiceClient
	Claims       tumenv1.ClaimServiceClient
	Verification tumenv1.VerificationServiceClient
	Places       tumenv1.PlaceServiceClient
	Vocabulary   tumenv1.VocabularyServiceClient
	Statistics   tumenv1.StatisticsServiceClient
	Records      tumenv1.RecordServiceClient
	Exchange     tumenv1.ExchangeServiceClient
	Exports      tumenv1.ExportServiceClient
	Erasures     tumenv1.ErasureServiceClient
	Ledger       tumenv1.LedgerServiceClient
	Access       tumenv1.AccessServiceClient
	Audit        tumenv1.AuditServiceClient
	Releases     tumenv1.ReleaseServiceClient
	Credentials  tumenv1.CredentialServiceClient
	Grants       tumenv1.GrantServiceClient
	Submissions  tumenv1.SubmissionServiceClient
	Drafts       tumenv1.DraftServiceClient

	cc    *grpc.ClientConn
	reach *reach
}

// An Option changes how Dial connects.
type Option func(*options)

type options struct {
	onDemo  func()
	unknown bool
	grpc    []grpc.DialOption
}

// OnDemo has f called, once at most, when a reply says that the server is a
// demonstration, which nobody may give real records. f may be called from any
// goroutine.
func OnDemo(f func()) Option { return func(o *options) { o.onDemo = f } }

// Purpose states with every call for what protected identity is read: one line of at
// most 1,000 bytes. Where an answer shows such, it becomes part of the ledger's entry
// about that.
func Purpose(why string) Option {
	return WithDialOptions(grpc.WithPerRPCCredentials(purpose(why)))
}

// purposeHeader is binary metadata, as a purpose may be in any script.
const purposeHeader = "tumen-purpose-bin"

type purpose string

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (p purpose) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{purposeHeader: string(p)}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (purpose) RequireTransportSecurity() bool { return true }

// Unknown dials also where the profile has nothing by which the server knows who calls:
// to sign in, or to enrol.
func Unknown() Option { return func(o *options) { o.unknown = true } }

// WithDialOptions adds options of grpc's own, such as a dialer.
func WithDialOptions(more ...grpc.DialOption) Option {
	return func(o *options) { o.grpc = append(o.grpc, more...) }
}

// Dial prepares a connection as the profile says: TLS 1.3 with nobody trusted
// but the profile's CA. It fails if the profile is incomplete. The network is
// used at the first call, so a server that is down, or is not the profile's, is
// reported there: as an [Error] with the reason [ReasonUnreachable] or
// [ReasonNotTrusted] that names the address.
func Dial(_ context.Context, p *Profile, opts ...Option) (*Conn, error) {
	var o options
	for _, set := range opts {
		set(&o)
	}
	if err := p.known(); err != nil && !o.unknown {
		return nil, fmt.Errorf("profile: %w", err)
	}
	tlsConfig, err := p.tlsConfig()
	if err != nil {
		return nil, err
	}
	demo := &demoNotice{notify: o.onDemo}
	way := &reach{address: p.Address}
	dialOptions := []grpc.DialOption{
		grpc.WithTransportCredentials(watched{credentials.NewTLS(tlsConfig), way}),
		grpc.WithPerRPCCredentials(bearer(p.Secret())),
		// The server refuses pings more often than every 30 s.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 45 * time.Second, Timeout: 20 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 2, Jitter: 0.2, MaxDelay: 5 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithDisableServiceConfig(),
		// Measuring the connection instead costs a ping in nearly every call.
		grpc.WithStaticStreamWindowSize(window),
		grpc.WithStaticConnWindowSize(2 * window),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(maxSend), grpc.MaxCallRecvMsgSize(maxReceive)),
		grpc.WithChainUnaryInterceptor(way.typedUnary, demo.unary, way.retryUnary, unsentUnary),
		grpc.WithChainStreamInterceptor(way.typedStream, demo.stream),
		grpc.WithUserAgent("tumen"),
	}
	cc, err := grpc.NewClient("passthrough:///"+p.Address, append(dialOptions, o.grpc...)...)
	if err != nil {
		return nil, err
	}
	return &Conn{
		Cases:        tumenv1.NewCaseServiceClient(cc),
		Persons:      tumenv1.NewPersonServiceClient(cc),
		Sources:      tumenv1.NewSourceServiceClient(cc),
		Claims:       tumenv1.NewClaimServiceClient(cc),
		Verification: tumenv1.NewVerificationServiceClient(cc),
		Places:       tumenv1.NewPlaceServiceClient(cc),
		Vocabulary:   tumenv1.NewVocabularyServiceClient(cc),
		Statistics:   tumenv1.NewStatisticsServiceClient(cc),
		Records:      tumenv1.NewRecordServiceClient(cc),
		Exchange:     tumenv1.NewExchangeServiceClient(cc),
		Exports:      tumenv1.NewExportServiceClient(cc),
		Erasures:     tumenv1.NewErasureServiceClient(cc),
		Access:       tumenv1.NewAccessServiceClient(cc),
		Credentials:  tumenv1.NewCredentialServiceClient(cc),
		Grants:       tumenv1.NewGrantServiceClient(cc),
		Submissions:  tumenv1.NewSubmissionServiceClient(cc),
		Drafts:       tumenv1.NewDraftServiceClient(cc),
		Ledger:       tumenv1.NewLedgerServiceClient(cc),
		Audit:        tumenv1.NewAuditServiceClient(cc),
		Releases:     tumenv1.NewReleaseServiceClient(cc),
		cc:           cc,
		reach:        way,
	}, nil
}

// Invoker makes calls by the name of their method, for programs that treat all
// kinds of record alike; everything said of Conn holds for them too.
func (c *Conn) Invoker() grpc.ClientConnInterface { return c.cc }

// Close ends all calls under way.
func (c *Conn) Close() error { return c.cc.Close() }

// bearer is the member's token, sent with every call and only over TLS; empty for none.
type bearer string

// GetRequestMetadata implements credentials.PerRPCCredentials. Who [As] names goes
// before the profile's member.
func (b bearer) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	who, named := callerOf(ctx)
	if !named {
		who.Token = string(b)
	}
	metadata := map[string]string{}
	if who.Token != "" {
		metadata["authorization"] = "Bearer " + who.Token
	}
	if who.Purpose != "" {
		metadata[purposeHeader] = who.Purpose
	}
	return metadata, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (bearer) RequireTransportSecurity() bool { return true }
