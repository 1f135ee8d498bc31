package seal

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

const (
	shareVersion = 1
	setSize      = 16
	maxShares    = 255
	maxShareText = 64 << 10
)

// Share is one custodian's part of the keys. Alone, and with fewer than K, it
// tells nothing of them.
type Share struct {
	Set   string // the split it is of, the same in all its shares: 22 characters
	Epoch uint64 // the number of the epoch whose keys it restores
	K     int    // how many shares restore the keys
	N     int    // how many there are
	Index int    // which of them it is, from 1 to N

	split *split
	value [KeySize]byte
}

// Format keeps the share out of logs, whatever the verb.
func (s Share) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, "share %d of %d (any %d restore epoch %d)", s.Index, s.N, s.K, s.Epoch)
}

// split is what all shares of one split have in common.
type split struct {
	Set     encoded   `json:"set"`
	Epoch   uint64    `json:"epoch"`
	K       int       `json:"k"`
	N       int       `json:"n"`
	Digests []encoded `json:"digests"`
	keys    []byte
}

// shareText is the line of JSON that a custodian keeps, in the order of its members.
type shareText struct {
	V       int       `json:"v"`
	Set     encoded   `json:"set"`
	Epoch   uint64    `json:"epoch"`
	K       int       `json:"k"`
	N       int       `json:"n"`
	Index   int       `json:"index"`
	Digests []encoded `json:"digests"`
	Keys    encoded   `json:"keys"`
	Share   encoded   `json:"share"`
	Check   encoded   `json:"check,omitempty"`
}

// encoded are bytes as base64url without padding.
type encoded []byte

func (e encoded) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, e), nil
}

func (e *encoded) UnmarshalText(text []byte) error {
	var err error
	*e, err = base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	return err
}

// ad is what the keys are sealed with.
func (s *split) ad() []byte {
	line, err := json.Marshal(s)
	if err != nil {
		panic(err) // only for values that have no JSON
	}
	return line[1 : len(line)-1]
}

// share gives a custodian's share of the split.
func (s *split) share(index int, value [KeySize]byte) Share {
	return Share{Set: base64.RawURLEncoding.EncodeToString(s.Set), Epoch: s.Epoch, K: s.K, N: s.N, Index: index, split: s, value: value}
}

// text gives the share as a custodian keeps it, without the line's end.
func (s Share) text() []byte {
	line := shareText{
		V: shareVersion, Set: s.split.Set, Epoch: s.Epoch, K: s.K, N: s.N, Index: s.Index,
		Digests: s.split.Digests, Keys: s.split.keys, Share: s.value[:],
	}
	unchecked, err := json.Marshal(line)
	if err != nil {
		panic(err) // only for values that have no JSON
	}
	check := sha256.Sum256(unchecked[:len(unchecked)-1])
	line.Check = check[:]
	checked, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	return checked
}

// ParseShare reads what a custodian's file has in it once it is decrypted. The
// error is ErrDamaged if it isn't exactly as it was written.
func ParseShare(text []byte) (Share, error) {
	if len(text) > maxShareText {
		return Share{}, fmt.Errorf("%w: no share is that long", ErrDamaged)
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	var line shareText
	if err := json.Unmarshal(text, &line); err != nil {
		return Share{}, fmt.Errorf("%w: this is no share", ErrDamaged) // not the error: it quotes the text
	}
	named := fmt.Sprintf("share %d of epoch %d", line.Index, line.Epoch)
	switch {
	case line.V != shareVersion:
		return Share{}, fmt.Errorf("%w: %s has version %d, not %d", ErrDamaged, named, line.V, shareVersion)
	case line.N > maxShares || line.K < 2 || line.K > line.N || line.Index < 1 || line.Index > line.N || len(line.Digests) != line.N ||
		len(line.Set) != setSize || len(line.Share) != KeySize:
		return Share{}, fmt.Errorf("%w: %s doesn't say which of how many it is", ErrDamaged, named)
	}
	digest := sha256.Sum256(line.Share)
	if subtle.ConstantTimeCompare(digest[:], line.Digests[line.Index-1]) != 1 {
		return Share{}, fmt.Errorf("%w: %s is not the one that was given out", ErrDamaged, named)
	}
	common := &split{Set: line.Set, Epoch: line.Epoch, K: line.K, N: line.N, Digests: line.Digests, keys: line.Keys}
	share := common.share(line.Index, [KeySize]byte(line.Share))
	// Written anew it must be the same: so nothing is in it that isn't checked.
	if !bytes.Equal(share.text(), text) {
		return Share{}, fmt.Errorf("%w: %s was changed: its check value differs", ErrDamaged, named)
	}
	return share, nil
}

// OpenShare decrypts a custodian's file, armored or not, and reads the share. The
// error is ErrWrongRoot if none of the identities is the custodian's, ErrDamaged if
// file or share isn't as it was written.
func OpenShare(file []byte, identities ...age.Identity) (Share, error) {
	var src io.Reader = bytes.NewReader(file)
	if strings.HasPrefix(string(file), armor.Header) {
		src = armor.NewReader(src)
	}
	r, err := age.Decrypt(src, identities...)
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return Share{}, fmt.Errorf("the share is encrypted to somebody else: %w", ErrWrongRoot)
	}
	var text []byte
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(r, maxShareText+1))
	}
	if err != nil {
		return Share{}, fmt.Errorf("%w: the file of the share: %w", ErrDamaged, err)
	}
	return ParseShare(text)
}

// file encrypts the share to its custodian.
func (s Share) file(custodian age.Recipient) ([]byte, error) {
	var file bytes.Buffer
	armored := armor.NewWriter(&file)
	w, err := age.Encrypt(armored, custodian)
	if err == nil {
		_, err = w.Write(append(s.text(), '\n'))
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = armored.Close()
	}
	return file.Bytes(), err
}
