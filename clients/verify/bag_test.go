package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A bag writer of the tests' own. Everything in it comes from fixed seeds, so
// that the same records give the same bytes.

const origin = "tumen-ledger-0123456789abcdef/2"

var b64 = base64.RawURLEncoding.EncodeToString

func fixed(of ...any) [32]byte { return sha256.Sum256(fmt.Append(nil, of...)) }

// signingKey is a key with its forms in signed notes.
type signingKey struct {
	name    string
	private ed25519.PrivateKey
	kind    byte
}

func newKey(name, seed string, kind byte) signingKey {
	s := fixed("key", seed)
	return signingKey{name, ed25519.NewKeyFromSeed(s[:]), kind}
}

func (k signingKey) public() []byte {
	return append([]byte{k.kind}, k.private.Public().(ed25519.PublicKey)...)
}

func (k signingKey) hash() uint32 {
	sum := sha256.Sum256(append([]byte(k.name+"\n"), k.public()...))
	return binary.BigEndian.Uint32(sum[:])
}

func (k signingKey) verifier() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.hash(), base64.StdEncoding.EncodeToString(k.public()))
}

// line is the signature line of a note.
func (k signingKey) line(text string) string {
	sig := binary.BigEndian.AppendUint32(nil, k.hash())
	if k.kind == keyCosignature {
		sig = binary.BigEndian.AppendUint64(sig, 1700000000)
		text = "cosignature/v1\ntime 1700000000\n" + text
	}
	sig = append(sig, ed25519.Sign(k.private, []byte(text))...)
	return "— " + k.name + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
}

var _ note.Verifier = (*witness)(nil)

// revisionLine and recordLine are the lines of records.jsonl, to take apart.
type revisionLine struct {
	Revision   int                        `json:"revision"`
	Fields     map[string]json.RawMessage `json:"fields,omitempty"`
	SDJWT      string                     `json:"sd_jwt,omitempty"`
	Entry      string                     `json:"entry,omitempty"`
	Salt       string                     `json:"salt,omitempty"`
	Proof      string                     `json:"proof"`
	Time       string                     `json:"time,omitempty"`
	Day        string                     `json:"day,omitempty"`
	Member     string                     `json:"member,omitempty"`
	Commitment string                     `json:"commitment,omitempty"`
	Withheld   []withheldLine             `json:"withheld,omitempty"`
	leaf       int64
}

type withheldLine struct {
	Class  string `json:"class"`
	Rule   string `json:"rule"`
	Fields int    `json:"fields"`
}

type recordLine struct {
	Record    string          `json:"record"`
	Kind      string          `json:"kind"`
	Erased    bool            `json:"erased,omitempty"`
	Revisions []*revisionLine `json:"revisions"`
}

// draft is what goes into a bag.
type draft struct {
	key         signingKey
	witnesses   []signingKey
	hide        map[string]bool // fields that are not disclosed
	erase       map[string]bool
	days        bool
	method      string   // of the entries, if not that of recording a claim
	made, dated string   // the day in the statement; the day committed to beside the time of each revision
	withheld    []string // JSON
	older       bool     // the checkpoint before the export's own entry
	records     []*recordLine
	leaves      [][32]byte
	hashes      []tlog.Hash
	lasts       map[string]string
}

func newDraft() *draft {
	d := &draft{dated: "2023-10-13", made: "2023-11-26", key: newKey(origin, "log", keyEd25519), hide: map[string]bool{}, erase: map[string]bool{}, lasts: map[string]string{}}
	d.leaf([32]byte{1}) // of another record
	return d
}

func (d *draft) leaf(c [32]byte) int64 {
	n := int64(len(d.leaves))
	hashes, err := tlog.StoredHashes(n, c[:], tlog.HashReaderFunc(d.read))
	if err != nil {
		panic(err)
	}
	d.hashes, d.leaves = append(d.hashes, hashes...), append(d.leaves, c)
	return n
}

func (d *draft) read(indexes []int64) (found []tlog.Hash, _ error) {
	for _, i := range indexes {
		found = append(found, d.hashes[i])
	}
	return found, nil
}

func disclose(seed, name, value string) string {
	salt := fixed("salt", seed, name)
	return b64([]byte(fmt.Sprintf(`["%s","%s",%s]`, b64(salt[:16]), name, value)))
}

func hashText(t string) string {
	sum := sha256.Sum256([]byte(t))
	return b64(sum[:])
}

// add adds a record with one revision for each list of field, value, field, value…
func (d *draft) add(name string, revisions ...[]string) {
	rec := &recordLine{Record: name, Kind: kindOf(name), Erased: d.erase[name]}
	d.records = append(d.records, rec)
	for _, fields := range revisions {
		d.revise(rec, fields)
	}
}

