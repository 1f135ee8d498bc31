package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/secretsharing"
)

const (
	escrowLabel = "tumen escrow 1"
	scalarSize  = 32
	hyphen      = 62 // in base64url
)

// The scalars of this group are shared: its arithmetic is constant-time in circl.
var shareGroup = group.Ristretto255

// Split shares the keys among custodians so that any k of them restore the keys and
// fewer learn nothing. Each custodian is an age recipient (age1…), named once, from
// 2 to 255, and k is from 2 to their number. Of the epochs it takes the newest
// alone: during a turnover nobody is to get what is about to be destroyed. It gives
// an armored age file for each custodian, in their order, and which set they are of.
func (k *Keys) Split(threshold int, custodians []string) (files [][]byte, set string, err error) {
	recipients, err := parseCustodians(threshold, custodians)
	if err != nil {
		return nil, "", err
	}
	newest, err := k.epoch.state.Load().last()
	if err != nil {
		return nil, "", err
	}
	epoch, err := newest.encode()
	if err != nil {
		return nil, "", err
	}
	shares, err := splitKeys(append(k.permanent.encode(), epoch...), newest.newest().number, threshold, len(recipients))
	if err != nil {
		return nil, "", err
	}
	files = make([][]byte, len(shares))
	for i, share := range shares {
		if files[i], err = share.file(recipients[i]); err != nil {
			return nil, "", fmt.Errorf("encrypting the share of custodian %d: %w", i+1, err)
		}
	}
	return files, shares[0].Set, nil
}

func parseCustodians(threshold int, custodians []string) ([]age.Recipient, error) {
	n := len(custodians)
	if threshold < 2 || threshold > n || n > maxShares {
		return nil, fmt.Errorf("%d of %d custodians can't be: it takes from 2 to all of at most %d", threshold, n, maxShares)
	}
	recipients := make([]age.Recipient, n)
	seen := map[string]bool{}
	for i, custodian := range custodians {
		parsed, err := age.ParseRecipients(strings.NewReader(custodian))
		if err != nil || len(parsed) != 1 {
			return nil, fmt.Errorf("custodian %d is no age recipient (age1…)", i+1) // unquoted: it may be an identity
		}
		name := strings.TrimSpace(custodian)
		if seen[name] {
			return nil, fmt.Errorf("custodian %d: %s is named twice, and would hold two shares", i+1, name)
		}
		seen[name], recipients[i] = true, parsed[0]
	}
	return recipients, nil
}

func splitKeys(keys []byte, epoch uint64, k, n int) ([]Share, error) {
	common := &split{Set: make([]byte, setSize), Epoch: epoch, K: k, N: n, Digests: make([]encoded, n)}
	for rand.Read(common.Set); common.Set[0]>>2 == hyphen; { // an id that begins with one would read as a flag
		rand.Read(common.Set)
	}
	secret := shareGroup.RandomNonZeroScalar(rand.Reader)
	values := make([][KeySize]byte, n)
	for i, share := range secretsharing.New(rand.Reader, uint(k-1), secret).Share(uint(n)) {
		value, err := share.Value.MarshalBinary()
		if err != nil {
			return nil, err
		}
		values[i] = [scalarSize]byte(value)
		digest := sha256.Sum256(value)
		common.Digests[i] = digest[:]
	}
	key, err := escrowKey(secret, common.Set)
	if err != nil {
		return nil, err
	}
	common.keys = key.Seal(nil, keys, common.ad())
	shares := make([]Share, n)
	for i := range shares {
		shares[i] = common.share(i+1, values[i])
	}
	return shares, nil
}

func escrowKey(secret group.Scalar, set []byte) (*DataKey, error) {
	raw, err := secret.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return dataKey(expand(raw, set, escrowLabel)), nil
}

// Restored are the keys that shares gave back.
type Restored struct {
	permanent *permanent
	epoch     *epochState
}

// Combine restores the keys from shares of one split, in any order. The error is
// ErrTooFew if there are fewer different ones than it takes, ErrMixed if they are of
// more than one split or one was replaced by its custodian, ErrDamaged if they fit
// together and yet give no keys.
func Combine(shares []Share) (*Restored, error) {
	if len(shares) == 0 {
		return nil, fmt.Errorf("%w: there are none", ErrTooFew)
	}
	common := shares[0].split
	different := map[int]Share{}
	for _, share := range shares {
		if common == nil || share.split == nil {
			return nil, fmt.Errorf("%w: one is empty", ErrDamaged)
		}
		if !bytes.Equal(share.split.ad(), common.ad()) || !bytes.Equal(share.split.keys, common.keys) {
			return nil, fmt.Errorf("%w: share %d (epoch %d, set %s) and share %d (epoch %d, set %s)", ErrMixed,
				shares[0].Index, shares[0].Epoch, shares[0].Set, share.Index, share.Epoch, share.Set)
		}
		different[share.Index] = share
	}
	if len(different) < common.K {
		return nil, fmt.Errorf("%w: %d different ones, and it takes %d of %d", ErrTooFew, len(different), common.K, common.N)
	}
	points := make([]secretsharing.Share, 0, len(different))
	for index, share := range different {
		value := shareGroup.NewScalar()
		if err := value.UnmarshalBinary(share.value[:]); err != nil {
			return nil, fmt.Errorf("%w: share %d: %w", ErrDamaged, index, err)
		}
		points = append(points, secretsharing.Share{ID: shareGroup.NewScalar().SetUint64(uint64(index)), Value: value})
	}
	secret, err := secretsharing.Recover(uint(common.K-1), points)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return common.open(secret)
}

func (s *split) open(secret group.Scalar) (*Restored, error) {
	key, err := escrowKey(secret, s.Set)
	if err != nil {
		return nil, err
	}
	keys, err := key.Open(nil, s.keys, s.ad())
	if err != nil || len(keys) < permanentSize {
		return nil, fmt.Errorf("%w: the shares give no keys", ErrDamaged)
	}
	permanent, permanentErr := parsePermanent(keys[:permanentSize])
	epoch, epochErr := parseEpoch(keys[permanentSize:])
	if err := errors.Join(permanentErr, epochErr); err != nil {
		return nil, err
	}
	return &Restored{permanent: permanent, epoch: epoch}, nil
}

// Epoch gives the number of the restored epoch.
func (r *Restored) Epoch() uint64 { return r.epoch.newest().number }

// Create writes the restored keys to the folder dir, wrapped by root, which may be
// another root key than before. Errors are as for the function Create.
func (r *Restored) Create(ctx context.Context, dir string, root Root) (*Keys, error) {
	return create(ctx, &folder{path: dir}, root, r.permanent, r.epoch)
}
