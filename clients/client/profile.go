package client

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxProfile bounds a profile and the files it names, in bytes.
const maxProfile = 1 << 20

// Profile says which server to speak to, as whom. It is a YAML file:
//
//	address: tumen.example.org:7443   # host:port
//	token_file: token                 # or  token: …
//	ca_file: ca.pem                   # or  ca: | (PEM)
//	organisation: jfnk                # handle: the issuer of keys without one
//	member: kim                       # handle, for people
//	demo: false                       # the server is a demonstration
//
// One without a token is for who logs in (tumen login): see Login.
//
// File names are relative to the profile's folder. As it holds or names a
// token, nobody but its owner may be able to read it (mode 0600).
type Profile struct {
	Address      string `yaml:"address"`
	Token        string `yaml:"token,omitempty"`
	TokenFile    string `yaml:"token_file,omitempty"`
	CA           string `yaml:"ca,omitempty"`
	CAFile       string `yaml:"ca_file,omitempty"`
	Organisation string `yaml:"organisation,omitempty"`
	Member       string `yaml:"member,omitempty"`
	Demo         bool   `yaml:"demo,omitempty"`

	// Login is what the profile's member is logged in with; nil where the profile has a
	// token of its own.
	Login *Login `yaml:"-"`
}

// LoadProfile reads a profile and what it names, so that Token and CA are set.
// It refuses unknown fields, missing ones, and files with a token in them that
// others than their owner can read. Errors name the file, never its content.
func LoadProfile(path string) (*Profile, error) {
	p, err := LoadProfileToLogIn(path)
	if err == nil {
		if err = p.known(); err != nil {
			return nil, fmt.Errorf("profile %s: %w", path, err)
		}
	}
	return p, err
}

// LoadProfileToLogIn is LoadProfile for who may not be known to the server yet: neither
// a token nor a login has to be there.
func LoadProfileToLogIn(path string) (*Profile, error) {
	raw, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	p, err := parseProfile(raw)
	if err == nil {
		err = p.complete(filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", path, err)
	}
	if p.Token == "" {
		if p.Login, err = readLogin(path); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// parseProfile reads the one document of a profile.
func parseProfile(raw []byte) (*Profile, error) {
	p := &Profile{}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(p); err != nil {
		return nil, withoutContent(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("one document is expected, and there is more")
	}
	return p, nil
}

// Encode gives a profile as a file that LoadProfile takes.
func (p *Profile) Encode() ([]byte, error) {
	encoded, err := yaml.Marshal(p)
	if err != nil {
		return nil, err
	}
	heading := "# Who reads this file acts as this member. It is for its owner alone (mode 0600).\n"
	if p.Token == "" && p.TokenFile == "" {
		heading = "# How to reach the server. There is no secret in it.\n"
	}
	if p.Demo {
		heading = "# DEMO: of a demonstration server, not for real data.\n" + heading
	}
	return append([]byte(heading), encoded...), nil
}

// withoutContent keeps the lines of a YAML error and drops the values that it
// quotes: one of them may be the token.
func withoutContent(err error) error {
	var typed *yaml.TypeError
	if !errors.As(err, &typed) {
		return errors.New("not valid YAML")
	}
	var lines []string
	for _, e := range typed.Errors {
		if field, found := strings.CutPrefix(e, "line "); found && strings.Contains(e, "not found in type") {
			line, rest, _ := strings.Cut(field, ":")
			name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(rest), "field "), " ")
			lines = append(lines, fmt.Sprintf("line %s: unknown field %s", line, name))
			continue
		}
		line, _, _ := strings.Cut(e, ":")
		lines = append(lines, line+": not what is expected here")
	}
	return errors.New(strings.Join(lines, "; "))
}

// complete reads the files that the profile names and checks that nothing is
// missing.
func (p *Profile) complete(folder string) error {
	if p.TokenFile != "" {
		if p.Token != "" {
			return errors.New("token and token_file exclude each other")
		}
		raw, err := readPrivate(within(folder, p.TokenFile))
		if err != nil {
			return fmt.Errorf("token_file: %w", err)
		}
		p.Token = strings.TrimSpace(string(raw))
	}
	if p.CAFile != "" {
		if p.CA != "" {
			return errors.New("ca and ca_file exclude each other")
		}
		raw, err := readBounded(within(folder, p.CAFile))
		if err != nil {
			return fmt.Errorf("ca_file: %w", err)
		}
		p.CA = string(raw)
	}
	return p.check()
}

// check says what is missing or wrong.
func (p *Profile) check() error {
	if p.Address == "" {
		return errors.New("address is missing: host:port of the server")
	}
	if host, port, err := net.SplitHostPort(p.Address); err != nil || host == "" || port == "" {
		return errors.New("address is not host:port")
	}
	switch {
	case strings.ContainsFunc(p.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the token has characters that no token has")
	case p.CA == "":
		return errors.New("the server's CA is missing: give ca or ca_file")
	}
	return nil
}

// known says whether there is something by which the server knows who calls.
func (p *Profile) known() error {
	if p.Token == "" && p.Login == nil {
		return errors.New("a token is missing: give token or token_file, or log in (tumen login)")
	}
	return nil
}

// Secret is the token that calls are made with; empty where there is none.
func (p *Profile) Secret() string {
	if p.Token == "" && p.Login != nil {
		return p.Login.Token
	}
	return p.Token
}

// tlsConfig trusts the profile's CA and nobody else, and shows the certificate that its
// member is logged in with.
func (p *Profile) tlsConfig() (*tls.Config, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	var shown []tls.Certificate
	if p.Token == "" && p.Login != nil && p.Login.Certificate != "" {
		pair, err := p.Login.pair()
		if err != nil {
			return nil, errors.New("login: certificate and key do not belong together; log in again")
		}
		shown = append(shown, pair)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(p.CA)) {
		return nil, errors.New("profile: ca holds no certificate in PEM")
	}
	host, _, _ := net.SplitHostPort(p.Address)
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: host, Certificates: shown}, nil
}

// within is the place of a file that is named relative to a folder.
func within(folder, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, name)
}

// readPrivate reads a small file that only its owner may read.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others than its owner (mode %04o): chmod 600 %s", path, info.Mode().Perm(), path)
	}
	return readAll(f, path)
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, path)
}

func readAll(r io.Reader, path string) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxProfile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxProfile {
		return nil, fmt.Errorf("%s is larger than a profile can be", path)
	}
	return raw, nil
}
