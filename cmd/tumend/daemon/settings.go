package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tumen/service/gate"
)

// Settings say how a server runs. LoadSettings fills in what is not stated;
// whoever builds them by hand calls Complete.
type Settings struct {
	DataDir            string        // the store, the captures and, unless stated otherwise, all else
	KeysDir            string        // the keys and the certificate authority
	RootKeyFile        string        // an age identity; "": KeysDir/root.key
	RootPassphraseFile string        // a passphrase in the place of it
	Listen             string        // host:port where members call
	Address            string        // host:port that profiles are given
	TLSNames           []string      // names and addresses that the server's certificate bears
	MetricsListen      string        // loopback host:port of Prometheus metrics; empty: none
	Tiles              string        // host:port where the ledger is published; empty: nowhere
	TilesEvery         time.Duration // how often, by the clock
	Witnesses          string        // policy file of who cosigns what is published; empty: nobody
	BackupDir          string        // folder of the backups that turnovers make; empty: they make none
	BackupRecipients   []string      // age recipients of backups
	AdminSocket        string        // path of the local admin socket
	LogLevel           slog.Level    // what is logged at least
	LogJSON            bool          // as JSON, not as text
	MaxSize            int64         // quota of the store's file in bytes; 0: none
	MaxConnections     int           // at once from one network address
	Plaintext          bool          // members' calls come without TLS; on loopback only
	Reflection         bool          // members may ask by gRPC reflection what there is
	WebListen          string        // host:port where browsers call; empty: nowhere
	WebCert, WebKey    string        // files of the certificate that browsers are shown; empty: no TLS, on loopback only
	WebNames           []string      // hosts that browsers may use; empty: those of the certificate
	WebOnion           string        // "….onion", as which the same is served; empty: none
	WebOnionListen     string        // loopback host:port that Tor passes on to
	WebLeave           string        // https URL where the quick exit leads; empty: a page about the weather
	OIDCIssuer         string        // URL of the issuer whose ID tokens count; empty: nobody's do
	OIDCAudiences      []string      // they are for one of these
	OIDCSubjectClaim   string        // what names the subject in them
	OIDCFactorClaim    string        // what tells in them how somebody proved who they are
	OIDCFactorValues   []string      // what there means that they did so in two ways

	Allowances gate.Allowances // of each organisation; settings made by hand have none
}

// A setting is one of Settings as people write it. Its key is that of the
// configuration file; flag and environment variable follow from it.
type setting struct {
	key      string // snake_case
	fallback string // in the form that set takes
	usage    string
	local    bool // of use to commands that administer the server from beside it
	set      func(*Settings, string) error
}

func (s setting) flag() string { return strings.ReplaceAll(s.key, "_", "-") }
func (s setting) env() string  { return "TUMEN_" + strings.ToUpper(s.key) }

// isSwitch says whether the flag alone means yes.
func (s setting) isSwitch() bool { return s.fallback == "false" }