// revise adds a revision to a record that was added.
func (d *draft) revise(rec *recordLine, fields []string) {
	name, number := rec.Record, len(rec.Revisions)+1
	v := &revisionLine{Revision: number, Fields: map[string]json.RawMessage{}}
	seed := fmt.Sprint(name, number-1)
	fields = append([]string{"name", `"` + name + `"`, "revision", fmt.Sprint(number)}, fields...)
	var digests, shown []string
	for f := 0; f < len(fields); f += 2 {
		text := disclose(seed, fields[f], fields[f+1])
		digests = append(digests, hashText(text))
		if !d.hide[fields[f]] {
			shown = append(shown, text)
			v.Fields[fields[f]] = json.RawMessage(fields[f+1])
		} else if v.Withheld == nil {
			v.Withheld = []withheldLine{{"CONTENT", "clearance", 1}}
		} else {
			v.Withheld[0].Fields++
		}
	}
	for len(digests) < digestsPerPayload {
		decoy := fixed("decoy", seed, len(digests))
		digests = append(digests, b64(decoy[:]))
	}
	payload := payloadOf(digests)
	v.SDJWT = d.key.sdJWT(fmt.Sprintf(`{"alg":"EdDSA","kid":"%s","typ":"sd-jwt"}`, d.key.name), payload) + strings.Join(shown, "~") + "~"
	v.Time, v.Member = disclose(seed, "time", `"2023-10-13T09:00:00.5Z"`), disclose(seed, "member", `"organisations/o/members/m"`)
	v.Day = disclose(seed, "day", `"`+d.dated+`"`)
	cites := ""
	if previous := d.lasts[name]; previous != "" {
		cites = `"previous":"` + previous + `",`
	}
	method := "ClaimService/CreateClaim"
	if d.method != "" {
		method = d.method
	}
	v.Entry = fmt.Sprintf(`{"v":1,"method":"%s","record":"%s","revision":%d,%s"payload":"%s","time":"%s","day":"%s","member":"%s"}`,
		method, name, number, cites, hashText(payload), hashText(v.Time), hashText(v.Day), hashText(v.Member))
	d.enter(v, seed)
	d.lasts[name] = hashText(v.Entry)
	if d.days {
		v.Time, v.Member = "", ""
	}
	if rec.Erased {
		*v = revisionLine{Revision: number, leaf: v.leaf, Commitment: b64(d.leaves[v.leaf][:])}
	}
	rec.Revisions = append(rec.Revisions, v)
}

func payloadOf(digests []string) string {
	slices.Sort(digests)
	return `{"_sd":["` + strings.Join(digests, `","`) + `"],"_sd_alg":"sha-256"}`
}

func (k signingKey) sdJWT(header, payload string) string {
	signed := b64([]byte(header)) + "." + b64([]byte(payload))
	return signed + "." + b64(ed25519.Sign(k.private, []byte(signed))) + "~"
}

func (d *draft) enter(v *revisionLine, seed string) {
	salt := fixed("entry salt", seed)
	v.Salt, v.leaf = b64(salt[:]), d.leaf(commitment(salt, v.Entry))
}

