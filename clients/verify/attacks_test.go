package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	claimOne, claimTwo, denial = "cases/a/claims/one", "cases/a/claims/two", "cases/a/claims/zdenial"
	finding                    = "cases/a/findings/f"
	supportOf                  = `{"supporting":{"at_least":1,"claims":["cases/a/claims/one"],"groups":[{"origins":[{"source":"sources/s","claims":["cases/a/claims/one"]}]}]},"denying":{"claims":["cases/a/claims/zdenial"]},"values":[{"value":{"count":{"words":"sources/nobody"}},"label":"x"}],"rules":1}`
)

// filled is a draft with a claim of three revisions, a denial and a finding on both.
func filled(change func(*draft)) *draft {
	d := newDraft()
	if change != nil {
		change(d)
	}
	d.add(claimOne, []string{"stance", `"STANCE_ASSERTS"`, "title", `"five hundred"`}, []string{"stance", `"STANCE_ASSERTS"`, "title", `"more"`}, []string{"stance", `"STANCE_ASSERTS"`, "title", `"more than 500"`, "note", `"두만강"`})
	d.add(claimTwo, []string{"stance", `"STANCE_ASSERTS"`, "title", `"six hundred"`})
	d.add(denial, []string{"stance", `"STANCE_DENIES"`, "title", `"nobody"`})
	d.add("sources/s", []string{"title", `"A statement"`})
	d.add(finding, []string{"state", `"FINDING_STATE_CONFIRMED"`, "approved_support", supportOf})
	return d
}

func (d *draft) policy(t testing.TB) *Policy { return mustPolicy(t, "log "+d.key.verifier()) }

