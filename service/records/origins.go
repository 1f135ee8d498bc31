package records

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tumen/service/ledger"
	"tumen/storage"
)

// The origins of the ledger.
//
// A restored backup may be older than what others have seen of the ledger: were it
// to go on under the same origin, two trees of one size could bear the same
// signature. So each restoring begins another origin, with the next number, while
// the tree goes on; the origins before stay good for the checkpoints up to where
// each ended.

const markOrigins = "origins" // those before the one that is written under, as JSON

// endedOrigin is an origin that is written under no more.
type endedOrigin struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"` // of the tree when it ended
}

// signers gives the signer of each checkpoint.
type signers struct {
	ended []endedSigner // in the order in which they ended
	last  *ledger.Signer
}

type endedSigner struct {
	*ledger.Signer
	size int64
}

// over is who signed the checkpoint over a tree of that size. Where nothing was
// written under an origin, none is.
func (s *signers) over(size int64) *ledger.Signer {
	for _, e := range s.ended {
		if size <= e.size {
			return e.Signer
		}
	}
	return s.last
}

// readSigners makes the signers that the marks of a store speak of.
func readSigners(marks map[string][]byte, seed []byte) (*signers, error) {
	ended, err := parseOrigins(marks[markOrigins], string(marks[markOrigin]))
	if err != nil {
		return nil, err
	}
	s := new(signers)
	if s.last, err = ledger.NewSigner(string(marks[markOrigin]), seed); err != nil {
		return nil, err
	}
	for _, e := range ended {
		signer, err := ledger.NewSigner(e.Origin, seed)
		if err != nil {
			return nil, err
		}
		s.ended = append(s.ended, endedSigner{signer, e.Size})
	}
	return s, nil
}

// parseOrigins reads the origins before the one that is written under: they count up
// to that, and each ended behind the one before it.
func parseOrigins(mark []byte, last string) ([]endedOrigin, error) {
	if mark == nil {
		return nil, nil
	}
	wrong := fmt.Errorf("%w: the origins of the ledger", storage.ErrCorrupt)
	var ended []endedOrigin
	d := json.NewDecoder(bytes.NewReader(mark))
	d.DisallowUnknownFields()
	if err := d.Decode(&ended); err != nil || d.More() || len(ended) == 0 {
		return nil, wrong
	}
	for i, e := range ended {
		next := last
		if i+1 < len(ended) {
			next = ended[i+1].Origin
		}
		after, err := nextOrigin(e.Origin)
		if err != nil || after != next || e.Size < 0 || i > 0 && e.Size <= ended[i-1].Size {
			return nil, wrong
		}
	}
	return ended, nil
}

// nextOrigin is the origin after another: "tumen-ledger-…/2" after "…/1".
func nextOrigin(origin string) (string, error) {
	name, number, _ := strings.Cut(origin, "/")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n == math.MaxInt || strconv.Itoa(n) != number {
		return "", fmt.Errorf("%w: the origin of the ledger", storage.ErrCorrupt)
	}
	return fmt.Sprintf("%s/%d", name, n+1), nil
}

// restoredStatement is what the first entry under a new origin is about.
type restoredStatement struct {
	V          int    `json:"v"` // 1
	Origin     string `json:"origin"`
	Before     string `json:"before"`
	Checkpoint string `json:"checkpoint"` // the last of the backup, of the origin before
	Made       string `json:"made"`       // the day of the backup
}

// Restore begins another origin of the ledger in a restored store, before anybody
// opens it, and states in its first entry from what it was restored: the last
// checkpoint that is in it, and the day when the backup was made (YYYY-MM-DD).
// Closing the backend is left to the caller. Errors are as for Open.
func Restore(ctx context.Context, backend storage.Store, o Options, made string) error {
	said := restoredStatement{V: 1, Made: made}
	err := backend.Update(ctx, func(w storage.Writer) error {
		marks, err := readMarks(w)
		if err != nil {
			return err
		}
		if marks == nil {
			return errors.New("there is nothing in the store")
		}
		if err := compareMarks(marks, o); err != nil {
			return err
		}
		ended, err := parseOrigins(marks[markOrigins], string(marks[markOrigin]))
		if err != nil {
			return err
		}
		last, size, err := leafRows{w}.last()
		if err != nil {
			return err
		}
		if last != nil {
			said.Checkpoint = string(last.checkpoint)
		}
		said.Before = string(marks[markOrigin])
		if said.Origin, err = nextOrigin(said.Before); err != nil {
			return err
		}
		mark, err := json.Marshal(append(ended, endedOrigin{said.Before, size}))
		if err == nil {
			err = w.Put(metaKey(markOrigins), mark)
		}
		if err == nil {
			err = w.Put(metaKey(markOrigin), []byte(said.Origin))
		}
		return err
	})
	if err != nil {
		return err
	}
	content, err := json.Marshal(said)
	if err != nil {
		return err
	}
	s, err := Open(ctx, leftOpen{backend}, o)
	if err != nil {
		return err
	}
	_, err = s.Change(ctx, Author{Method: "restore", Reason: "restored from a backup"}, func(tx *Tx) error {
		_, err := tx.State("restored", content)
		return err
	})
	return errors.Join(err, s.Close())
}

// leftOpen is a backend that its store does not close.
type leftOpen struct{ storage.Store }

func (leftOpen) Close() error { return nil }

// VerifierKeys are what others verify the ledger's checkpoints with: one for each
// origin, the present one last.
func (s *Store) VerifierKeys() []string {
	var keys []string
	for _, e := range s.log.signers.ended {
		keys = append(keys, e.VerifierKey())
	}
	return append(keys, s.log.signers.last.VerifierKey())
}

// SignerOver is who signed the checkpoint over a tree of that size.
func (v *View) SignerOver(size int64) *ledger.Signer { return v.store.log.signers.over(size) }
