package service

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"sync"
	"time"

	"tumen/service/access"
	"tumen/service/gate"
	"tumen/service/records"
)

// denialKind is what the ledger's entries about denials are of.
const denialKind = "denial"

// denialStatement is what the ledger commits to about a call that was denied to a
// member: JSON with its members in this order and no white space. Whether there is such
// a record, it does not say.
type denialStatement struct {
	V      int    `json:"v"` // 1
	Method string `json:"method"`
	Reason string `json:"reason"` // such as "NOT_FOUND"
	Record string `json:"record"` // as it was asked for; may be empty
	// Before is how many more were denied to the member since their entry before this
	// one, which have none of their own.
	Before int64 `json:"before"`
}

// unlisted is the reason of an entry that only counts denials which have none.
const unlisted = "DENIED_BEFORE"

// denialsAMinute is how many entries a member's denials make in a minute of the clock.
// The rest are counted into the next.
const denialsAMinute = 5

// denials writes what is denied to members into the ledger, beside the calls: a denial
// shows nothing that the entry would have to come before. What waits is bounded for
// each member, and the members are those whom the server knows.
type denials struct {
	server  *Server
	wake    chan struct{}
	writing sync.Mutex // held while some are written: who waits for it knows that they are

	mu      sync.Mutex
	members map[string]*denied // by the member's name
}

// denied is what was denied to one member.
type denied struct {
	organisation string
	minute       int64 // of the clock, of the last one
	entries      int   // made in that minute
	due          []denialStatement
	more         int64 // without an entry so far
}

func newDenials(s *Server) *denials {
	return &denials{server: s, wake: make(chan struct{}, 1), members: map[string]*denied{}}
}

// note takes note of a denial; it waits for nothing.
func (d *denials) note(who access.Reader, what gate.Denial) {
	if what.Reason == "NOT_FOUND" && neverHidden(what.Record) {
		return
	}
	st := denialStatement{V: 1, Method: strings.TrimPrefix(what.Method, "/tumen.v1."), Reason: what.Reason}
	if d.server.records.IsName(what.Record) {
		st.Record = what.Record
	}
	d.mu.Lock()
	m := d.members[who.Member]
	if m == nil {
		m = &denied{organisation: who.Organisation}
		d.members[who.Member] = m
	}
	m.add(st, d.server.records.Now())
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default: // it is awake
	}
}

// neverHidden says whether a name is one of the places that come with the program:
// everybody sees those, and whoever gets none has mistyped it.
func neverHidden(name string) bool {
	slug, ok := strings.CutPrefix(name, "places/")
	return ok && len(slug) < 26
}

func (m *denied) add(st denialStatement, now time.Time) {
	if minute := now.Unix() / 60; minute != m.minute {
		m.minute, m.entries = minute, 0
	}
	if m.entries == denialsAMinute {
		m.more++
		return
	}
	st.Before, m.more = m.more, 0
	m.entries++
	m.due = append(m.due, st)
}

// run writes denials down as they come, and each minute what was only counted until
// then, until ctx is done.
func (d *denials) run(ctx context.Context) {
	minutes := time.NewTicker(time.Minute)
	defer minutes.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-minutes.C:
			d.countUp(d.server.records.Now().Unix() / 60)
		}
		d.settle()
	}
}

// countUp makes entries due for what was only counted in minutes before one, and
// forgets members to whom nothing was denied since.
func (d *denials) countUp(minute int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, m := range d.members {
		switch {
		case m.minute >= minute:
		case m.more > 0:
			m.due = append(m.due, denialStatement{V: 1, Reason: unlisted, Before: m.more})
			m.more = 0
		case len(m.due) == 0:
			delete(d.members, name)
		}
	}
}

// settle writes down what is due, and returns when all is that was noted before.
func (d *denials) settle() {
	d.writing.Lock()
	defer d.writing.Unlock()
	for name, m := range d.take() {
		for i, st := range m.due {
			if err := d.write(name, m.organisation, st); err != nil {
				d.putBack(name, m.organisation, m.due[i:])
				d.server.logger.Error("denials are not in the ledger yet", "member", name, "error", err)
				break
			}
		}
	}
}

// take takes what is due.
func (d *denials) take() map[string]denied {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken := map[string]denied{}
	for name, m := range d.members {
		if len(m.due) > 0 {
			taken[name] = denied{organisation: m.organisation, due: m.due}
			m.due = nil
		}
	}
	return taken
}

// putBack counts what could not be written, to go into a later entry.
func (d *denials) putBack(name, organisation string, left []denialStatement) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.members[name]
	if m == nil {
		m = &denied{organisation: organisation}
		d.members[name] = m
	}
	for _, st := range left {
		m.more += st.Before
		if st.Reason != unlisted {
			m.more++
		}
	}
}

func (d *denials) write(member, organisation string, st denialStatement) error {
	content, err := json.Marshal(st)
	if err != nil {
		return err
	}
	author := records.Author{Member: member, Organisation: organisation, Method: st.Method}
	if author.Method == "" {
		author.Method = "server"
	}
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	_, err = d.server.records.Change(ctx, author, func(tx *records.Tx) error {
		_, err := tx.State(denialKind, content)
		return err
	})
	return err
}

// patience bounds how long an entry may take: the next one, and the end of the server,
// wait for it.
const patience = 5 * time.Second

// close writes down all that is left, once nothing comes any more.
func (d *denials) close() {
	d.countUp(math.MaxInt64)
	d.settle()
}