// settings is every setting; the order is that of the help and of the example.
var settings = []setting{
	{"data_dir", "/var/lib/tumen", "folder of the store and the captures", true, text(func(s *Settings) *string { return &s.DataDir })},
	{"keys_dir", "", "folder of the keys; put it on another disk (default DATA_DIR/keys)", true, text(func(s *Settings) *string { return &s.KeysDir })},
	{"root_key_file", "", "file of the root key, an age identity: from the service manager, or on another disk (default KEYS_DIR/root.key)", true, text(func(s *Settings) *string { return &s.RootKeyFile })},
	{"root_passphrase_file", "", "file of a passphrase as the root key, in the place of root_key_file", true, text(func(s *Settings) *string { return &s.RootPassphraseFile })},
	{"listen", "127.0.0.1:7443", "host:port where members call", true, text(func(s *Settings) *string { return &s.Listen })},
	{"address", "", "host:port written into profiles (default: the first of tls_names, else the host of listen)", true, text(func(s *Settings) *string { return &s.Address })},
	{"tls_names", "", "names and addresses in the server's certificate, beside that of listen", true, names(func(s *Settings) *[]string { return &s.TLSNames })},
	{"metrics_listen", "", "loopback host:port of Prometheus metrics; none without", false, text(func(s *Settings) *string { return &s.MetricsListen })},
	{"tiles", "", "host:port where anybody may follow the ledger over plain HTTP: commitments only; none without", false, text(func(s *Settings) *string { return &s.Tiles })},
	{"tiles_every", "24h", "how often what is served there is renewed, by the clock in UTC: at midnight, with 1h at each full hour", false, (*Settings).setTilesEvery},
	{"witnesses", "", "policy file: who has to cosign before it is renewed", false, text(func(s *Settings) *string { return &s.Witnesses })},
	{"backup_dir", "", "folder where a turnover of the epoch leaves a backup; none without", false, text(func(s *Settings) *string { return &s.BackupDir })},
	{"backup_recipients", "", "age recipients (age1…) who can decrypt backups", true, (*Settings).setRecipients},
	{"admin_socket", "", "local admin socket (default DATA_DIR/admin.sock)", true, text(func(s *Settings) *string { return &s.AdminSocket })},
	{"log_level", "info", "debug, info, warn or error", false, (*Settings).setLevel},
	{"log_format", "text", "text or json", false, (*Settings).setFormat},
	{"max_size", "0", "largest size of the store's file, like 64GiB; 0 is without limit", false, size(func(s *Settings) *int64 { return &s.MaxSize })},
	{"max_connections", "256", "connections at once from one network address", false, (*Settings).setConnections},
	{"calls_per_second", "100", "calls that one organisation may make each second, on average over a few; 0 is without limit", false, whole(func(s *Settings) *int { return &s.Allowances.Workers.CallsPerSecond })},
	{"calls_at_once", "64", "calls that one organisation may have under way; 0 is without limit", false, whole(func(s *Settings) *int { return &s.Allowances.Workers.CallsAtOnce })},
	{"writes_per_day", "50000", "changes that one organisation may make in a day, each document of a matter counted; 0 is without limit", false, whole(func(s *Settings) *int { return &s.Allowances.Workers.WritesPerDay })},
	{"bytes_per_day", "20GiB", "what one organisation may send in a day with calls that change something; 0 is without limit", false, size(func(s *Settings) *int64 { return &s.Allowances.Workers.BytesPerDay })},
	{"partner_calls_per_second", "10", "calls_per_second of an organisation's partners", false, whole(func(s *Settings) *int { return &s.Allowances.Partners.CallsPerSecond })},
	{"partner_calls_at_once", "16", "calls_at_once of an organisation's partners", false, whole(func(s *Settings) *int { return &s.Allowances.Partners.CallsAtOnce })},
	{"partner_writes_per_day", "1000", "writes_per_day of an organisation's partners", false, whole(func(s *Settings) *int { return &s.Allowances.Partners.WritesPerDay })},
	{"partner_bytes_per_day", "2GiB", "bytes_per_day of an organisation's partners", false, size(func(s *Settings) *int64 { return &s.Allowances.Partners.BytesPerDay })},
	{"plaintext", "false", "take members' calls without TLS; only where listen is a loopback address", false, yesOrNo(func(s *Settings) *bool { return &s.Plaintext })},
	{"reflection", "false", "let members ask by gRPC reflection which services there are", false, yesOrNo(func(s *Settings) *bool { return &s.Reflection })},
	{"web_listen", "", "host:port where browsers are served the web client, with web_cert, or on loopback; none without", false, text(func(s *Settings) *string { return &s.WebListen })},
	{"web_cert", "", "file of the public certificate that browsers are shown, with its chain, in PEM; read anew when it changes", false, text(func(s *Settings) *string { return &s.WebCert })},
	{"web_key", "", "file of its key, in PEM", false, text(func(s *Settings) *string { return &s.WebKey })},
	{"web_names", "", "host names that browsers may use there: of a proxy that ends TLS, and else those of the certificate", false, names(func(s *Settings) *[]string { return &s.WebNames })},
	{"web_onion", "", "name of the onion service (….onion) as which the web client is served; none without", false, text(func(s *Settings) *string { return &s.WebOnion })},
	{"web_onion_listen", "", "loopback host:port that Tor passes its visitors on to", false, text(func(s *Settings) *string { return &s.WebOnionListen })},
	{"web_leave", "", "https URL where the quick exit leads (default: a page about the weather)", false, text(func(s *Settings) *string { return &s.WebLeave })},
	{"oidc_issuer", "", "URL of an OpenID Connect issuer whose ID tokens are taken, once an administrator has confirmed it; none without", false, text(func(s *Settings) *string { return &s.OIDCIssuer })},
	{"oidc_audiences", "", "client ids for one of which its tokens have to be", false, list(func(s *Settings) *[]string { return &s.OIDCAudiences })},
	{"oidc_subject_claim", "sub", "claim that names the subject for good", false, text(func(s *Settings) *string { return &s.OIDCSubjectClaim })},
	{"oidc_factor_claim", "amr", "claim that tells how somebody signed in there", false, text(func(s *Settings) *string { return &s.OIDCFactorClaim })},
	{"oidc_factor_values", "mfa,otp,hwk", "what in it means that they did so in two ways, as reviewers and administrators have to", false, list(func(s *Settings) *[]string { return &s.OIDCFactorValues })},
}

