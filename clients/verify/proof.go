package verify

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

// checkpoint is the state of the log under which a bag stands (C2SP
// tlog-checkpoint), its signatures checked.
type checkpoint struct {
	text     string // all of it, signatures included
	origin   string
	size     uint64
	root     [32]byte
	cosigned int // by witnesses of the policy
}

var errCheckpoint = errors.New("is not a checkpoint: origin, size and root, a line each, and signatures")

// openCheckpoint checks a checkpoint against a policy.
func openCheckpoint(signed []byte, p *Policy) (*checkpoint, error) {
	body, _, ok := strings.Cut(string(signed), "\n\n")
	lines := strings.Split(body, "\n")
	if !ok || len(lines) != 3 {
		return nil, errCheckpoint
	}
	key := p.log(lines[0])
	if key == nil {
		return nil, fmt.Errorf("is of the log %q, which the policy does not name", lines[0])
	}
	n, err := note.Open(signed, note.VerifierList(append([]note.Verifier{key}, p.witnesses...)...))
	if err != nil {
		return nil, fmt.Errorf("is not signed with the log's key: %w", err)
	}
	c := &checkpoint{text: string(signed), origin: lines[0]}
	byLog := false
	for _, sig := range n.Sigs {
		if sig.Name == key.Name() && sig.Hash == key.KeyHash() {
			byLog = true
		} else {
			c.cosigned++
		}
	}
	if !byLog {
		return nil, errors.New("is not signed with the log's key")
	}
	if c.cosigned < p.quorum {
		return nil, fmt.Errorf("is cosigned by %d of the policy's witnesses, and the quorum is %d", c.cosigned, p.quorum)
	}
	size, err := whole([]byte(lines[1]))
	root, err2 := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || err2 != nil || len(root) != 32 {
		return nil, errCheckpoint
	}
	c.size, c.root = uint64(size), [32]byte(root)
	return c, nil
}

// inclusion is a proof that a leaf is in a log (C2SP tlog-proof).
type inclusion struct {
	index      uint64
	hashes     [][]byte
	checkpoint string
}

const (
	proofHeader = "c2sp.org/tlog-proof@v1"
	// maxHashes is how many a path through the largest tree can have.
	maxHashes = 64
)

var errProof = errors.New("is not a tlog-proof")

// parseProof reads a proof: the header, "index N", hashes in base64, an empty
// line and the checkpoint.
func parseProof(text string) (*inclusion, error) {
	head, signed, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || len(lines) > 2+maxHashes || lines[0] != proofHeader {
		return nil, errProof
	}
	number, ok := strings.CutPrefix(lines[1], "index ")
	index, err := strconv.ParseUint(number, 10, 63)
	if !ok || err != nil || strconv.FormatUint(index, 10) != number {
		return nil, errProof
	}
	p := &inclusion{index: index, checkpoint: signed}
	for _, line := range lines[2:] {
		h, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(h) != 32 || len(line) != 44 {
			return nil, errProof
		}
		p.hashes = append(p.hashes, h)
	}
	return p, nil
}

// under says whether the proof is under that checkpoint and could be of a leaf of
// its tree; without the leaf nothing more can be said.
func (p *inclusion) under(c *checkpoint) error {
	switch {
	case p.checkpoint != c.text:
		return errors.New("is under another checkpoint than data/checkpoint")
	case p.index >= c.size:
		return fmt.Errorf("is of leaf %d, and the log has %d under this checkpoint", p.index, c.size)
	case len(p.hashes) != pathLength(p.index, c.size):
		return errors.New("has the wrong number of hashes for its leaf")
	}
	return nil
}

// shows says whether the proof shows that the commitment is in the tree of c.
func (p *inclusion) shows(commitment [32]byte, c *checkpoint) error {
	if err := p.under(c); err != nil {
		return err
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(commitment[:])
	if proof.VerifyInclusion(rfc6962.DefaultHasher, p.index, c.size, leaf, p.hashes, c.root[:]) != nil {
		return errors.New("does not lead from this entry and salt to the root in the checkpoint")
	}
	return nil
}

// pathLength is the number of hashes from a leaf to the root (RFC 6962, section 2.1.1).
func pathLength(index, size uint64) int {
	inner := bits.Len64(index ^ (size - 1))
	return inner + bits.OnesCount64(index>>inner)
}
