package cli_test

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tumen/clients/cli"
	"tumen/cmd/tumend/daemontest"
)

// office is a server with the October matter, a decided finding and a preserved
// copy, and a folder for exports of it.
type office struct {
	t      *testing.T
	server *daemontest.Running
	dir    string
}

func newOffice(t *testing.T) *office {
	o := &office{t, daemontest.Start(t, daemontest.Options{}), t.TempDir()}
	o.write("policy", o.server.Policy())
	o.write("statement.txt", "The night of 9 October 23.\n")
	o.write("why.txt", "Two organisations with contacts of their own say so.")
	o.write("apart.txt", "Their contacts were asked in different towns.")
	o.as("case-worker", 0, "apply", "-f", "../../demo/october-2023.yaml")
	o.as("case-worker", 0, "capture", "add", "S4", "-f", o.path("statement.txt"), "--media-type", "text/plain", "--external-id", "ngo:k1")
	o.as("case-worker", 0, "claim", "add", "october-2023", "--event", "E1", "--source", "S4", "--aspect", "place", "--stance", "asserts", "--from", "Jilin", "--capture", "k1", "--examiner", "an analyst", "--examined-how", "@"+o.path("why.txt"))
	return o
}

func (o *office) decide() {
	o.as("reviewer", 0, "finding", "open", "E1/count")
	o.as("reviewer", 0, "finding", "propose", "E1/count", "--outcome", "corroborated", "--low", "501", "--rationale", "@"+o.path("why.txt"),
		"--independent", "S1,S4=@"+o.path("apart.txt"), "--confidence", "moderate", "--standard", "reasonable-grounds")
	o.as("reviewer-2", 0, "finding", "approve", "E1/count")
}

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func (o *office) write(name, content string) {
	o.t.Helper()
	try(o.t, os.WriteFile(o.path(name), []byte(content), 0o600))
}

// as runs a command as a member and wants its exit code; it gives what was printed.
func (o *office) as(member string, code int, args ...string) string {
	o.t.Helper()
	return o.run(o.t.Context(), o.server.Profiles[member], code, args...)
}

func (o *office) run(ctx context.Context, profile string, code int, args ...string) string {
	o.t.Helper()
	var out bytes.Buffer
	if got := cli.Run(ctx, append([]string{"--profile", profile}, args...), strings.NewReader(""), &out, &out); got != code {
		o.t.Fatalf("tumen %v ends with %d, not %d:\n%s", args, got, code, &out)
	}
	return out.String()
}

func (o *office) verified(bag string, code int) string {
	o.t.Helper()
	return o.as("reviewer", code, "verify", o.path(bag), "--policy", o.path("policy"))
}

// taken is a bag, to be changed.
type taken map[string][]byte

func (o *office) open(bag string) taken {
	o.t.Helper()
	b := taken{}
	root := os.DirFS(o.path(bag))
	try(o.t, fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b[path], err = fs.ReadFile(root, path)
		}
		return err
	}))
	return b
}

// save makes all anew that needs no key, and writes the bag.
func (o *office) save(name string, b taken) {
	o.t.Helper()
	manifest, tags, size, files := "", "", 0, 0
	paths := slices.Sorted(func(yield func(string) bool) {
		for path := range b {
			if !yield(path) {
				return
			}
		}
	})
	for _, path := range paths {
		if strings.HasPrefix(path, "data/") {
			manifest += fmt.Sprintf("%x  %s\n", sha512.Sum512(b[path]), path)
			size, files = size+len(b[path]), files+1
		}
	}
	b["manifest-sha512.txt"] = []byte(manifest)
	b["bag-info.txt"] = regexp.MustCompile(`Payload-Oxum: .*`).ReplaceAll(b["bag-info.txt"], fmt.Appendf(nil, "Payload-Oxum: %d.%d", size, files))
	for _, path := range []string{"bag-info.txt", "bagit.txt", "manifest-sha512.txt"} {
		tags += fmt.Sprintf("%x  %s\n", sha512.Sum512(b[path]), path)
	}
	b["tagmanifest-sha512.txt"] = []byte(tags)
	for path, content := range b {
		try(o.t, os.MkdirAll(filepath.Dir(filepath.Join(o.path(name), path)), 0o700))
		try(o.t, os.WriteFile(filepath.Join(o.path(name), path), content, 0o600))
	}
}

