package verify

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// disclosure is one field of a revision, opened (RFC 9901, section 4.2.1).
type disclosure struct {
	name  string
	value []byte // the JSON that was committed to
}

// saltText is the length of a disclosure's salt: 16 bytes in base64url.
const saltText = 22

var errDisclosure = errors.New(`is not base64url of ["salt","name",value]`)

// parseDisclosure opens a disclosure. It has one form only, without white space.
func parseDisclosure(encoded string) (disclosure, error) {
	b, err := decode(encoded)
	if err != nil || !utf8.Valid(b) {
		return disclosure{}, errDisclosure
	}
	s := scanner{text: b}
	ok := s.take('[')
	salt := s.unescaped(&ok)
	ok = ok && s.take(',')
	name := s.unescaped(&ok)
	ok = ok && s.take(',')
	from := s.at
	ok = ok && s.value(1) == nil
	value := b[from:s.at]
	if ok = ok && s.take(']') && s.at == len(b); !ok {
		return disclosure{}, errDisclosure
	}
	bytes, err := decode(string(salt))
	if err != nil || len(bytes) != 16 || len(salt) != saltText || len(name) == 0 || string(name) == "_sd" || string(name) == "..." {
		return disclosure{}, errDisclosure
	}
	return disclosure{string(name), value}, nil
}

// decode reads base64url without padding, in its one form.
func decode(encoded string) ([]byte, error) {
	if strings.ContainsAny(encoded, "\r\n") { // which the decoder would skip
		return nil, errDisclosure
	}
	return base64url.DecodeString(encoded)
}

// sdJWT is a signed payload with disclosures (RFC 9901):
// header.payload.signature~disclosure~…~
type sdJWT struct {
	payload     []byte
	kid         string
	signed      string // what the signature is over
	signature   []byte
	digests     []string        // of the payload, ascending
	used        map[string]bool // those that were disclosed
	disclosures []disclosure
}

// digestsPerPayload is the number of digests, decoys included, that every payload has.
const digestsPerPayload = 48

var (
	errSDJWT   = errors.New("is not an SD-JWT: header.payload.signature~disclosures~")
	errAlg     = errors.New(`is not signed with EdDSA: only {"alg":"EdDSA","kid":…,"typ":"sd-jwt"} is accepted as a header`)
	errPayload = errors.New(`has a payload that is not {"_sd":[48 digests, ascending],"_sd_alg":"sha-256"}`)
)

func parseSDJWT(t string) (*sdJWT, error) {
	parts := strings.Split(t, "~")
	if len(parts) < 2 || parts[len(parts)-1] != "" {
		return nil, errSDJWT
	}
	jws := strings.Split(parts[0], ".")
	if len(jws) != 3 {
		return nil, errSDJWT
	}
	header, err := decode(jws[0])
	payload, err2 := decode(jws[1])
	signature, err3 := decode(jws[2])
	if err != nil || err2 != nil || err3 != nil {
		return nil, errSDJWT
	}
	j := &sdJWT{payload: payload, signed: jws[0] + "." + jws[1], signature: signature}
	if j.kid, err = keyOfHeader(header); err != nil {
		return nil, err
	}
	if err := j.readPayload(); err != nil {
		return nil, err
	}
	return j, j.open(parts[1 : len(parts)-1])
}

// keyOfHeader takes the header in its one form: an algorithm that the signer
// could choose would be an attack, not a choice (RFC 8725, section 3.1).
func keyOfHeader(header []byte) (string, error) {
	var kid string
	err := strict(header)
	if err == nil {
		err = readers{"alg": exactly(`"EdDSA"`), "kid": intoText(&kid), "typ": exactly(`"sd-jwt"`)}.read(header, "alg", "kid", "typ")
	}
	if err != nil || string(header) != fmt.Sprintf(`{"alg":"EdDSA","kid":"%s","typ":"sd-jwt"}`, kid) {
		return "", errAlg
	}
	return kid, nil
}

func (j *sdJWT) readPayload() error {
	list, begins := strings.CutPrefix(string(j.payload), `{"_sd":["`)
	list, ends := strings.CutSuffix(list, `"],"_sd_alg":"sha-256"}`)
	j.digests = strings.Split(list, `","`)
	if !begins || !ends || len(j.digests) != digestsPerPayload {
		return errPayload
	}
	for i, d := range j.digests {
		if _, err := digest(d); err != nil || i > 0 && j.digests[i-1] >= d {
			return errPayload
		}
	}
	return nil
}

// fieldError is about one field.
type fieldError struct {
	field string
	err   error
}

func (e *fieldError) Error() string { return e.err.Error() }

// open opens the disclosures and finds each among the digests, once.
func (j *sdJWT) open(encoded []string) error {
	names := make(map[string]bool, len(encoded))
	j.used = make(map[string]bool, len(encoded))
	j.disclosures = make([]disclosure, 0, len(encoded))
	for i, e := range encoded {
		d, err := parseDisclosure(e)
		if err != nil {
			return fmt.Errorf("has a disclosure (the %s) that %w", ordinal(i+1), err)
		}
		sum := sha256.Sum256([]byte(e))
		at := base64.RawURLEncoding.EncodeToString(sum[:])
		_, there := slices.BinarySearch(j.digests, at)
		switch {
		case !there:
			return &fieldError{d.name, errors.New("the disclosure of this field is not what was signed: its digest is not in the payload")}
		case j.used[at]:
			return &fieldError{d.name, errors.New("the disclosure of this field is there twice")}
		case names[d.name]:
			return &fieldError{d.name, errors.New("this field is disclosed twice, with different disclosures")}
		}
		j.used[at], names[d.name] = true, true
		j.disclosures = append(j.disclosures, d)
	}
	return nil
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

// verify checks the signature with the policy's key of that name.
func (j *sdJWT) verify(p *Policy) error {
	key := p.log(j.kid)
	if key == nil {
		return fmt.Errorf("is signed by %q, which the policy does not name", j.kid)
	}
	if !ed25519.Verify(key.public, []byte(j.signed), j.signature) {
		return fmt.Errorf("is not signed with the key of %s: the signature is wrong", j.kid)
	}
	return nil
}

// sealed opens the disclosure of a member of an entry, and gives what it says.
func sealed(name, encoded string, committed [32]byte) (string, error) {
	d, err := parseDisclosure(encoded)
	if err != nil {
		return "", err
	}
	if sha256.Sum256([]byte(encoded)) != committed {
		return "", errors.New("is not what the entry commits to")
	}
	said, err := text(d.value)
	if err == nil && d.name == name {
		err = sealable[name](said)
	}
	if err != nil || d.name != name {
		return "", fmt.Errorf("does not disclose a %s", name)
	}
	return said, nil
}

// sealable says what the members of an entry that are disclosed on their own may
// be.
var sealable = map[string]func(said string) error{
	"time": func(said string) error {
		_, err := time.Parse(time.RFC3339Nano, said)
		if !strings.HasSuffix(said, "Z") {
			err = errors.New("is not in UTC")
		}
		return err
	},
	"day":     func(said string) error { _, err := time.Parse(time.DateOnly, said); return err },
	"member":  func(string) error { return nil },
	"subject": func(said string) error { _, err := digest(said); return err },
}
