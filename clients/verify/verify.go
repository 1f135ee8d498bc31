package verify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Progress is told how far a file has been read: so many bytes of so many.
type Progress func(file string, done, total int64)

// run is one verification.
type run struct {
	*Report
	policy    *Policy
	bag       *bag
	top       *checkpoint
	statement *statement
	tally     tally
	facts     *facts
	progress  Progress
	day       string          // of the export, as its entry discloses it
	views     map[string]view // that are not known to differ
	redacted  io.Writer       // of what the records say is withheld
}

// Verify checks a bag against a policy. It reads the bag twice, line by line, and
// its records once more where findings rest on them. It keeps of the records digests
// and what the support of findings rests on: some hundred bytes for each revision of
// a claim, fewer for others, however large the records are. For a folder give
// os.Root's FS, which does not leave it.
//
// An error says that the bag could not be read; what is wrong with one that could
// is in the report. progress may be nil.
func Verify(ctx context.Context, fsys fs.FS, policy *Policy, progress Progress) (*Report, error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	r := &run{
		Report: &Report{Checks: []Check{}, Failures: []Failure{}, Unproven: []string{}}, policy: policy, progress: progress,
		bag: &bag{fsys: fsys, sizes: map[string]int64{}, captures: map[string][32]byte{}},
	}
	readable, err := r.bag.checkManifests(ctx, r.Report, progress)
	if err != nil {
		return nil, err
	}
	r.done(CheckManifest, int64(len(r.bag.sizes)), "%s as the manifests name them", many(len(r.bag.sizes), "file", "files"))
	if !readable {
		return r.Report, nil
	}
	for _, check := range []func(context.Context) (bool, error){r.checkCheckpoint, r.checkExport, r.checkRecords, r.checkSupport} {
		if on, err := check(ctx); err != nil || !on {
			return r.orError(err)
		}
	}
	r.tellUnproven()
	return r.Report, nil
}

func (r *run) orError(err error) (*Report, error) {
	if err != nil {
		return nil, err
	}
	return r.Report, nil
}

// found turns an error about a file's content into a failure; one about reading it
// ends the verification.
func (r *run) found(check, file string, err error) error {
	var failed readError
	if err == nil || errors.As(err, &failed) {
		return err
	}
	r.fail(Failure{Check: check, File: file, Reason: err.Error()})
	return nil
}

func (r *run) checkCheckpoint(context.Context) (bool, error) {
	signed, err := r.bag.small(fileCheckpoint)
	if err == nil {
		r.top, err = openCheckpoint(signed, r.policy)
	}
	if err != nil {
		err = r.found(CheckCheckpoint, fileCheckpoint, err)
		r.done(CheckCheckpoint, 0, "no checkpoint to go by: the checks that follow were not made")
		return false, err
	}
	r.Origin, r.Size, r.Cosigned = r.top.origin, r.top.size, r.top.cosigned
	r.done(CheckCheckpoint, int64(r.top.cosigned), "of %s with %s, signed by the log and %s (the quorum is %d)",
		r.Origin, many(int64(r.Size), "leaf", "leaves"), many(r.Cosigned, "witness", "witnesses"), r.policy.quorum)
	return true, nil
}

// checkExport checks that the log has an entry for exactly this export.
func (r *run) checkExport(context.Context) (bool, error) {
	raw, err := r.bag.small(fileEntry)
	if err == nil {
		err = r.exportEntry(raw)
	}
	if err := r.found(CheckExport, fileEntry, err); err != nil {
		return false, err
	}
	s, err := readStatement(r.bag.fsys)
	if err == nil && s.origin != r.Origin {
		err = fmt.Errorf("is of the log %q, and the checkpoint of %q", s.origin, r.Origin)
	}
	if err == nil && r.day != "" && s.made != r.day {
		err = fmt.Errorf("says that it was made on %s, and its entry that it was on %s", s.made, r.day)
	}
	if err != nil {
		err = r.found(CheckExport, fileExport, err)
		r.done(CheckExport, 0, "the list of records can't be used: the checks that follow were not made")
		return false, err
	}
	r.statement, r.Made = s, s.made
	r.done(CheckExport, int64(len(s.listed)), "made on %s, with %s and %d withheld", s.made, many(len(s.listed), "record", "records"), len(s.withheld))
	return true, nil
}

func (r *run) exportEntry(raw []byte) error {
	var entryText, proofText string
	var salt [32]byte
	var opened []string
	if err := strict(raw); err != nil {
		return err
	}
	err := readers{
		"entry": intoText(&entryText), "salt": intoDigest(&salt), "proof": intoText(&proofText), "disclosures": intoTexts(&opened),
	}.read(raw, "entry", "salt", "proof")
	if err != nil {
		return err
	}
	e, err := parseEntry(entryText)
	if err != nil {
		return memberError("entry", err)
	}
	if e.kind != "export" {
		return errors.New("has an entry that is not about an export")
	}
	p, err := parseProof(proofText)
	if err == nil {
		err = p.shows(commitment(salt, entryText), r.top)
	}
	if err != nil {
		return memberError("proof", err)
	}
	return r.opened(e, opened)
}

// opened checks what is disclosed of the export's entry: always what it is of and
// the day.
func (r *run) opened(e entry, disclosures []string) error {
	said := map[string]string{}
	committed := map[string][32]byte{"subject": e.subject, "time": e.time, "day": e.day, "member": e.member}
	for _, encoded := range disclosures {
		d, err := parseDisclosure(encoded)
		if _, twice := said[d.name]; err == nil && (twice || committed[d.name] == [32]byte{}) {
			err = errors.New("is there twice, or of nothing that the entry has")
		}
		if err == nil {
			said[d.name], err = sealed(d.name, encoded, committed[d.name])
		}
		if err != nil {
			return fmt.Errorf("has a disclosure that %w", err)
		}
	}
	switch at, day := said["time"], said["day"]; {
	case said["subject"] == "" || day == "":
		return errors.New("does not disclose both what it is of (subject) and the day")
	case said["subject"] != base64.RawURLEncoding.EncodeToString(r.bag.export[:]):
		return errors.New("is the entry of another export: it commits to other bytes than those of data/export.json")
	case at != "" && !inDay(at, day):
		return fmt.Errorf("discloses the time %s, which is not on the day that it discloses: %s", at, day)
	}
	r.day = said["day"]
	return nil
}

// tellUnproven says what a reader may take for proven and is not.
func (r *run) tellUnproven() {
	tell := func(format string, args ...any) { r.Unproven = append(r.Unproven, fmt.Sprintf(format, args...)) }
	if _, there := r.bag.sizes[fileCrate]; there {
		tell("what %s says of the files: only the manifest stands for it, which needs no key to be made", fileCrate)
	}
	if n := r.tally.absent; n > 0 {
		tell("%s in the bag without their bytes: what was preserved can't be looked at here", many(n, "capture is", "captures are"))
	}
	if n := r.tally.unshown; n > 0 {
		tell("%s of erased records without a commitment: that they are in the log can't be checked", many(n, "revision", "revisions"))
	}
}