func verified(t testing.TB, fsys fs.FS, p *Policy) *Report {
	t.Helper()
	r, err := Verify(context.Background(), fsys, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func reasons(r *Report) string {
	var all []string
	for _, f := range r.Failures {
		all = append(all, f.Check+": "+f.String())
	}
	return strings.Join(all, "\n")
}

// attack changes a good bag as somebody without the log's key can.
type attack struct {
	name   string
	change func(f files)
	raw    bool   // the manifests stay as they were
	want   string // in the failures
}

// onRecords is an attack on the lines of records.jsonl.
func onRecords(change func(r []*recordLine) []*recordLine) func(files) {
	return func(f files) { f.setRecords(change(f.records())) }
}

// onFirst is an attack on the first revision of the first claim.
func onFirst(change func(v *revisionLine)) func(files) {
	return onRecords(func(r []*recordLine) []*recordLine {
		change(r[0].Revisions[0])
		return r
	})
}

func replaced(path, old, new string) func(files) {
	return func(f files) {
		if !strings.Contains(string(f[path]), old) {
			panic(path + " has no " + old)
		}
		f[path] = []byte(strings.Replace(string(f[path]), old, new, 1))
	}
}

func asJSON(s string) json.RawMessage { return json.RawMessage(`"` + s + `"`) }

func discloses(v *revisionLine) []string { return strings.Split(v.SDJWT, "~") }

func (v *revisionLine) resign(header string) {
	parts := strings.Split(v.SDJWT, "~")
	payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(parts[0], ".")[1])
	parts[0] = strings.TrimSuffix(newKey(origin, "another", keyEd25519).sdJWT(header, string(payload)), "~")
	v.SDJWT = strings.Join(parts, "~")
}

const goodHeader = `{"alg":"EdDSA","kid":"` + origin + `","typ":"sd-jwt"}`

var attacks = []attack{
	{"a character of a field, and nothing else", replaced(fileRecords, "five hundred", "nine hundred"), true, "manifest: data/records.jsonl: is not the file that manifest-sha512.txt names"},
	{"a character of a field", onFirst(func(v *revisionLine) { v.Fields["title"] = asJSON("five hundreds") }), false, `disclosures: cases/a/claims/one, revision 1, field title: reads "five hundreds", and was disclosed as "five hundred"`},
	{"a field and its disclosure", onFirst(func(v *revisionLine) {
		v.Fields["title"] = asJSON("nine hundred")
		v.SDJWT = strings.Replace(v.SDJWT, disclose(claimOne+"0", "title", `"five hundred"`), disclose(claimOne+"0", "title", `"nine hundred"`), 1)
	}), false, "revision 1, field title: the disclosure of this field is not what was signed"},
	{"a denial dropped", onRecords(func(r []*recordLine) []*recordLine { return slices.Delete(r, 2, 3) }), false, "records: cases/a/claims/zdenial: is listed in the export and not in the bag"},
	{"a denial dropped, and the export's list with it", func(f files) {
		r := f.records()
		list, rest, _ := strings.Cut(string(f[fileExport]), `,{"record":"`+denial)
		_, rest, _ = strings.Cut(rest, "}")
		f[fileExport] = []byte(list + rest)
		f.setRecords(slices.Delete(r, 2, 3))
	}, false, "export entry: data/export-entry.json: is the entry of another export"},
	{"a denial said to be erased", onRecords(func(r []*recordLine) []*recordLine {
		r[2].Erased = true
		r[2].Revisions = []*revisionLine{{Revision: 1, Proof: r[2].Revisions[0].Proof}}
		return r
	}), false, "zdenial: is said to be erased, and the export does not say so"},
	{"a record added", onRecords(func(r []*recordLine) []*recordLine {
		other := newDraft()
		other.add("ties/t", []string{"kind", `"x"`})
		other.files()
		return append(r, other.records...)
	}), false, "ties/t: is in the bag and not listed in the export"},
	{"a record twice", onRecords(func(r []*recordLine) []*recordLine { return slices.Insert(r, 1, r[0]) }), false, "is not in ascending order, or there twice"},
	{"records in another order", onRecords(func(r []*recordLine) []*recordLine { r[0], r[1] = r[1], r[0]; return r }), false, "is not in ascending order"},
	{"another kind", onRecords(func(r []*recordLine) []*recordLine { r[0].Kind = "Case"; return r }), false, `is said to be a "Case", which its name is not`},
	{"two values of a record swapped", onFirst(func(v *revisionLine) { v.Fields["title"], v.Fields["stance"] = v.Fields["stance"], v.Fields["title"] }), false, `field stance: reads "five hundred", and was disclosed as "STANCE_ASSERTS"`},
	{"values of two records swapped", onRecords(func(r []*recordLine) []*recordLine {
		a, b := r[0].Revisions[0], r[1].Revisions[0]
		a.Fields, b.Fields = b.Fields, a.Fields
		a.SDJWT, b.SDJWT = b.SDJWT, a.SDJWT
		return r
	}), false, `field name: was disclosed as "cases/a/claims/two", and should be "cases/a/claims/one"`},
	{"a disclosure of another record added", onRecords(func(r []*recordLine) []*recordLine {
		r[0].Revisions[0].SDJWT += disclose(denial+"0", "stance", `"STANCE_DENIES"`) + "~"
		return r
	}), false, "field stance: the disclosure of this field is not what was signed"},
	{"a disclosure removed", onFirst(func(v *revisionLine) {
		v.SDJWT = strings.Replace(v.SDJWT, disclose(claimOne+"0", "title", `"five hundred"`)+"~", "", 1)
	}), false, "field title: stands among the fields and has no disclosure"},
	{"a disclosure and its field removed: the name", onFirst(func(v *revisionLine) {
		v.SDJWT = strings.Replace(v.SDJWT, discloses(v)[1]+"~", "", 1)
		delete(v.Fields, "name")
	}), false, "field name: is not disclosed, and always must be"},
	{"a field removed", onFirst(func(v *revisionLine) { delete(v.Fields, "title") }), false, "field title: is disclosed and does not stand among the fields"},
	{"a disclosure repeated", onFirst(func(v *revisionLine) { v.SDJWT += discloses(v)[1] + "~" }), false, "field name: the disclosure of this field is there twice"},
	{"a revision removed: the first", onRecords(func(r []*recordLine) []*recordLine { r[0].Revisions = r[0].Revisions[1:]; return r }), false, "chains: cases/a/claims/one, revision 2: stands where revision 1 should"},
	{"a revision removed: the middle", onRecords(func(r []*recordLine) []*recordLine {
		r[0].Revisions = slices.Delete(r[0].Revisions, 1, 2)
		return r
	}), false, "chains: cases/a/claims/one, revision 3, field entry: does not cite the entry of the revision before"},
	{"a revision removed: the last", onRecords(func(r []*recordLine) []*recordLine { r[0].Revisions = r[0].Revisions[:2]; return r }), false, "cases/a/claims/one: ends with another entry than the one that the export lists as its last"},
	{"revisions reordered", onRecords(func(r []*recordLine) []*recordLine {
		v := r[0].Revisions
		v[0], v[1] = v[1], v[0]
		return r
	}), false, "revision 2: stands where revision 1 should"},
	{"revisions renumbered", onRecords(func(r []*recordLine) []*recordLine { r[0].Revisions[0].Revision = 2; return r }), false, "is the entry of revision 1"},
	{"signed with another key", onFirst(func(v *revisionLine) { v.resign(goodHeader) }), false, "signatures: cases/a/claims/one, revision 1, field sd_jwt: is not signed with the key of " + origin},
	{"signed by a log that nobody knows", onFirst(func(v *revisionLine) { v.resign(strings.Replace(goodHeader, origin, "other", 1)) }), false, `is signed by "other", which the policy does not name`},
	{"alg none", onFirst(func(v *revisionLine) { v.resign(strings.Replace(goodHeader, "EdDSA", "none", 1)) }), false, "is not signed with EdDSA"},
	{"alg HS256", onFirst(func(v *revisionLine) { v.resign(strings.Replace(goodHeader, "EdDSA", "HS256", 1)) }), false, "is not signed with EdDSA"},
	{"a key in the header", onFirst(func(v *revisionLine) { v.resign(strings.Replace(goodHeader, "{", `{"jwk":{},`, 1)) }), false, "is not signed with EdDSA"},
	{"the entry of another record", onRecords(func(r []*recordLine) []*recordLine {
		a, b := r[0].Revisions[0], r[1].Revisions[0]
		a.Entry, a.Salt, a.Proof = b.Entry, b.Salt, b.Proof
		return r
	}), false, "is the entry of another record: cases/a/claims/two"},
	{"another salt", onFirst(func(v *revisionLine) { v.Salt = b64(make([]byte, 32)) }), false, "inclusion proofs: cases/a/claims/one, revision 1, field proof: does not lead from this entry and salt to the root"},
	{"the proof of another leaf", onRecords(func(r []*recordLine) []*recordLine {
		r[0].Revisions[0].Proof = r[1].Revisions[0].Proof
		return r
	}), false, "revision 1, field proof: does not lead from this entry"},
	{"a time of another revision", onRecords(func(r []*recordLine) []*recordLine {
		r[0].Revisions[0].Time = r[1].Revisions[0].Time
		return r
	}), false, "field time: is not what the entry commits to"},
	{"a member for a time", onFirst(func(v *revisionLine) { v.Time = v.Member }), false, "field time: is not what the entry commits to"},
	{"a time that is not on its day", func(f files) {
		maps.Copy(f, filled(func(d *draft) { d.dated = "2023-10-14" }).files())
	}, false, "revision 1, field time: is 2023-10-13T09:00:00.5Z, which is not on the day that is disclosed: 2023-10-14"},
	{"a day of another revision", onRecords(func(r []*recordLine) []*recordLine {
		r[0].Revisions[0].Day = r[1].Revisions[0].Day
		return r
	}), false, "revision 1, field day: is not what the entry commits to"},
	{"a day that reads otherwise", onFirst(func(v *revisionLine) { v.Day = disclose(claimOne+"0", "day", `"2023-10-14"`) }), false, "revision 1, field day: is not what the entry commits to"},
	{"a member for a day", onFirst(func(v *revisionLine) { v.Day = v.Member }), false, "field day: is not what the entry commits to"},
	{"a statement made on another day", func(f files) {
		maps.Copy(f, filled(func(d *draft) { d.made = "2023-11-27" }).files())
	}, false, "data/export.json: says that it was made on 2023-11-27, and its entry that it was on 2023-11-26"},
	{"an export entry that does not disclose its statement", onEntry(func(e map[string]any) { e["disclosures"] = e["disclosures"].([]any)[1:] }), false, "does not disclose both what it is of (subject) and the day"},
	{"an export entry that does not disclose its day", onEntry(func(e map[string]any) { e["disclosures"] = e["disclosures"].([]any)[:2] }), false, "does not disclose both what it is of (subject) and the day"},
	{"no export entry", func(f files) { delete(f, fileEntry) }, false, "data/export-entry.json: is missing"},
	{"the export entry of another export", func(f files) {
		d := filled(nil)
		d.withheld = []string{`{"record":"ties/t","reason":"marking"}`}
		other := d.files()
		for path := range other {
			if path != fileExport {
				f[path] = other[path]
			}
		}
	}, false, "is the entry of another export"},
	{"a revision for the export entry", func(f files) {
		v := f.records()[0].Revisions[0]
		f[fileEntry] = encoded(map[string]string{"entry": v.Entry, "salt": v.Salt, "proof": v.Proof})
	}, false, "has an entry that is not about an export"},
	{"the checkpoint of another tree", func(f files) { f[fileCheckpoint] = []byte(filledCheckpoint(3)) }, false, "is under another checkpoint than data/checkpoint"},
	{"an older checkpoint, and proofs under it", func(f files) {
		d := filled(func(d *draft) { d.older = true })
		for path, content := range d.files() {
			f[path] = content
		}
	}, false, "export entry: data/export-entry.json: its \"proof\" is of leaf 8, and the log has 8"},
	{"another root", func(f files) { f[fileCheckpoint][len(origin)+5] ^= 1 }, false, "checkpoint: data/checkpoint: is not signed with the log's key"},
	{"a file that nobody knows", func(f files) { f["data/extra.txt"] = nil }, false, "data/extra.txt: is nothing that a bag may have"},
	{"files to be fetched", func(f files) { f["fetch.txt"] = nil }, false, "fetch.txt: is nothing that a bag may have"},
	{"a capture that no record knows", func(f files) { f["data/captures/x.pdf"] = []byte("x") }, false, "captures: data/captures/x.pdf: belongs to no capture in the bag that discloses its SHA-256"},
	{"other bytes than were preserved", func(f files) {
		d, _ := goldenDraft()
		d.witnesses = nil
		maps.Copy(f, d.files())
		f["data/captures/c"] = []byte("They were put on buses after dawn.\n")
	}, false, "captures: sources/s/captures/c, field sha256: the bytes in data/captures/c are not those that were preserved"},
	{"a table with another value", replaced("data/records.csv", "more than 500", "more than 501"), false, `views: data/records.csv: row`},
	{"a table with a row more", func(f files) { f["data/records.csv"] = append(f["data/records.csv"], "x,Claim,1,a,b\r\n"...) }, false, `is not what the records give: it reads "x,Claim,1,a,b\r\n", and they give nothing`},
	{"a table with a row less", func(f files) {
		t := f["data/records.csv"]
		f["data/records.csv"] = t[:bytes.LastIndexByte(t[:len(t)-1], '\n')+1]
	}, false, "is not what the records give: it reads nothing, and they give"},
	{"more withheld than was", func(f files) {
		maps.Copy(f, filled(func(d *draft) { d.hide["title"] = true }).files())
		records := f.records()
		records[0].Revisions[0].Withheld[0].Fields = 3
		f.setRecords(records)
		f.setViews()
	}, false, "records: data/records.jsonl: what it says is withheld is not what the export commits to (redacted)"},
	{"nothing withheld, it is said", func(f files) {
		maps.Copy(f, filled(func(d *draft) { d.hide["title"] = true }).files())
		records := f.records()
		records[0].Revisions[0].Withheld = nil
		f.setRecords(records)
		f.setViews()
	}, false, "records: data/records.jsonl: what it says is withheld is not what the export commits to (redacted)"},
	{"redactions of fewer fields", func(f files) {
		maps.Copy(f, filled(func(d *draft) { d.hide["title"] = true }).files())
		replaced("data/redactions.csv", "CONTENT,clearance,1", "CONTENT,clearance,0")(f)
	}, false, "views: data/redactions.csv: row 2 is not what the records give"},
	{"a path out of the bag", replaced(fileManifest, "data/checkpoint", "data/../../etc/passwd"), true, `names "data/../../etc/passwd", which is no path that a bag may have`},
	{"an absolute path", replaced(fileManifest, "data/checkpoint", "/etc/passwd"), true, `names "/etc/passwd"`},
	{"a manifest cut off", func(f files) { f[fileManifest] = f[fileManifest][:200] }, true, "has no end: the file is cut off"},
	{"records cut off", func(f files) { f[fileRecords] = f[fileRecords][:len(f[fileRecords])-1] }, false, "has no end: the file is cut off"},
	{"a huge line", func(f files) { f[fileRecords] = []byte(strings.Repeat("x", maxLine+1)) }, false, "is longer than 67108864 bytes"},
	{"invalid UTF-8", replaced(fileRecords, "five hundred", "five hun\xffdred"), false, "is not valid UTF-8"},
	{"half a surrogate", replaced(fileRecords, "five hundred", `five \ud800hundred`), false, "is not valid UTF-8"},
	{"a member twice", replaced(fileRecords, `"kind":"Claim"`, `"kind":"Claim","kind":"Claim"`), false, "has a member twice"},
	{"a member that nobody knows", replaced(fileRecords, `"kind":"Claim"`, `"kind":"Claim","x":1`), false, `has a member "x", which the format does not know`},
	{"an export with white space", replaced(fileExport, `"v":1,`, `"v":1, `), false, "has white space"},
	{"a Payload-Oxum of other files", replaced(fileBag, "Payload-Oxum: ", "Payload-Oxum: 1"), true, "as Payload-Oxum"},
}

// onEntry changes data/export-entry.json.
func onEntry(change func(e map[string]any)) func(files) {
	return func(f files) {
		var e map[string]any
		if err := json.Unmarshal(f[fileEntry], &e); err != nil {
			panic(err)
		}
		change(e)
		f[fileEntry] = encoded(e)
	}
}

func filledCheckpoint(size int64) string {
	d := filled(nil)
	d.files()
	return d.checkpoint(size)
}

func TestAttacksAreRefused(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			d := filled(nil)
			f := d.files()
			a.change(f)
			if !a.raw {
				f.rebuild()
			}
			if r := verified(t, f.fs(), d.policy(t)); !strings.Contains(reasons(r), a.want) {
				t.Errorf("want %s\ngot\n%s", a.want, reasons(r))
			}
		})
	}
}

func TestALinkIsNotFollowed(t *testing.T) {
	d := filled(nil)
	m := d.files().fs()
	m["data/records.csv"] = &fstest.MapFile{Data: []byte("../../etc/passwd"), Mode: fs.ModeSymlink | 0o777}
	if r := verified(t, m, d.policy(t)); !strings.Contains(reasons(r), "data/records.csv: is not a plain file but a link") {
		t.Error(reasons(r))
	}
}
