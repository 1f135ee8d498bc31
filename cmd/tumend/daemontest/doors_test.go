package daemontest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"tumen/clients/client"
	"tumen/cmd/tumend/daemon"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

// dial connects as a program does that is not ours, without a token.
func dial(t testing.TB, address string, creds credentials.TransportCredentials) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// overSocket connects to the admin socket.
func overSocket(t testing.TB, path string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("unix:"+path, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func profileOf(t testing.TB, r *daemontest.Running, member string) *client.Profile {
	t.Helper()
	profile, err := client.LoadProfile(r.Profiles[member])
	if err != nil {
		t.Fatal(err)
	}
	return profile
}

func overTLS(t testing.TB, p *client.Profile) credentials.TransportCredentials {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(p.CA)) {
		t.Fatal("the profile holds no certificate")
	}
	return credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots})
}

func withToken(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// services asks a server by reflection what it has.
func services(ctx context.Context, conn *grpc.ClientConn) ([]string, error) {
	stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	if err != nil {
		return nil, err
	}
	_ = stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}}) // the answer says why
	reply, err := stream.Recv()
	var names []string
	for _, s := range reply.GetListServicesResponse().GetService() {
		names = append(names, s.GetName())
	}
	return names, err
}

// servicesAlpha asks as older programs do: the same messages at another path.
func servicesAlpha(ctx context.Context, conn *grpc.ClientConn) error {
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
	if err != nil {
		return err
	}
	_ = stream.SendMsg(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}})
	return stream.RecvMsg(new(reflectionv1.ServerReflectionResponse))
}

func TestReflectionIsOffUnlessAskedForAndThenAuthenticated(t *testing.T) {
	on := daemontest.Start(t, daemontest.Options{Settings: func(s *daemon.Settings) { s.Reflection = true }})
	off := daemontest.Start(t, daemontest.Options{})
	for _, tc := range []struct {
		name  string
		at    *daemontest.Running
		token func(r *daemontest.Running) string
		want  codes.Code
	}{
		{"asked for, as a case worker", on, func(r *daemontest.Running) string { return profileOf(t, r, "case-worker").Token }, codes.OK},
		{"asked for, as a partner", on, func(r *daemontest.Running) string { return profileOf(t, r, "partner").Token }, codes.OK},
		{"asked for, without a token", on, nil, codes.Unauthenticated},
		{"asked for, with a token of nobody", on, func(*daemontest.Running) string { return "tumen_unknown" }, codes.Unauthenticated},
		{"not asked for, as a case worker", off, func(r *daemontest.Running) string { return profileOf(t, r, "case-worker").Token }, codes.PermissionDenied},
		{"not asked for, as an administrator", off, func(r *daemontest.Running) string { return profileOf(t, r, "administrator").Token }, codes.PermissionDenied},
		{"not asked for, without a token", off, nil, codes.Unauthenticated},
	} {
		t.Run(tc.name, func(t *testing.T) {
			conn := dial(t, tc.at.Address, overTLS(t, profileOf(t, tc.at, "auditor")))
			ctx := t.Context()
			if tc.token != nil {
				ctx = withToken(ctx, tc.token(tc.at))
			}
			names, err := services(ctx, conn)
			if status.Code(err) != tc.want {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if alpha := servicesAlpha(ctx, conn); status.Code(alpha) != tc.want {
				t.Errorf("the older service answers %v, want %v", alpha, tc.want)
			}
			if tc.want == codes.OK && (!slices.Contains(names, "tumen.v1.CaseService") || slices.Contains(names, "tumen.v1.AdminService")) {
				t.Errorf("it tells of %q", names)
			}
		})
	}
	t.Run("never over the admin socket", func(t *testing.T) {
		_, err := services(t.Context(), overSocket(t, on.AdminSocket))
		if status.Code(err) != codes.PermissionDenied {
			t.Errorf("got %v", err)
		}
	})
}

func TestPlaintextIsTheSameDoorWithoutTLS(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{Settings: func(s *daemon.Settings) { s.Plaintext = true }})
	profile := profileOf(t, r, "case-worker")
	list := func(ctx context.Context, conn *grpc.ClientConn) error {
		_, err := tumenv1.NewCaseServiceClient(conn).ListCases(ctx, &tumenv1.ListCasesRequest{})
		return err
	}
	plain := dial(t, r.Address, insecure.NewCredentials())
	if err := list(withToken(t.Context(), profile.Token), plain); err != nil {
		t.Errorf("with a token: %v", err)
	}
	if err := list(t.Context(), plain); status.Code(err) != codes.Unauthenticated {
		t.Errorf("without a token: %v", err)
	}
	if err := list(withToken(t.Context(), profile.Token), dial(t, r.Address, overTLS(t, profile))); status.Code(err) != codes.Unavailable {
		t.Errorf("over TLS: %v", err)
	}
	host, _, err := net.SplitHostPort(r.Address)
	if err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("it listens at %s", r.Address)
	}
	encrypted := daemontest.Start(t, daemontest.Options{})
	token := profileOf(t, encrypted, "case-worker").Token
	if err := list(withToken(t.Context(), token), dial(t, encrypted.Address, insecure.NewCredentials())); status.Code(err) != codes.Unavailable {
		t.Errorf("without the flag it answers %v", err)
	}
}