// checkpoint signs the first size leaves.
func (d *draft) checkpoint(size int64) string {
	root, err := tlog.TreeHash(size, tlog.HashReaderFunc(d.read))
	if err != nil {
		panic(err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", d.key.name, size, base64.StdEncoding.EncodeToString(root[:]))
	signed := text + "\n" + d.key.line(text)
	for _, w := range d.witnesses {
		signed += w.line(text)
	}
	return signed
}

func (d *draft) proof(leaf, size int64, checkpoint string) string {
	if leaf >= size {
		return fmt.Sprintf("%s\nindex %d\n\n%s", proofHeader, leaf, checkpoint)
	}
	hashes, err := tlog.ProveRecord(size, leaf, tlog.HashReaderFunc(d.read))
	if err != nil {
		panic(err)
	}
	text := fmt.Sprintf("%s\nindex %d\n", proofHeader, leaf)
	for _, h := range hashes {
		text += base64.StdEncoding.EncodeToString(h[:]) + "\n"
	}
	return text + "\n" + checkpoint
}

// statement is data/export.json of the records.
func (d *draft) statement() string {
	slices.SortFunc(d.records, func(a, b *recordLine) int { return strings.Compare(a.Record, b.Record) })
	var listed []string
	redacted := ""
	for _, rec := range d.records {
		for _, v := range rec.Revisions {
			for _, w := range v.Withheld {
				redacted += fmt.Sprintf("%s\t%d\t%s\t%s\t%d\n", rec.Record, v.Revision, w.Class, w.Rule, w.Fields)
			}
		}
		last := `,"last":"` + d.lasts[rec.Record] + `"`
		if rec.Erased {
			last = ""
		}
		listed = append(listed, fmt.Sprintf(`{"record":"%s","revisions":%d%s}`, rec.Record, len(rec.Revisions), last))
	}
	return fmt.Sprintf(`{"v":1,"query":{"cases":["cases/a"]},"disclose":["OPEN","CONTENT"],"origin":"%s","made":"%s","redacted":"%s","records":[%s],"withheld":[%s]}`+"\n",
		d.key.name, d.made, hashText(redacted), strings.Join(listed, ","), strings.Join(d.withheld, ","))
}

// files writes the bag.
func (d *draft) files() files {
	statement := d.statement()
	at, by := disclose("export", "time", `"2023-11-26T10:00:00Z"`), disclose("export", "member", `"organisations/o/members/m"`)
	of, day := disclose("export", "subject", `"`+hashText(statement)+`"`), disclose("export", "day", `"2023-11-26"`)
	own := &revisionLine{Entry: fmt.Sprintf(`{"v":1,"method":"ExportService/ExportRecords","kind":"export","subject":"%s","time":"%s","day":"%s","member":"%s"}`,
		hashText(of), hashText(at), hashText(day), hashText(by))}
	d.enter(own, "export")
	size := int64(len(d.leaves))
	if d.older {
		size--
	}
	top := d.checkpoint(size)
	f := files{fileExport: []byte(statement), fileCheckpoint: []byte(top)}
	for _, rec := range d.records {
		for _, v := range rec.Revisions {
			v.Proof = d.proof(v.leaf, size, top)
		}
	}
	f.setRecords(d.records)
	f[fileEntry] = encoded(map[string]any{"entry": own.Entry, "salt": own.Salt, "proof": d.proof(own.leaf, size, top), "disclosures": []string{of, at, day, by}})
	f.setViews()
	f.rebuild()
	return f
}

// files are those of a bag, by path.
type files map[string][]byte

func encoded(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (f files) setRecords(records []*recordLine) {
	var b []byte
	for _, rec := range records {
		b = append(b, encoded(rec)...)
	}
	f[fileRecords] = b
}

func (f files) records() (records []*recordLine) {
	for line := range bytes.Lines(f[fileRecords]) {
		rec := &recordLine{}
		if err := json.Unmarshal(line, rec); err != nil {
			panic(err)
		}
		records = append(records, rec)
	}
	return records
}

// setViews writes tables of the records. None of the drafts' values needs to be
// guarded, and none but JSON to be quoted.
func (f files) setViews() {
	table, hidden := []byte("record,kind,revision,field,value\r\n"), []byte("record,revision,class,rule,fields\r\n")
	for _, rec := range f.records() {
		for _, v := range rec.Revisions {
			for _, w := range v.Withheld {
				hidden = fmt.Appendf(hidden, "%s,%d,%s,%s,%d\r\n", rec.Record, v.Revision, w.Class, w.Rule, w.Fields)
			}
		}
		last := rec.Revisions[len(rec.Revisions)-1]
		for _, name := range sortedKeys(last.Fields) {
			value := string(last.Fields[name])
			if value[0] == '"' {
				value = value[1 : len(value)-1]
			} else if strings.ContainsAny(value, `",`) {
				value = `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
			}
			table = fmt.Appendf(table, "%s,%s,%d,%s,%s\r\n", rec.Record, rec.Kind, last.Revision, name, value)
		}
	}
	f["data/records.csv"], f["data/redactions.csv"] = table, hidden
}

// rebuild makes everything that needs no key.
func (f files) rebuild() {
	var octets, count int
	manifest, tags := "", ""
	for _, path := range sortedKeys(f) {
		if strings.HasPrefix(path, "data/") {
			octets, count = octets+len(f[path]), count+1
			manifest += fmt.Sprintf("%x  %s\n", sha512.Sum512(f[path]), path)
		}
	}
	f[fileDeclaration] = []byte(declaration)
	f[fileBag] = fmt.Appendf(nil, "Bag-Software-Agent: test\nBagging-Date: 2023-11-26\nPayload-Oxum: %d.%d\n", octets, count)
	f[fileManifest] = []byte(manifest)
	for _, path := range []string{fileBag, fileDeclaration, fileManifest} {
		tags += fmt.Sprintf("%x  %s\n", sha512.Sum512(f[path]), path)
	}
	f[fileTagManifest] = []byte(tags)
}

func (f files) fs() fstest.MapFS {
	m := fstest.MapFS{}
	for path, content := range f {
		m[path] = &fstest.MapFile{Data: content, Mode: 0o644}
	}
	return m
}

func mustPolicy(t testing.TB, lines ...string) *Policy {
	t.Helper()
	p, err := ParsePolicy([]byte(strings.Join(lines, "\n") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
