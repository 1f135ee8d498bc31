package service_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service"
	"tumen/service/captures"
	"tumen/service/records"
	"tumen/service/seal"
	"tumen/storage"
	"tumen/storage/bolt"
)

// world is a real server over a real store on a loopback port, with an
// organisation and members who call it.
type world struct {
	t       testing.TB
	address string
	pool    *x509.CertPool
	// what the server shows, and signs clients' certificates with
	certificate tls.Certificate
	authority   *service.Authority
	admin       tumenv1.AdminServiceClient
	local       *grpc.ClientConn // the admin socket
	records     *records.Store
	server      *service.Server
	ctx         context.Context
	config      service.Config
	dir         string // of the files
	backend     storage.Store
	options     records.Options
}

// start starts a server with the organisation "ngo". wrap, if not nil, is put
// around the backend.
func start(t testing.TB, wrap func(storage.Store) storage.Store) *world {
	t.Helper()
	return startAt(t, wrap, nil)
}

// startAt is start with a clock of the test's own; nil for the real one.
func startAt(t testing.TB, wrap func(storage.Store) storage.Store, clock func() time.Time) *world {
	t.Helper()
	dir := t.TempDir()
	var backend storage.Store
	backend, err := bolt.Open(filepath.Join(dir, "tumen.db"), bolt.Options{})
	ok(t, err)
	if wrap != nil {
		backend = wrap(backend)
	}
	key := make([]byte, 32)
	rand.Read(key)
	options := sealed(t, clock)
	w := &world{t: t, ctx: t.Context(), dir: dir, backend: backend, options: options}
	w.records, err = records.Open(w.ctx, backend, options)
	ok(t, err)
	files, err := captures.Open(filepath.Join(dir, "captures"), captures.Keys{Epoch: options.Epoch, Naming: key})
	ok(t, err)
	w.certificate, w.pool, w.authority = selfSigned(t)
	w.config = service.Config{Records: w.records, Captures: files, SealKey: key, Epoch: options.Epoch}
	w.server, err = service.New(w.config)
	ok(t, err)
	w.serve()
	_, err = w.admin.CreateOrganisation(w.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "ngo", DisplayName: "An NGO"}})
	ok(t, err)
	return w
}

// sealed gives the options of a store with keys of its own.
func sealed(t testing.TB, clock func() time.Time) records.Options {
	t.Helper()
	dir := t.TempDir()
	root, err := seal.MakeIdentityFile(filepath.Join(dir, "root.key"))
	ok(t, err)
	keys, err := seal.Create(t.Context(), filepath.Join(dir, "keys"), root, time.Now())
	ok(t, err)
	o := records.OptionsOf(keys)
	o.Clock = clock
	return o
}

