package verify

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// entry is what the log commits to about one revision, or about an export:
//
//	{"v":1,"method":…,"record":…,"revision":…,"previous":…,"payload":…,"time":…,"day":…,"member":…}
//	{"v":1,"method":…,"kind":"export","subject":…,"time":…,"day":…,"member":…}
//
// Members stand in this order without white space; previous is absent for
// revision 1.
type entry struct {
	method, record, kind                          string
	revision                                      int64
	previous, payload, subject, time, day, member [32]byte
}

var errEntry = errors.New("is not an entry in its one form")

// parseEntry reads an entry. It must have the one form that there is of it, so
// that nothing stands in it that was not looked at.
func parseEntry(text string) (entry, error) {
	var e entry
	if strict([]byte(text)) != nil {
		return e, errEntry
	}
	var order []string
	read := readers{
		"v": exactly("1"), "method": intoText(&e.method), "kind": intoText(&e.kind),
		"record": intoText(&e.record), "revision": intoWhole(&e.revision),
		"previous": intoDigest(&e.previous), "payload": intoDigest(&e.payload),
		"subject": intoDigest(&e.subject), "time": intoDigest(&e.time), "day": intoDigest(&e.day), "member": intoDigest(&e.member),
	}
	for name, reader := range read {
		read[name] = func(raw []byte) error {
			order = append(order, name)
			return reader(raw)
		}
	}
	if err := read.read([]byte(text)); err != nil {
		return e, errEntry
	}
	if e.written(order) != text {
		return e, errEntry
	}
	return e, nil
}

// written gives the one form of an entry with those members; "" if there is no
// entry with those.
func (e *entry) written(order []string) string {
	d := base64.RawURLEncoding.EncodeToString
	about := ""
	switch strings.Join(order, " ") {
	case "v method record revision payload time day member":
		if e.revision != 1 {
			return ""
		}
		about = fmt.Sprintf(`"record":"%s","revision":%d,"payload":"%s"`, e.record, e.revision, d(e.payload[:]))
	case "v method record revision previous payload time day member":
		if e.revision < 2 {
			return ""
		}
		about = fmt.Sprintf(`"record":"%s","revision":%d,"previous":"%s","payload":"%s"`, e.record, e.revision, d(e.previous[:]), d(e.payload[:]))
	case "v method kind subject time day member":
		about = fmt.Sprintf(`"kind":"%s","subject":"%s"`, e.kind, d(e.subject[:]))
	}
	return fmt.Sprintf(`{"v":1,"method":"%s",%s,"time":"%s","day":"%s","member":"%s"}`, e.method, about, d(e.time[:]), d(e.day[:]), d(e.member[:]))
}

// commitment is SHA-256 over salt and entry: the leaf of the tree.
func commitment(salt [32]byte, entry string) [32]byte {
	return sha256.Sum256(append(salt[:], entry...))
}
