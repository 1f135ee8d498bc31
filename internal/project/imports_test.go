package project

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

const module = "tumen"

// A room says what the package in one folder may import. Tests are free: they
// may start a real server to try a client with.
type room struct {
	folder  string   // exactly this one; what lies below it is a room of its own
	mayUse  []string // folders of this module; "service/..." is the folder and all below it
	outside []string // import path prefixes beyond the standard library; "..." is any
	pure    bool     // decides from what it is given: touches no file, network, clock of its own or log
	why     string
}

var (
	contract = []string{"proto/..."}
	// pureRooms decide and do nothing else, so that a rule can be tried without a server.
	pureRooms = []string{
		"proto/...", "service/access", "service/corroboration", "service/edtf", "service/encoding",
		"service/fault", "service/gazetteer", "service/names", "service/tally", "service/verification",
	}
	anything = []string{"..."}
	// messages is the runtime of the contract's own messages.
	messages = []string{"google.golang.org/protobuf/"}
)

var rooms = []room{
	{folder: "proto/tumen/v1", outside: anything, why: "the contract depends on no program"},

	{folder: "service", mayUse: []string{"service/...", "proto/..."}, outside: anything,
		why: "handlers reach storage through service/records only"},
	{folder: "service/gate", mayUse: append([]string{"service/records"}, pureRooms...), outside: anything,
		why: "what every call passes stands before the handlers and knows none of them"},
	{folder: "service/records", mayUse: append([]string{"service/ledger", "service/seal", "storage"}, pureRooms...), outside: anything,
		why: "the only room that knows storage, and only its contract, never a backend"},
	{folder: "service/issuer", outside: []string{"github.com/coreos/go-oidc/v3", "github.com/go-jose/go-jose/v4"},
		why: "verifies ID tokens; knows neither whom they are linked with nor who may call"},
	{folder: "service/issuer/issuertest", outside: []string{"github.com/go-jose/go-jose/v4"}, why: "an issuer on loopback for tests elsewhere"},
	{folder: "service/passphrase", outside: []string{"github.com/pquerna/otp", "golang.org/x/crypto/argon2", "golang.org/x/text/secure/precis"},
		why: "checks passphrases and codes; knows neither who has them nor where they are kept"},
	{folder: "service/publication", mayUse: append([]string{"service/ledger", "service/records"}, pureRooms...),
		why: "shows the ledger to outsiders: knows checkpoints and tiles, and no record"},
	{folder: "service/captures", mayUse: []string{"internal/disk", "service/fault", "service/seal"}, why: "sealed bytes under keyed hashes, beside the store; knows no record"},
	{folder: "service/ledger", mayUse: pureRooms, outside: anything,
		why: "the log is kept in the transaction that records hands to it"},
	{folder: "service/seal", outside: []string{"filippo.io/age", "github.com/cloudflare/circl", "github.com/tink-crypto/tink-go/v2"},
		why: "sealing knows bytes and keys, not records: nothing of this module, and of others only well-kept ciphers"},
	{folder: "service/escrow", mayUse: []string{"internal/disk", "service/seal"}, why: "who holds shares of the keys; knows keys, and no store"},
	{folder: "service/exchange", mayUse: append([]string{"service/records", "service/ledger"}, pureRooms...), outside: anything,
		why: "import and export work on records, never on what stores them"},

	{folder: "service/access", mayUse: pureRooms, outside: messages, pure: true,
		why: "redaction walks any message by reflection, and does nothing else"},
	{folder: "service/corroboration", mayUse: pureRooms, pure: true, why: "a pure rule"},
	{folder: "service/edtf", mayUse: pureRooms, pure: true, why: "a pure rule"},
	{folder: "service/encoding", mayUse: pureRooms, outside: messages, pure: true,
		why: "the stored form of any message is read off its descriptor, and nothing else"},
	{folder: "service/fault", mayUse: pureRooms, pure: true, why: "reasons of refusal, which pure rules give too"},
	{folder: "service/gazetteer", mayUse: pureRooms, pure: true, why: "places that come with the program, and which contains which"},
	{folder: "service/names", mayUse: pureRooms, pure: true, why: "a pure rule"},
	{folder: "service/tally", mayUse: pureRooms, pure: true, why: "a pure rule"},
	{folder: "service/verification", mayUse: pureRooms, pure: true, why: "a pure rule"},

	{folder: "storage", why: "a contract that any backend can keep: standard library only"},
	{folder: "storage/bolt", mayUse: []string{"internal/disk", "storage"}, outside: []string{"go.etcd.io/bbolt"},
		why: "a backend knows its engine and the storage contract"},
	{folder: "storage/postgres", mayUse: []string{"storage"}, outside: []string{"github.com/jackc/pgx/"},
		why: "a backend knows its engine and the storage contract"},
	{folder: "storage/storagetest", mayUse: []string{"storage"}, outside: []string{"pgregory.net/rapid"},
		why: "the conformance suite knows no backend"},

	{folder: "clients/client", mayUse: contract, outside: anything,
		why: "a client knows the server by its contract alone"},
	{folder: "clients/bag", mayUse: append([]string{"internal/disk"}, contract...), outside: []string{"github.com/klauspost/compress/flate"}, why: "writes what was exported; knows neither the server nor the way to it"},
	{folder: "clients/cli", mayUse: []string{"clients/bag", "clients/client", "clients/labels", "clients/verify", "clients/web", "proto/...", "service/edtf", "service/names"}, outside: anything,
		why: "of the server's rooms a client may use uncertain dates and names, nothing else"},
	{folder: "clients/labels", mayUse: append([]string{"service/edtf"}, contract...), outside: append([]string{"google.golang.org/genproto/", "buf.build/gen/go/bufbuild/protovalidate/"}, messages...), pure: true,
		why: "what records are called and refer to is read off them and their descriptors"},
	{folder: "clients/web", mayUse: []string{"clients/bag", "clients/client", "clients/labels", "clients/web/...", "proto/...", "service/edtf", "service/names"}, outside: anything,
		why: "of the server's rooms a client may use uncertain dates and names, nothing else"},
	{folder: "clients/web/alike", mayUse: []string{"service/edtf"}, outside: []string{"golang.org/x/text/"}, pure: true,
		why: "compares what it is given; knows neither the contract nor the pages"},
	{folder: "clients/web/entry", mayUse: append([]string{"clients/labels"}, contract...), outside: messages, pure: true,
		why: "texts become records by the contract's descriptors; knows neither pages nor servers"},
	{folder: "clients/web/sheet", pure: true, why: "reads tables from bytes: standard library only"},
	{folder: "clients/web/browsertest", mayUse: []string{"internal/outside"}, outside: []string{"github.com/chromedp/cdproto", "github.com/chromedp/chromedp"},
		why: "a browser that tests look at pages with, and judges of other people's; knows an address and what stands on a page, and nothing of who made it"},
	{folder: "clients/web/wording", mayUse: []string{"proto/...", "service/edtf"},
		outside: append([]string{"github.com/nicksnyder/go-i18n/v2", "go.yaml.in/yaml/v3", "golang.org/x/text"}, messages...),
		why:     "puts into words what it is given; knows neither pages nor who reads them"},
	{folder: "clients/web/picture", mayUse: []string{"service/edtf"}, outside: []string{"golang.org/x/image", "golang.org/x/text/unicode/norm"}, pure: true,
		why: "draws what it is given; knows neither the contract nor the pages, and reads fonts only from folders handed to it"},
	{folder: "clients/verify", mayUse: []string{"clients/verify/support"}, outside: []string{"golang.org/x/mod/sumdb/note", "github.com/transparency-dev/merkle"},
		why: "verification shares no code with what writes the exports, and no more with anybody than notes and proofs"},
	{folder: "clients/verify/support", pure: true,
		why: "a second reading of the rules of support, by who believes neither the server nor its code: standard library only"},

	{folder: "demo", why: "one matter, as text; knows nobody"},

	{folder: "cmd/tumend/daemon", mayUse: []string{"clients/...", "internal/disk", "service/...", "storage/...", "proto/...", "demo"}, outside: anything,
		why: "configuration, keys, listeners and the demonstration: puts the server together"},
	{folder: "docs/examples/partner", mayUse: append([]string{"clients/client"}, contract...), outside: messages, why: "what a partner outside would write: the client and the contract"},
	{folder: "cmd/tumend/daemontest", mayUse: []string{"cmd/tumend/daemon", "clients/...", "service/...", "storage/...", "proto/..."}, outside: anything,
		why: "starts a real server for tests elsewhere"},
	{folder: "cmd/tumend", mayUse: []string{"cmd/tumend/daemon"}, outside: anything,
		why: "puts the server together"},
	{folder: "cmd/tumen", mayUse: []string{"clients/..."}, outside: anything,
		why: "the command is a client and carries no server in it"},

	{folder: "internal/disk", why: "what any room that writes files needs of the file system: standard library only"},
	{folder: "internal/flagtable", outside: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"}, why: "compares a program's flags with a document; no program imports it"},
	{folder: "internal/outside", why: "installs from npm what tests compare with; no program imports it"},
	{folder: "internal/powercut", outside: []string{"github.com/hanwen/go-fuse/v2"}, why: "a disk that tests cut the power of; no program imports it"},
	{folder: "internal/project", why: "tests over the project; nothing imports it"},
	{folder: "internal/project/importedprotos", outside: anything, why: "links the protos that the contract imports, never the contract itself"},
}

// impure lists what gives a package something besides its arguments.
var impure = []string{
	"crypto/rand", "database/sql", "io/ioutil", "log", "log/slog", "math/rand", "math/rand/v2",
	"net", "net/http", "net/rpc", "os", "os/exec", "os/signal", "os/user", "plugin", "syscall", "unsafe",
}

// importing is the part of `go list -json` that the rules are about.
type importing struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

// violations gives one line for each import that no room allows, and for each
// package of the module that no room names, in the order of the packages.
func violations(rooms []room, packages []importing) []string {
	standard := map[string]bool{}
	for _, p := range packages {
		standard[p.ImportPath] = p.Standard
	}
	var found []string
	for _, p := range packages {
		folder, ours := inModule(p.ImportPath)
		if !ours {
			continue
		}
		at := slices.IndexFunc(rooms, func(r room) bool { return r.folder == folder })
		if at < 0 {
			found = append(found, folder+" is a new room: say in imports_test.go what it may import, and why")
			continue
		}
		for _, imported := range p.Imports {
			if !rooms[at].allows(imported, standard[imported]) {
				found = append(found, fmt.Sprintf("%s imports %s: %s", folder, imported, rooms[at].why))
			}
		}
	}
	return found
}

func (r room) allows(imported string, standard bool) bool {
	if standard {
		return !r.pure || !slices.Contains(impure, imported)
	}
	if folder, ours := inModule(imported); ours {
		return slices.ContainsFunc(r.mayUse, func(pattern string) bool {
			tree, all := strings.CutSuffix(pattern, "/...")
			return folder == tree || all && strings.HasPrefix(folder, tree+"/")
		})
	}
	return slices.ContainsFunc(r.outside, func(prefix string) bool {
		return prefix == "..." || strings.HasPrefix(imported+"/", strings.TrimSuffix(prefix, "/")+"/")
	})
}

// inModule gives the folder of one of the module's own packages.
func inModule(path string) (folder string, ours bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

func TestImportsRunOneWay(t *testing.T) {
	root := projectFolder(t)
	listed := json.NewDecoder(bytes.NewReader(run(t, root, "go", "list", "-deps", "-json=ImportPath,Standard,Imports", "./...")))
	var packages []importing
	for {
		var p importing
		if err := listed.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) == 0 {
		t.Fatal("go list named no package")
	}
	for _, violation := range violations(rooms, packages) {
		t.Error(violation)
	}
}

func TestEveryRoomHasAReason(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rooms {
		if r.why == "" || seen[r.folder] {
			t.Errorf("%s needs one entry with a reason", r.folder)
		}
		seen[r.folder] = true
	}
}

func TestAForbiddenImportIsFound(t *testing.T) {
	const protobuf = "google.golang.org/protobuf/proto"
	for _, tc := range []struct {
		name, from, to string
		allowed        bool
	}{
		{"a handler uses records", "service", "tumen/service/records", true},
		{"a handler reaches past records", "service", "tumen/storage", false},
		{"records know the storage contract", "service/records", "tumen/storage", true},
		{"records know a backend", "service/records", "tumen/storage/bolt", false},
		{"records call a handler", "service/records", "tumen/service", false},
		{"the gate calls a handler", "service/gate", "tumen/service", false},
		{"a client uses the contract", "clients/client", "tumen/proto/tumen/v1", true},
		{"a client uses the server", "clients/client", "tumen/service", false},
		{"a client uses a pure room that is not for it", "clients/cli", "tumen/service/corroboration", false},
		{"a client uses uncertain dates", "clients/cli", "tumen/service/edtf", true},
		{"a client opens the store", "clients/cli", "tumen/storage/bolt", false},
		{"the verifier checks proofs", "clients/verify", "github.com/transparency-dev/merkle/proof", true},
		{"the verifier shares code with the ledger", "clients/verify", "tumen/service/ledger", false},
		{"the verifier reads the contract", "clients/verify", "tumen/proto/tumen/v1", false},
		{"the second reading of support shares code with the first", "clients/verify/support", "tumen/service/corroboration", false},
		{"the second reading of support reads dates with the server's rules", "clients/verify/support", "tumen/service/edtf", false},
		{"the second reading of support reads the contract", "clients/verify/support", "tumen/proto/tumen/v1", false},
		{"the verifier grows trees with what the server grows them with", "clients/verify", "golang.org/x/mod/sumdb/tlog", false},
		{"the command carries the server", "cmd/tumen", "tumen/service", false},
		{"the server is put together", "cmd/tumend/daemon", "tumen/storage/bolt", true},
		{"storage looks up", "storage/bolt", "tumen/service/records", false},
		{"one backend uses another", "storage/postgres", "tumen/storage/bolt", false},
		{"a backend uses its engine", "storage/bolt", "go.etcd.io/bbolt", true},
		{"a backend uses a package of its engine", "storage/bolt", "go.etcd.io/bbolt/errors", true},
		{"a name that only begins alike", "storage/bolt", "go.etcd.io/bboltish", false},
		{"the storage contract uses the standard library", "storage", "context", true},
		{"the storage contract uses more", "storage", protobuf, false},
		{"records seal", "service/records", "tumen/service/seal", true},
		{"the server is given its keys", "cmd/tumend/daemon", "tumen/service/seal", true},
		{"sealing uses a cipher", "service/seal", "filippo.io/age/armor", true},
		{"sealing uses a library that is none", "service/seal", protobuf, false},
		{"sealing knows records", "service/seal", "tumen/service/records", false},
		{"sealing knows the storage contract", "service/seal", "tumen/storage", false},
		{"sealing knows a rule", "service/seal", "tumen/service/fault", false},
		{"the gate unseals", "service/gate", "tumen/service/seal", false},
		{"storage seals", "storage/bolt", "tumen/service/seal", false},
		{"verification holds keys", "clients/verify", "tumen/service/seal", false},
		{"a pure room uses another", "service/verification", "tumen/service/edtf", true},
		{"a pure room uses the contract", "service/corroboration", "tumen/proto/tumen/v1", true},
		{"a pure room uses records", "service/access", "tumen/service/records", false},
		{"a pure room uses a library", "service/edtf", protobuf, false},
		{"redaction walks messages", "service/access", protobuf, true},
		{"a pure room reads files", "service/names", "os", false},
		{"a pure room computes", "service/names", "strings", true},
		{"the contract uses a program", "proto/tumen/v1", "tumen/service/edtf", false},
		{"something imports these tests", "service", "tumen/internal/project", false},
		{"a room that nobody named", "service/misc", "strings", false},
		{"a room below a named one", "storage/bolt/pages", "strings", false},
		{"the module's own folder", "", "strings", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			packages := []importing{
				{ImportPath: strings.TrimSuffix(module+"/"+tc.from, "/"), Imports: []string{tc.to}},
				{ImportPath: "context", Standard: true}, {ImportPath: "os", Standard: true}, {ImportPath: "strings", Standard: true},
			}
			if got := violations(rooms, packages); (len(got) == 0) != tc.allowed {
				t.Errorf("%s imports %s: allowed should be %v, found %q", tc.from, tc.to, tc.allowed, got)
			}
		})
	}
}
