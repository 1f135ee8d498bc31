package daemon

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// none is an environment without variables.
var none []string

func loadSettings(t *testing.T, environ []string, args ...string) (*Settings, error) {
	t.Helper()
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	addFlags(flags, true)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return LoadSettings(flags, environ)
}

func configFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tumend.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// another is a valid value, not the default, of each setting.
var another = map[string]string{
	"data_dir": "/srv/tumen", "keys_dir": "/mnt/stick", "root_key_file": "/run/credentials/root", "root_passphrase_file": "/run/credentials/words", "listen": "127.0.0.1:1", "address": "tumen.example.org:2",
	"tls_names": "tumen.example.org,192.0.2.7", "metrics_listen": "[::1]:3", "tiles": "0.0.0.0:4", "tiles_every": "1h", "witnesses": "/etc/tumen/witnesses", "admin_socket": "/run/tumen.sock",
	"log_level": "debug", "log_format": "json", "max_size": "64GiB", "max_connections": "5",
	"backup_dir": "/mnt/backups", "backup_recipients": "age1lj4lcq99mhn27z2kpvw3k03unv4u2asvrpxkr573n998ppp0696qq3w0qm",
	"calls_per_second": "7", "calls_at_once": "7", "writes_per_day": "7", "bytes_per_day": "7MiB",
	"partner_calls_per_second": "0", "partner_calls_at_once": "7", "partner_writes_per_day": "7", "partner_bytes_per_day": "7MiB",
	"plaintext": "true", "reflection": "true",
	"web_listen": "127.0.0.1:5", "web_cert": "/etc/tumen/web.crt", "web_key": "/etc/tumen/web.key", "web_names": "tumen.example.org", "web_onion": "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion", "web_onion_listen": "127.0.0.1:6", "web_leave": "https://example.org/news",
	"oidc_issuer": "https://login.example.org", "oidc_audiences": "tumen,tumen-web", "oidc_subject_claim": "oid", "oidc_factor_claim": "acr", "oidc_factor_values": "loa3",
}

func TestEachSettingHasAFlagAVariableAndAKey(t *testing.T) {
	defaults, err := loadSettings(t, none)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		t.Run(s.key, func(t *testing.T) {
			value, ok := another[s.key]
			if !ok {
				t.Fatal("the test has no value for it")
			}
			byFlag, err := loadSettings(t, none, "--"+s.flag(), value)
			if err != nil {
				t.Fatal(err)
			}
			byVariable, err := loadSettings(t, []string{s.env() + "=" + value})
			if err != nil {
				t.Fatal(err)
			}
			byFile, err := loadSettings(t, none, "--config", configFile(t, s.key+`: "`+value+`"`))
			if err != nil {
				t.Fatal(err)
			}
			if reflect.DeepEqual(byFlag, defaults) {
				t.Error("the flag changes nothing")
			}
			if !reflect.DeepEqual(byFlag, byVariable) || !reflect.DeepEqual(byFlag, byFile) {
				t.Errorf("by flag %+v\nby variable %+v\nby file %+v", byFlag, byVariable, byFile)
			}
			want := strings.ReplaceAll("--"+s.key, "_", "-") + " TUMEN_" + strings.ToUpper(s.key)
			if got := "--" + s.flag() + " " + s.env(); got != want {
				t.Errorf("%s, not %s", got, want)
			}
		})
	}
}

func TestAFlagGoesBeforeAVariableBeforeTheFile(t *testing.T) {
	file := configFile(t, "log_level: warn\nlisten: 127.0.0.1:1\nmax_size: 1GiB\n")
	s, err := loadSettings(t, []string{"TUMEN_LISTEN=127.0.0.1:2", "TUMEN_MAX_SIZE=2GiB"}, "--config", file, "--max-size", "3GiB")
	if err != nil {
		t.Fatal(err)
	}
	if s.LogLevel != slog.LevelWarn || s.Listen != "127.0.0.1:2" || s.MaxSize != 3<<30 {
		t.Errorf("%+v", s)
	}
}

func TestTheExampleFileStatesEveryDefault(t *testing.T) {
	const example = "../../../docs/tumend.example.yaml"
	raw, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	stated, err := parseConfig(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		if _, ok := stated[s.key]; !ok {
			t.Errorf("%s is missing from the example", s.key)
		}
	}
	byExample, err := loadSettings(t, none, "--config", example)
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := loadSettings(t, none)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(byExample, defaults) {
		t.Errorf("the example gives %+v\nthe defaults are %+v", byExample, defaults)
	}
}

