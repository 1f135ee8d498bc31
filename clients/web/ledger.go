package web

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
)

// ledgerPage is the state of the ledger, and how somebody outside can check it.
type ledgerPage struct {
	Newest, Published *checkpoint // Published is nil where nothing was
	Waiting           int64       // entries that are not published yet
	Key               string
}

// checkpoint is a signed state of the ledger (C2SP tlog-checkpoint).
type checkpoint struct {
	Text       string
	Origin     string
	Entries    int64
	Root       string
	Signatures []signature
}

// signature is one under a checkpoint: the server's, or a witness's, who states when.
type signature struct {
	By   string
	Time time.Time // zero: not stated
}

func (s *Site) ledgerPage(v *visit) error {
	reply, err := s.conn.Ledger.GetCheckpoint(v.context(), &tumenv1.GetCheckpointRequest{})
	if err != nil {
		return err
	}
	p := &ledgerPage{Newest: readCheckpoint(reply.GetCheckpoint()), Key: reply.GetVerifierKey()}
	if reply.GetPublished() != "" {
		p.Published = readCheckpoint(reply.GetPublished())
	}
	p.Waiting = reply.GetTreeSize() - reply.GetPublishedSize()
	return v.render(http.StatusOK, "ledger", v.say().Say("ledger.title"), p)
}

// readCheckpoint takes apart what a checkpoint says. Nothing is checked: this server can't
// vouch for itself.
func readCheckpoint(text string) *checkpoint {
	c := &checkpoint{Text: text}
	body, signed, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(body, "\n")
	if len(lines) >= 3 {
		c.Origin, c.Root = lines[0], lines[2]
		c.Entries, _ = strconv.ParseInt(lines[1], 10, 64) // what is no number is 0
	}
	for line := range strings.Lines(signed) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "—" {
			c.Signatures = append(c.Signatures, signature{fields[1], cosigned(fields[2])})
		}
	}
	return c
}

// cosigned is the time that a witness's signature states (C2SP tlog-cosignature): four
// bytes of key, eight of time, 64 of Ed25519.
func cosigned(text string) time.Time {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) != 4+8+64 {
		return time.Time{}
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b[4:12])), 0)
}
