package ledger

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// A Checkpoint is what the ledger signs of its tree (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin Origin
	Size   int64
	Root   Hash
}

// maxCheckpoint bounds what is read; a checkpoint with ten witnesses has 2 KB.
const maxCheckpoint = 64 << 10

var errCheckpoint = errors.New("ledger: not a checkpoint of a ledger")

// String gives the text that is signed: origin, size and root in a line each,
// and no extension lines.
func (c Checkpoint) String() string {
	return c.Origin.String() + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n"
}

// parseCheckpoint reads what String writes, and nothing else.
func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, errCheckpoint
	}
	if c.Origin, err = ParseOrigin(lines[0]); err != nil {
		return Checkpoint{}, err
	}
	root, err1 := base64.StdEncoding.DecodeString(lines[2])
	size, err2 := strconv.ParseInt(lines[1], 10, 64)
	if err1 != nil || err2 != nil || len(root) != len(c.Root) || size < 0 || size > maxSize {
		return Checkpoint{}, errCheckpoint
	}
	c.Size, c.Root = size, Hash(root)
	if c.String() != text {
		return Checkpoint{}, errCheckpoint
	}
	return c, nil
}

// A Cosignature is a witness's word that it saw a checkpoint grow out of all
// those that it saw before.
type Cosignature struct {
	Witness string // the name of its key
	Seconds int64  // since 1970, by the witness's clock
}

// OpenCheckpoint reads a signed checkpoint. The ledger must have signed it, and
// signed nothing but a checkpoint of its own origin; otherwise it is an error.
// Cosignatures of the given witnesses come in the order of their lines, each
// verified: a false one is an error. Lines of others are passed over (C2SP
// signed-note). How many cosignatures suffice is for a policy to say.
func OpenCheckpoint(signed []byte, ledger *Verifier, witnesses ...*Witness) (Checkpoint, []Cosignature, error) {
	c, n, err := openNote(signed, ledger, witnesses)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	var cosigned []Cosignature
	for _, s := range n.Sigs {
		for _, w := range witnesses {
			if s.Name != w.name || s.Hash != w.hash {
				continue
			}
			seconds, err := cosignedAt(s)
			if err != nil {
				return Checkpoint{}, nil, err
			}
			cosigned = append(cosigned, Cosignature{Witness: w.name, Seconds: seconds})
			break
		}
	}
	return c, cosigned, nil
}

func openNote(signed []byte, ledger *Verifier, witnesses []*Witness) (Checkpoint, *note.Note, error) {
	if len(signed) > maxCheckpoint {
		return Checkpoint{}, nil, errCheckpoint
	}
	verifiers := known{}
	verifiers.add(ledger)
	for _, w := range witnesses {
		verifiers.add(w)
	}
	n, err := note.Open(signed, verifiers)
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("ledger: checkpoint: %w", err)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if c.Origin != ledger.origin {
		return Checkpoint{}, nil, errors.New("ledger: the checkpoint is of another origin")
	}
	if !has(n.Sigs, ledger.Name(), ledger.KeyHash()) {
		return Checkpoint{}, nil, errors.New("ledger: the ledger has not signed the checkpoint")
	}
	return c, n, nil
}

// AddCosignatures adds to a signed checkpoint the lines by which witnesses
// answered it ("— name signature", each ended by "\n"; C2SP tlog-witness), and
// returns it longer. Only lines of the given witnesses are added, each once; a
// line that doesn't verify is an error, and then nothing is added.
func AddCosignatures(signed, lines []byte, ledger *Verifier, witnesses ...*Witness) ([]byte, error) {
	_, before, err := openNote(signed, ledger, witnesses)
	if err != nil {
		return nil, err
	}
	_, after, err := openNote(append(bytes.Clone(signed), lines...), ledger, witnesses)
	if err != nil {
		return nil, err
	}
	longer := bytes.Clone(signed)
	for _, s := range after.Sigs {
		if !has(before.Sigs, s.Name, s.Hash) {
			longer = fmt.Appendf(longer, "— %s %s\n", s.Name, s.Base64)
		}
	}
	return longer, nil
}

func has(signatures []note.Signature, name string, hash uint32) bool {
	return slices.ContainsFunc(signatures, func(s note.Signature) bool { return s.Name == name && s.Hash == hash })
}

// known are the verifiers of a checkpoint, by the name and number that its
// lines give of keys.
type known map[string]map[uint32]note.Verifier

func (k known) add(v note.Verifier) {
	if k[v.Name()] == nil {
		k[v.Name()] = map[uint32]note.Verifier{}
	}
	k[v.Name()][v.KeyHash()] = v
}

// Verifier gives the verifier of a line.
func (k known) Verifier(name string, hash uint32) (note.Verifier, error) {
	if v, ok := k[name][hash]; ok {
		return v, nil
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}