func TestWhatIsNotStatedFollows(t *testing.T) {
	for _, tc := range []struct {
		name  string
		args  []string
		right func(*Settings) bool
	}{
		{"keys lie in the data folder", []string{"--data-dir", "/d"}, func(s *Settings) bool { return s.KeysDir == "/d/keys" }},
		{"so does the socket", []string{"--data-dir", "/d"}, func(s *Settings) bool { return s.AdminSocket == "/d/admin.sock" }},
		{"profiles name where the server listens", []string{"--listen", "192.0.2.1:5"}, func(s *Settings) bool { return s.Address == "192.0.2.1:5" }},
		{"or its first name", []string{"--listen", ":5", "--tls-names", "a.example, b.example"}, func(s *Settings) bool { return s.Address == "a.example:5" && len(s.TLSNames) == 2 }},
		{"or what is stated", []string{"--listen", ":5", "--tls-names", "a.example", "--address", "b.example:6"}, func(s *Settings) bool { return s.Address == "b.example:6" }},
		{"a relative folder is made absolute", []string{"--data-dir", "d"}, func(s *Settings) bool { return filepath.IsAbs(s.DataDir) && filepath.IsAbs(s.KeysDir) }},
		{"no list of names is none", []string{"--tls-names", ""}, func(s *Settings) bool { return len(s.TLSNames) == 0 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := loadSettings(t, none, tc.args...)
			if err != nil || !tc.right(s) {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name, flag, value, want string
	}{
		{"no data folder", "data-dir", "", "data_dir is empty"},
		{"listening nowhere", "listen", "127.0.0.1", "listen is not host:port"},
		{"a port that is none", "listen", "127.0.0.1:70000", "listen is not host:port"},
		{"everywhere without a name", "listen", ":7443", "state in tls_names"},
		{"everywhere over IPv6 without a name", "listen", "[::]:7443", "state in tls_names"},
		{"an address without a port", "address", "example.org", "address is not host:port"},
		{"a name that is none", "tls_names", "tumen_1.example.org", "neither a host name nor an address"},
		{"a wildcard", "tls_names", "*.example.org", "neither a host name nor an address"},
		{"metrics for other machines", "metrics_listen", "192.0.2.1:9", "not a loopback address"},
		{"metrics for everybody", "metrics_listen", ":9", "not a loopback address"},
		{"metrics under a name", "metrics_listen", "example.org:9", "not a loopback address"},
		{"an unknown level", "log_level", "INFO", "debug, info, warn or error"},
		{"an unknown format", "log_format", "xml", "text or json"},
		{"a size in other units", "max_size", "64GB", "KiB, MiB, GiB or TiB"},
		{"a negative size", "max_size", "-1", "KiB, MiB, GiB or TiB"},
		{"a size beyond all disks", "max_size", "9999999999TiB", "KiB, MiB, GiB or TiB"},
		{"less than no calls", "calls_per_second", "-1", "a whole number from 0"},
		{"half a call", "partner_calls_at_once", "0.5", "a whole number from 0"},
		{"more writes than anybody counts", "writes_per_day", "99999999999", "a whole number from 0"},
		{"bytes in other units", "bytes_per_day", "2GB", "KiB, MiB, GiB or TiB"},
		{"no connection at all", "max_connections", "0", "a whole number from 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := loadSettings(t, none, "--"+strings.ReplaceAll(tc.flag, "_", "-"), tc.value)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

func TestAVariableThatIsNoSettingIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name, variable, want string
	}{
		{"letters swapped", "TUMEN_LISTNE=127.0.0.1:1", "$TUMEN_LISTNE is no setting: was TUMEN_LISTEN meant?"},
		{"a letter left out", "TUMEN_KEY_DIR=/k", "$TUMEN_KEY_DIR is no setting: was TUMEN_KEYS_DIR meant?"},
		{"words run together", "TUMEN_DATADIR=/d", "$TUMEN_DATADIR is no setting: was TUMEN_DATA_DIR meant?"},
		{"only its beginning", "TUMEN_METRICS=127.0.0.1:1", "$TUMEN_METRICS is no setting: was TUMEN_METRICS_LISTEN meant?"},
		{"the name of the program before it", "TUMEND_DATA_DIR=/d", "$TUMEND_DATA_DIR is no setting: was TUMEN_DATA_DIR meant?"},
		{"that of the program, and misspelt", "TUMEND_DATDIR=/d", "$TUMEND_DATDIR is no setting: was TUMEN_DATA_DIR meant?"},
		{"small letters", "TUMEN_data_dir=/d", "$TUMEN_data_dir is no setting: was TUMEN_DATA_DIR meant?"},
		{"what another program takes, misspelt", "TUMEN_PROFIL=p.yaml", "$TUMEN_PROFIL is no setting: was TUMEN_PROFILE meant?"},
		{"nothing that is near", "TUMEN_COLOUR=red", "$TUMEN_COLOUR is no setting: unset it; tumend serve --help names all"},
		{"Go's own, that shows tokens", "GODEBUG=madvdontneed=1,http2debug=2", "$GODEBUG has http2debug, which would write the tokens"},
		{"without a value", "TUMEN_LISTNE=", "$TUMEN_LISTNE is no setting"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := loadSettings(t, []string{"HOME=/root", "TUMEN_LOG_LEVEL=debug", tc.variable})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%+v, %v", s, err)
			}
			if value := strings.SplitN(tc.variable, "=", 2)[1]; err != nil && value != "" && strings.Contains(err.Error(), value) {
				t.Errorf("the value is shown: %v", err)
			}
		})
	}
	for _, fine := range []string{"TUMEN_PROFILE=p.yaml", "TUMEN=x", "TUMENX_LISTEN=x", "GODEBUG=madvdontneed=1", "MY_TUMEN_LISTNE=x"} {
		if _, err := loadSettings(t, []string{fine}); err != nil {
			t.Errorf("%s: %v", fine, err)
		}
	}
	_, err := loadSettings(t, []string{"TUMEN_B=1", "TUMEN_A=1"})
	if err == nil || !strings.Contains(err.Error(), "TUMEN_A") || !strings.Contains(err.Error(), "TUMEN_B") {
		t.Errorf("not all are named: %v", err)
	}
}

func TestASwitchIsTrueOrFalse(t *testing.T) {
	for value, ok := range map[string]bool{"true": true, "false": true, "yes": false, "1": false, "": false, "True": false} {
		s, err := loadSettings(t, []string{"TUMEN_REFLECTION=" + value})
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "$TUMEN_REFLECTION: true or false is expected") {
			t.Errorf("%q: %+v, %v", value, s, err)
		}
		if err == nil && s.Reflection != (value == "true") {
			t.Errorf("%q is taken for %v", value, s.Reflection)
		}
	}
}

func TestPlaintextIsForLoopbackOnly(t *testing.T) {
	for listen, ok := range map[string]bool{
		"127.0.0.1:7443": true, "127.8.9.10:7443": true, "[::1]:7443": true, "[::ffff:127.0.0.1]:7443": true,
		"0.0.0.0:7443": false, ":7443": false, "[::]:7443": false, "192.0.2.1:7443": false, "[2001:db8::1]:7443": false,
		"localhost:7443": false, "tumen.example.org:7443": false, // what a name leads to may change
	} {
		_, err := loadSettings(t, none, "--plaintext", "--tls-names", "tumen.example.org", "--listen", listen)
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "plaintext is for this machine only") {
			t.Errorf("%s: %v", listen, err)
		}
		if _, err := loadSettings(t, []string{"TUMEN_PLAINTEXT=true"}, "--tls-names", "tumen.example.org", "--listen", listen); (err == nil) != ok {
			t.Errorf("%s, by the variable: %v", listen, err)
		}
	}
}