func text(field func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		*field(s) = value
		return nil
	}
}

func yesOrNo(field func(*Settings) *bool) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		if value != "true" && value != "false" {
			return errors.New("true or false is expected")
		}
		*field(s) = value == "true"
		return nil
	}
}

// names are host names and addresses, separated by commas.
func names(field func(*Settings) *[]string) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		*field(s) = nil
		for name := range strings.SplitSeq(value, ",") {
			name = strings.TrimSpace(name)
			if name == "" {
				continue
			}
			if _, err := netip.ParseAddr(name); err != nil && !hostName(name) {
				return fmt.Errorf("%q is neither a host name nor an address", name)
			}
			*field(s) = append(*field(s), name)
		}
		return nil
	}
}

// hostName says whether s may be a DNS name: letters, digits, dots and hyphens.
func hostName(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
		}) {
			return false
		}
	}
	return true
}

func (s *Settings) setLevel(value string) error {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if value == strings.ToLower(level.String()) {
			s.LogLevel = level
			return nil
		}
	}
	return errors.New("debug, info, warn or error is expected")
}

func (s *Settings) setFormat(value string) error {
	if value != "text" && value != "json" {
		return errors.New("text or json is expected")
	}
	s.LogJSON = value == "json"
	return nil
}

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

func size(field func(*Settings) *int64) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		digits, unit := value, int64(1)
		for _, u := range sizeUnits {
			if d, ok := strings.CutSuffix(value, u.suffix); ok {
				digits, unit = d, u.bytes
			}
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/unit {
			return errors.New("a number of bytes is expected, or one with KiB, MiB, GiB or TiB")
		}
		*field(s) = n * unit
		return nil
	}
}

// maxWhole bounds the numbers that people state, far above any of use.
const maxWhole = 1_000_000_000

func whole(field func(*Settings) *int) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > maxWhole {
			return errors.New("a whole number from 0 is expected")
		}
		*field(s) = n
		return nil
	}
}

func (s *Settings) setConnections(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return errors.New("a whole number from 1 is expected")
	}
	s.MaxConnections = n
	return nil
}

func (s *Settings) setTilesEvery(value string) error {
	every, err := time.ParseDuration(value)
	if err != nil || every < time.Minute || every > 7*24*time.Hour || every%time.Minute != 0 {
		return errors.New("whole minutes or hours are expected, like 30m or 24h, up to seven days")
	}
	s.TilesEvery = every
	return nil
}

