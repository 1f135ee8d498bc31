package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
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
	"tumen/storage/bolt"
)

// startServer starts a real demonstration server on loopback with one
// organisation, demo, and writes one profile per role into a folder.
func startServer(t testing.TB) (profiles string) {
	t.Helper()
	// A socket's path is short by nature, and a test's own folder is not.
	folder, err := os.MkdirTemp("", "tumen")
	try(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	backend, err := bolt.Open(filepath.Join(folder, "tumen.db"), bolt.Options{})
	try(t, err)
	key := make([]byte, 32)
	rand.Read(key)
	store, err := records.Open(t.Context(), backend, records.Options{IDKey: key, IndexKey: key})
	try(t, err)
	files, err := captures.Open(filepath.Join(folder, "captures"))
	try(t, err)
	server, err := service.New(service.Config{Records: store, Captures: files, SealKey: key, Demo: true})
	try(t, err)
	certificate, ca := selfSigned(t)
	public, err := server.Public(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13}))
	try(t, err)
	local, err := server.Admin()
	try(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	try(t, err)
	socket := filepath.Join(folder, "admin.sock")
	adminListener, err := net.Listen("unix", socket)
	try(t, err)
	go public.Serve(listener)
	go local.Serve(adminListener)
	t.Cleanup(func() {
		public.Stop()
		local.Stop()
		server.Close()
		store.Close()
	})
	return enrol(t, socket, listener.Addr().String(), ca)
}

// enrol makes the organisation and a member and profile for each role.
func enrol(t testing.TB, socket, address, ca string) string {
	t.Helper()
	cc, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	try(t, err)
	defer cc.Close()
	admin := tumenv1.NewAdminServiceClient(cc)
	_, err = admin.CreateOrganisation(t.Context(), &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "demo", DisplayName: "Demonstration"}})
	try(t, err)
	profiles := t.TempDir()
	for handle, role := range map[string]tumenv1.Role{
		"case-worker": tumenv1.Role_ROLE_CASE_WORKER, "reviewer": tumenv1.Role_ROLE_REVIEWER, "reviewer-2": tumenv1.Role_ROLE_REVIEWER,
		"auditor": tumenv1.Role_ROLE_AUDITOR, "partner": tumenv1.Role_ROLE_PARTNER, "administrator": tumenv1.Role_ROLE_ADMINISTRATOR,
	} {
		_, err := admin.CreateMember(t.Context(), &tumenv1.CreateMemberRequest{Organisation: "demo", Member: &tumenv1.Member{Handle: handle, DisplayName: handle, Roles: []tumenv1.Role{role}}})
		try(t, err)
		token, err := admin.CreateToken(t.Context(), &tumenv1.CreateTokenRequest{Organisation: "demo", Member: handle, Lifetime: durationpb.New(time.Hour)})
		try(t, err)
		text := fmt.Sprintf("address: %s\ntoken: %s\norganisation: demo\nmember: %s\nca: |\n  %s\n", address, token.GetToken(), handle, strings.ReplaceAll(strings.TrimSpace(ca), "\n", "\n  "))
		try(t, os.WriteFile(filepath.Join(profiles, handle+".yaml"), []byte(text), 0o600))
	}
	return profiles
}

func selfSigned(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	try(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	try(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func try(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