func TestAConfigurationFileIsReadStrictly(t *testing.T) {
	for _, tc := range []struct {
		name, content, want string
	}{
		{"an unknown key", "data_dir: /d\nlisten_address: x\n", `line 2: there is no setting "listen_address"`},
		{"the spelling of the flag", "data-dir: /d\n", `line 1: there is no setting "data-dir"`},
		{"a key twice", "log_level: info\nlog_level: warn\n", "line 2: log_level is stated twice"},
		{"a key without a value", "data_dir:\n", "line 1: data_dir: a value is expected"},
		{"a mapping for a value", "listen: {host: a}\n", "line 1: listen: a value is expected"},
		{"a list in a list", "tls_names: [[a]]\n", "a list of plain values"},
		{"no mapping", "- data_dir\n", "settings are expected, as key: value"},
		{"two documents", "data_dir: /d\n---\nlisten: x\n", "one document is expected"},
		{"no YAML", "data_dir: [\n", "yaml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := parseConfig([]byte(tc.content))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	if values, err := parseConfig([]byte("# nothing but a comment\n")); err != nil || len(values) != 0 {
		t.Errorf("an empty file: %v, %v", values, err)
	}
}

func FuzzConfiguration(f *testing.F) {
	f.Add([]byte("data_dir: /d\ntls_names: [a, b]\n"))
	f.Add([]byte("listen: &a x\naddress: *a\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		values, err := parseConfig(raw)
		if err != nil && values != nil {
			t.Error("values beside an error")
		}
		for key := range values {
			if !known(key) {
				t.Errorf("the unknown setting %q was let through", key)
			}
		}
	})
}