// lines are the records of a bag.
func (b taken) lines() [][]byte {
	return bytes.SplitAfter(bytes.TrimSuffix(b["data/records.jsonl"], []byte("\n")), []byte("\n"))
}

func (b taken) setLines(lines [][]byte) {
	b["data/records.jsonl"] = append(bytes.Join(lines, nil), '\n')
	b["data/records.jsonl"] = bytes.ReplaceAll(b["data/records.jsonl"], []byte("\n\n"), []byte("\n"))
}

// find gives the first line that has a text.
func (b taken) find(t *testing.T, texts ...string) int {
	t.Helper()
	at := slices.IndexFunc(b.lines(), func(line []byte) bool {
		return !slices.ContainsFunc(texts, func(text string) bool { return !bytes.Contains(line, []byte(text)) })
	})
	if at < 0 {
		t.Fatalf("no record has %q", texts)
	}
	return at
}

// swap replaces a text that has to be there.
func (b taken) swap(t *testing.T, path, old, new string) {
	t.Helper()
	if !bytes.Contains(b[path], []byte(old)) {
		t.Fatalf("%s has no %q", path, old)
	}
	b[path] = bytes.Replace(b[path], []byte(old), []byte(new), 1)
}

// TestForgeriesOfARealExportAreRefused: whatever is done to the bag of a real
// server, with all made anew that needs no key.
func TestForgeriesOfARealExportAreRefused(t *testing.T) {
	o := newOffice(t)
	o.as("reviewer", 0, "export", "--out", o.path("older"), "--case", "ngo:october-2023")
	o.decide()
	o.as("reviewer", 0, "export", "--out", o.path("bag"), "--status", "corroborated")
	o.as("reviewer", 0, "export", "--out", o.path("whole"), "--case", "ngo:october-2023", "--captures", "--excel")
	o.as("reviewer", 0, "export", "--out", o.path("open"), "--status", "corroborated", "--disclose", "open")
	for _, bag := range []string{"older", "bag", "whole", "open"} {
		if report := o.verified(bag, 0); !strings.Contains(report, "the bag holds") || !strings.Contains(report, "views: 4 ") {
			t.Errorf("%s:\n%s", bag, report)
		}
	}
	o.save("again", o.open("bag")) // saving alone changes nothing
	o.verified("again", 0)
	if report := o.verified("whole", 0); !strings.Contains(report, "captures: 1 file with the SHA-256") {
		t.Error(report)
	}
	first := func(bag taken, kind string) int { return bag.find(t, `"kind":"`+kind+`"`) }
	for i, tc := range []struct {
		name, bag string
		forge     func(t *testing.T, b taken)
		want      string
	}{
		{"one character of a field", "bag", func(t *testing.T, b taken) { b.swap(t, "data/records.jsonl", `"title":"`, `"title":"x`) }, "and was disclosed as"},
		{"a denial dropped", "whole", func(t *testing.T, b taken) {
			lines := b.lines()
			b.setLines(slices.Delete(lines, b.find(t, `"STANCE_DENIES"`), b.find(t, `"STANCE_DENIES"`)+1))
		}, "is listed in the export and not in the bag"},
		{"a denial dropped, and from the list", "whole", func(t *testing.T, b taken) {
			lines := b.lines()
			at := b.find(t, `"STANCE_DENIES"`)
			var denial struct{ Record string }
			try(t, json.Unmarshal(lines[at], &denial))
			b["data/export.json"] = regexp.MustCompile(`,?\{"record":"`+denial.Record+`"[^}]*\}`).ReplaceAll(b["data/export.json"], nil)
			b.setLines(slices.Delete(lines, at, at+1))
		}, "is the entry of another export: it commits to other bytes than those of data/export.json"},
		{"a record added", "bag", func(t *testing.T, b taken) {
			whole := o.open("whole")
			lines := append(b.lines(), whole.lines()[first(whole, "Capture")])
			slices.SortFunc(lines, bytes.Compare)
			b.setLines(lines)
		}, "is in the bag and not listed in the export"},
		{"two values swapped", "bag", func(t *testing.T, b taken) {
			titles := regexp.MustCompile(`"title":"[^"]*"`).FindAllString(string(b["data/records.jsonl"]), 2)
			b["data/records.jsonl"] = []byte(strings.NewReplacer(titles[0], titles[1], titles[1], titles[0]).Replace(string(b["data/records.jsonl"])))
		}, "and was disclosed as"},
		{"the checkpoint of an older export, in all proofs", "bag", func(t *testing.T, b taken) {
			older, now := o.open("older")["data/checkpoint"], b["data/checkpoint"]
			inJSON := func(text []byte) []byte { e, _ := json.Marshal(string(text)); return e[1 : len(e)-1] }
			for _, path := range []string{"data/records.jsonl", "data/export-entry.json"} {
				b[path] = bytes.ReplaceAll(b[path], inJSON(now), inJSON(older))
			}
			b["data/checkpoint"] = older
		}, `export entry: data/export-entry.json: its "proof" is of leaf `},
		{"a revision removed", "bag", func(t *testing.T, b taken) {
			lines := b.lines()
			at := first(b, "Finding")
			cut := bytes.LastIndex(lines[at], []byte(`,{"revision":`))
			lines[at] = append(slices.Clone(lines[at][:cut]), "]}\n"...)
			b.setLines(lines)
		}, "ends with another entry than the one that the export lists as its last"},
		{"a table", "whole", func(t *testing.T, b taken) { b.swap(t, "data/records.csv", "STANCE_DENIES", "STANCE_ASSERTS") }, "views: data/records.csv: row"},
		{"a workbook of another export", "bag", func(t *testing.T, b taken) { b["data/records.xlsx"] = o.open("whole")["data/records.xlsx"] }, "views: data/records.xlsx: sheet 1, row"},
		{"what was withheld", "bag", func(t *testing.T, b taken) { b.swap(t, "data/redactions.csv", ",OPEN,day,", ",CONTENT,day,") }, "views: data/redactions.csv: row 2"},
		{"what was withheld, everywhere", "bag", func(t *testing.T, b taken) {
			b.swap(t, "data/redactions.csv", ",OPEN,day,", ",CONTENT,day,")
			b.swap(t, "data/records.jsonl", `"class":"OPEN","rule":"day"`, `"class":"CONTENT","rule":"day"`)
		}, "what it says is withheld is not what the export commits to"},
		{"what rests on what", "bag", func(t *testing.T, b taken) {
			b.swap(t, "data/prov.json", `"prov:usedEntity":"tumen:`, `"prov:usedEntity":"tumen:x`)
		}, "views: data/prov.json: wasDerivedFrom is not what the records give"},
		{"a preserved copy", "whole", func(t *testing.T, b taken) {
			for path := range b {
				if strings.HasPrefix(path, "data/captures/") {
					b[path] = []byte("The night of 9 October 24.\n")
				}
			}
		}, "are not those that were preserved"},
		{"an unfinished export", "bag", func(t *testing.T, b taken) { b["unfinished/request"] = []byte("{}") }, "shows that the export is not finished"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			forged := fmt.Sprintf("forged-%d", i)
			b := o.open(tc.bag)
			tc.forge(t, b)
			o.save(forged, b)
			if report := o.as("reviewer", 3, "verify", o.path(forged), "--policy", o.path("policy"), "--json"); !strings.Contains(reasonsOf(t, report), tc.want) {
				t.Errorf("want %s\ngot\n%s", tc.want, reasonsOf(t, report))
			}
		})
	}
}