func (w *world) serve() {
	t := w.t
	secured := &tls.Config{Certificates: []tls.Certificate{w.certificate}, MinVersion: tls.VersionTLS13}
	w.authority.AskForCertificates(secured)
	w.server.SetAuthority(w.authority)
	public, err := w.server.Public(credentials.NewTLS(secured))
	ok(t, err)
	admin, err := w.server.Admin()
	ok(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	socket := filepath.Join(t.TempDir(), "admin.sock")
	local, err := net.Listen("unix", socket)
	ok(t, err)
	go public.Serve(listener)
	go admin.Serve(local)
	w.address = listener.Addr().String()
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	ok(t, err)
	w.admin, w.local = tumenv1.NewAdminServiceClient(conn), conn
	t.Cleanup(func() {
		conn.Close()
		public.Stop()
		admin.Stop()
		w.server.Close()
		w.records.Close()
	})
}

// caughtUp waits until the server has carried every change of a source on to the
// findings.
func (w *world) caughtUp() {
	w.t.Helper()
	for waiting := true; waiting; {
		waiting = false
		ok(w.t, w.ctx.Err())
		ok(w.t, w.records.View(w.ctx, func(v *records.View) error {
			for _, err := range v.ChangedSources() {
				waiting = true
				return err
			}
			return nil
		}))
	}
}

func selfSigned(t testing.TB) (tls.Certificate, *x509.CertPool, *service.Authority) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().AddDate(1, 0, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	ok(t, err)
	leaf, err := x509.ParseCertificate(der)
	ok(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool, &service.Authority{Certificate: leaf, Key: key}
}

// member is somebody who calls the server.
type member struct {
	name     string
	token    string
	cases    tumenv1.CaseServiceClient
	persons  tumenv1.PersonServiceClient
	sources  tumenv1.SourceServiceClient
	claims   tumenv1.ClaimServiceClient
	findings tumenv1.VerificationServiceClient
	places   tumenv1.PlaceServiceClient
	terms    tumenv1.VocabularyServiceClient
	stats    tumenv1.StatisticsServiceClient
	records  tumenv1.RecordServiceClient
	exchange tumenv1.ExchangeServiceClient
	erasures tumenv1.ErasureServiceClient
	creds    tumenv1.CredentialServiceClient
	conn     *grpc.ClientConn

	certificate *tls.Certificate // nil: none
}

// member makes a member of "ngo" with roles and a token, and connects.
func (w *world) member(handle string, roles ...tumenv1.Role) *member {
	return w.memberOf("ngo", handle, roles...)
}

func (w *world) memberOf(org, handle string, roles ...tumenv1.Role) *member {
	w.t.Helper()
	return w.enrol(org, &tumenv1.Member{Handle: handle, DisplayName: handle, Roles: roles})
}

// enrol makes a member and connects as they do.
func (w *world) enrol(org string, as *tumenv1.Member) *member {
	w.t.Helper()
	made, err := w.admin.CreateMember(w.ctx, &tumenv1.CreateMemberRequest{Organisation: org, Member: as})
	ok(w.t, err)
	token, err := w.admin.CreateToken(w.ctx, &tumenv1.CreateTokenRequest{Organisation: org, Member: as.GetHandle(), Lifetime: durationpb.New(time.Hour)})
	ok(w.t, err)
	m := w.connect(token.GetToken())
	m.name = made.GetMember().GetName()
	return m
}

// again is a member with one more token, good for a while.
func (w *world) again(m *member, handle string, lifetime time.Duration) *member {
	w.t.Helper()
	token, err := w.admin.CreateToken(w.ctx, &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: handle, Lifetime: durationpb.New(lifetime)})
	ok(w.t, err)
	same := w.connect(token.GetToken())
	same.name = m.name
	return same
}

// bearer sends a token with every call.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	if b == "" {
		return nil, nil
	}
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return true }

// connect connects with a token; an empty one sends none.
func (w *world) connect(token string) *member { return w.connectWith(token, nil) }

// connectWith connects with a token and a client certificate, either of which may be none.
func (w *world) connectWith(token string, certificate *tls.Certificate) *member {
	w.t.Helper()
	secured := &tls.Config{RootCAs: w.pool}
	if certificate != nil { // shown whomever the server says that it trusts
		secured.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	conn, err := grpc.NewClient(w.address, grpc.WithTransportCredentials(credentials.NewTLS(secured)), grpc.WithPerRPCCredentials(bearer(token)))
	ok(w.t, err)
	w.t.Cleanup(func() { conn.Close() })
	return &member{
		token: token, conn: conn, certificate: certificate,
		cases: tumenv1.NewCaseServiceClient(conn), persons: tumenv1.NewPersonServiceClient(conn), sources: tumenv1.NewSourceServiceClient(conn),
		claims: tumenv1.NewClaimServiceClient(conn), findings: tumenv1.NewVerificationServiceClient(conn), places: tumenv1.NewPlaceServiceClient(conn),
		terms: tumenv1.NewVocabularyServiceClient(conn), stats: tumenv1.NewStatisticsServiceClient(conn), records: tumenv1.NewRecordServiceClient(conn),
		exchange: tumenv1.NewExchangeServiceClient(conn), erasures: tumenv1.NewErasureServiceClient(conn),
		creds: tumenv1.NewCredentialServiceClient(conn),
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
