package ledger

import (
	"encoding/base32"
	"errors"
	"math"
	"strconv"
	"strings"
)

// An Origin names a ledger to outsiders without saying whose it is.
type Origin struct {
	Name  string // 16 lower-case characters of base32, drawn once for good
	Epoch int64  // from 1; restoring a backup begins the next
}

const originPrefix = "tumen-ledger-"

var errOrigin = errors.New("ledger: not the origin of a ledger")

var originText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewOrigin gives the first epoch of a new ledger, named by 80 random bits.
func NewOrigin(random [10]byte) Origin {
	return Origin{Name: originText.EncodeToString(random[:]), Epoch: 1}
}

// ParseOrigin reads what String writes, and nothing else.
func ParseOrigin(s string) (Origin, error) {
	rest, ours := strings.CutPrefix(s, originPrefix)
	name, number, two := strings.Cut(rest, "/")
	epoch, err := strconv.ParseInt(number, 10, 64)
	o := Origin{Name: name, Epoch: epoch}
	if !ours || !two || err != nil || o.String() != s || !o.valid() {
		return Origin{}, errOrigin
	}
	return o, nil
}

func (o Origin) valid() bool {
	if len(o.Name) != 16 || strings.ContainsAny(o.Name, "\r\n") || o.Epoch < 1 {
		return false
	}
	_, err := originText.DecodeString(o.Name)
	return err == nil
}

// Next gives the origin of the epoch after this one. The tree goes on, but to
// witnesses it is another log: what they saw last may have been lost.
func (o Origin) Next() (Origin, error) {
	if o.Epoch == math.MaxInt64 {
		return Origin{}, errOrigin
	}
	return Origin{Name: o.Name, Epoch: o.Epoch + 1}, nil
}

// String gives the first line of checkpoints, which is the name of their key.
func (o Origin) String() string {
	return originPrefix + o.Name + "/" + strconv.FormatInt(o.Epoch, 10)
}