// reasonsOf gives a line for each failure in a report as JSON.
func reasonsOf(t *testing.T, report string) string {
	t.Helper()
	var r struct {
		Failures []struct {
			Check, File, Record, Reason string
		}
	}
	text, _, _ := strings.Cut(report, "\n")
	try(t, json.Unmarshal([]byte(text), &r))
	var lines []string
	for _, f := range r.Failures {
		at := f.Record
		if at == "" {
			at = f.File
		}
		lines = append(lines, fmt.Sprintf("%s: %s: %s", f.Check, at, f.Reason))
	}
	return strings.Join(lines, "\n")
}

// TestAnInterruptedExportIsContinued: by the same command, and only by it.
func TestAnInterruptedExportIsContinued(t *testing.T) {
	o := newOffice(t)
	o.as("reviewer", 0, "export", "--out", o.path("at-once"), "--case", "ngo:october-2023", "--captures")
	ctx, interrupt := context.WithCancel(t.Context())
	profile := o.through(200_000, interrupt)
	o.run(ctx, profile, 1, "export", "--out", o.path("bag"), "--case", "ngo:october-2023", "--captures")
	if report := o.verified("bag", 3); !strings.Contains(report, "shows that the export is not finished") {
		t.Error(report)
	}
	begun := o.open("bag")
	arrived := bytes.Count(begun["data/records.jsonl"], []byte("\n"))
	all := len(o.open("at-once").lines())
	if arrived == 0 || arrived >= all {
		t.Fatalf("%d of %d records had arrived: it was not interrupted in the middle", arrived, all)
	}
	f, err := os.OpenFile(o.path("bag/data/records.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	try(t, err)
	_, err = f.WriteString(`{"record":"half of`) // as a power cut may leave it
	try(t, err)
	try(t, f.Close())
	if said := o.as("reviewer", 2, "export", "--out", o.path("bag")); !strings.Contains(said, "holds another export, which was begun and not finished") {
		t.Error(said)
	}
	for path := range o.open("at-once") { // a capture of which wrong bytes were left
		if name, ok := strings.CutPrefix(path, "data/captures/"); ok {
			try(t, os.WriteFile(o.path("bag/unfinished/"+name), []byte("other"), 0o600))
		}
	}
	o.as("reviewer", 0, "export", "--out", o.path("bag"), "--case", "ngo:october-2023", "--captures")
	if report := o.verified("bag", 0); !strings.Contains(report, fmt.Sprintf("records: %d records", all)) || !strings.Contains(report, "captures: 1 file") {
		t.Error(report)
	}
	if !bytes.HasPrefix(o.open("bag")["data/records.jsonl"], begun["data/records.jsonl"]) {
		t.Error("what had arrived was fetched again, or lost")
	}
}

// through gives a profile of the reviewer whose connection breaks once so many bytes
// have come from the server. Who connects again is interrupted.
func (o *office) through(limit int64, interrupt func()) string {
	o.t.Helper()
	front, err := net.Listen("tcp", "127.0.0.1:0")
	try(o.t, err)
	o.t.Cleanup(func() { front.Close() })
	var passed atomic.Int64
	go func() {
		for {
			in, err := front.Accept()
			if err != nil {
				return
			}
			if passed.Load() > limit {
				interrupt()
				in.Close()
				return
			}
			out, err := net.Dial("tcp", o.server.Address)
			if err != nil {
				in.Close()
				return
			}
			go func() { io.Copy(out, in); out.Close() }()
			go func() {
				defer out.Close()
				defer in.Close()
				piece := make([]byte, 4096)
				for {
					n, err := out.Read(piece)
					if passed.Add(int64(n)) > limit {
						return
					}
					if _, failed := in.Write(piece[:n]); err != nil || failed != nil {
						return
					}
				}
			}()
		}
	}()
	text, err := os.ReadFile(o.server.Profiles["reviewer"])
	try(o.t, err)
	if !bytes.Contains(text, []byte(o.server.Address)) {
		o.t.Fatalf("the profile does not name %s", o.server.Address)
	}
	o.write("through.yaml", strings.ReplaceAll(string(text), o.server.Address, front.Addr().String()))
	return o.path("through.yaml")
}