// Complete derives what is not stated, makes paths absolute, and refuses
// settings that do not fit together.
func (s *Settings) Complete() error {
	if s.DataDir == "" {
		return errors.New("data_dir is empty")
	}
	if s.KeysDir == "" {
		s.KeysDir = filepath.Join(s.DataDir, "keys")
	}
	if s.AdminSocket == "" {
		s.AdminSocket = filepath.Join(s.DataDir, "admin.sock")
	}
	if s.RootKeyFile != "" && s.RootPassphraseFile != "" {
		return errors.New("root_key_file and root_passphrase_file: there is one root key, so give one of them")
	}
	for _, path := range []*string{&s.DataDir, &s.KeysDir, &s.RootKeyFile, &s.RootPassphraseFile, &s.Witnesses, &s.BackupDir, &s.AdminSocket, &s.WebCert, &s.WebKey} {
		if *path == "" {
			continue
		}
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = absolute
	}
	if s.MaxConnections == 0 {
		s.MaxConnections = 256
	}
	if err := s.completeAddress(); err != nil {
		return err
	}
	if err := s.checkPlaintext(); err != nil {
		return err
	}
	if s.OIDCSubjectClaim == "" {
		s.OIDCSubjectClaim = "sub"
	}
	if s.OIDCFactorClaim == "" && s.OIDCFactorValues == nil {
		s.OIDCFactorClaim, s.OIDCFactorValues = "amr", []string{"mfa", "otp", "hwk"}
	}
	if err := s.checkTiles(); err != nil {
		return err
	}
	return s.checkMetrics()
}

func (s *Settings) checkTiles() error {
	if s.TilesEvery == 0 {
		s.TilesEvery = 24 * time.Hour
	}
	if s.Tiles == "" {
		return nil
	}
	_, _, err := hostPort("tiles", s.Tiles)
	return err
}

// checkPlaintext lets nobody listen to what members say: without TLS the network
// begins and ends on this machine. A name will not do, as it may lead elsewhere.
func (s *Settings) checkPlaintext() error {
	if host, _, err := net.SplitHostPort(s.Listen); s.Plaintext && (err != nil || !loopback(host)) {
		return fmt.Errorf("plaintext is for this machine only: listen is %s; give it a loopback address (127.0.0.1:7443), or leave plaintext away", s.Listen)
	}
	return nil
}

// loopback says whether a host is an address of this machine alone.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func (s *Settings) completeAddress() error {
	host, port, err := hostPort("listen", s.Listen)
	if err != nil {
		return err
	}
	everywhere := host == ""
	if ip, err := netip.ParseAddr(host); err == nil {
		everywhere = ip.IsUnspecified()
	}
	if everywhere && len(s.TLSNames) == 0 {
		return errors.New("listen takes calls at every address of this machine: state in tls_names under which names or addresses members call it, as its certificate has to bear them")
	}
	if s.Address != "" {
		_, _, err := hostPort("address", s.Address)
		return err
	}
	if len(s.TLSNames) > 0 {
		host = s.TLSNames[0]
	}
	s.Address = net.JoinHostPort(host, port)
	return nil
}

// reachedAt is where members call a server that listens at an address: as
// stated, with the port that was chosen where the settings left it open.
func (s *Settings) reachedAt(listening net.Addr) string {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil || port != "0" {
		return s.Address
	}
	if _, port, err = net.SplitHostPort(listening.String()); err != nil {
		return s.Address
	}
	return net.JoinHostPort(host, port)
}

func (s *Settings) checkMetrics() error {
	if s.MetricsListen == "" {
		return nil
	}
	host, _, err := hostPort("metrics_listen", s.MetricsListen)
	if err != nil {
		return err
	}
	if host != "localhost" && !loopback(host) {
		return errors.New("metrics_listen is not a loopback address: metrics are for this machine only")
	}
	return nil
}

func hostPort(key, value string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", "", fmt.Errorf("%s is not host:port", key)
	}
	return host, port, nil
}

// certificateNames are the names and addresses that the certificate bears.
func (s *Settings) certificateNames() []string {
	names := append([]string{}, s.TLSNames...)
	for _, address := range []string{s.Listen, s.Address} {
		host, _, err := net.SplitHostPort(address)
		if ip, parse := netip.ParseAddr(host); err == nil && host != "" && (parse != nil || !ip.IsUnspecified()) {
			names = append(names, host)
		}
	}
	return append(names, "localhost", "127.0.0.1", "::1")
}
