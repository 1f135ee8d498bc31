package records

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// How events are found by time.
//
// An interval of days is filed, per owner, in a lane by its length: in lane k are
// those of more than 2^(k-2) and at most 2^(k-1) days, in the order of their
// first day. Whatever of lane k meets a period [a, b] begins in
// [a-2^(k-1)+1, b], and as it is longer than half of that, most of what begins
// there does meet it. So a search reads a few ranges, and in them little that it
// does not want. What has no last day has a lane of its own, where everything
// that begins in time is wanted; and what has no first day has one in the order
// of its last.
//
// Two indexes: byStart by the days on which an event may have begun (for a
// momentary act, happened), for "within"; byExtent by all the days on which a
// lasting act may have been under way, for "ongoing in".
//
// Both file an event by the time that counts for it. Where a finding has decided
// that, the recorded time, which counts for who doesn't see the finding, is filed
// in a second pair of indexes, which nobody else reads.

// The lanes that are not by length.
const (
	laneSince byte = 0    // no first day: filed by the last
	laneOpen  byte = 0x40 // a first day, but no last
	laneLong  byte = 33   // the longest of the others; no interval of days is longer
)

// moment is the place of an interval in an index, and of an event in a list by
// time: what has no first day comes first.
type moment struct {
	lane  byte
	day   edtf.Day
	event ID
}

func momentOf(i edtf.Interval, event ID) moment {
	switch {
	case i.Earliest == edtf.Min:
		return moment{laneSince, i.Latest, event}
	case i.Latest == edtf.Max:
		return moment{laneOpen, i.Earliest, event}
	}
	return moment{1 + byte(bits.Len64(uint64(int64(i.Latest)-int64(i.Earliest)))), i.Earliest, event}
}

// compare orders moments as lists give them; the lane counts only in so far as
// it is laneSince.
func (m moment) compare(o moment) int {
	if since := m.lane == laneSince; since != (o.lane == laneSince) {
		if since {
			return -1
		}
		return 1
	}
	if m.day != o.day {
		return int(max(-1, min(1, int64(m.day)-int64(o.day))))
	}
	return bytes.Compare(m.event[:], o.event[:])
}

// bytes is the end of an index key.
func (m moment) bytes() []byte {
	b := append(make([]byte, 0, 21), m.lane)
	b = append(b, dayBytes(m.day)...)
	return append(b, m.event[:]...)
}

func parseMoment(b []byte) (moment, bool) {
	if len(b) != 21 {
		return moment{}, false
	}
	return moment{b[0], dayFrom(b[1:]), ID(b[5:])}, true
}

// dayBytes puts a day into a key so that byte order is time order.
func dayBytes(day edtf.Day) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(day)^0x80000000)
}

func dayFrom(b []byte) edtf.Day { return edtf.Day(binary.BigEndian.Uint32(b) ^ 0x80000000) }

// span is what the index knows of an event's time, and what saves reading
// events that are not asked for.
type span struct {
	start, end edtf.Interval
	lasting    bool
	act        [4]byte // the beginning of the act's index term
	finding    ID      // that decided the time; zero for none
}

// TimeOf reads a recorded time. One without EDTF gives false.
func TimeOf(t *tumenv1.Time) (edtf.Date, bool) {
	if t.GetEdtf() == "" {
		return edtf.Date{}, false
	}
	d, err := edtf.Parse(t.GetEdtf())
	if err != nil {
		return edtf.Date{}, false
	}
	return d.With(edtf.Options{Night: t.GetNight()}), true
}

func spanOf(d edtf.Date, lasting bool) span {
	if !lasting {
		i := d.Interval()
		return span{start: i, end: i}
	}
	s := d.Span()
	end := s.End
	if s.Ongoing {
		end = edtf.Interval{Earliest: edtf.Max, Latest: edtf.Max}
	}
	return span{start: s.Start, end: end, lasting: true}
}

func (s span) extent() edtf.Interval {
	return edtf.Interval{Earliest: s.start.Earliest, Latest: s.end.Latest}
}

// times is a pair of indexes.
type times struct{ start, extent byte }

var (
	usedTimes      = times{byStart, byExtent}
	overruledTimes = times{byOverruledStart, byOverruledExtent}
)

// timeRows are the rows of an event of an owner in a pair of indexes.
func timeRows(in times, owner []byte, event ID, s span) []row {
	value := s.bytes()
	rows := []row{{indexKey(in.start, owner, momentOf(s.start, event).bytes()), value}}
	if s.lasting {
		rows = append(rows, row{indexKey(in.extent, owner, momentOf(s.extent(), event).bytes()), value})
	}
	return rows
}

const (
	spanLasting = 1 << iota
	spanDecided
)

// spanLen is the length of a span's row, without the finding that may follow.
const spanLen = 21

func (s span) bytes() []byte {
	b := make([]byte, 0, spanLen+16)
	for _, d := range []edtf.Day{s.start.Earliest, s.start.Latest, s.end.Earliest, s.end.Latest} {
		b = append(b, dayBytes(d)...)
	}
	var flags byte
	if s.lasting {
		flags |= spanLasting
	}
	if s.finding != (ID{}) {
		flags |= spanDecided
	}
	b = append(append(b, flags), s.act[:]...)
	if s.finding != (ID{}) {
		b = append(b, s.finding[:]...)
	}
	return b
}

func parseSpan(b []byte) (span, bool) {
	if len(b) < spanLen || b[16]&^(spanLasting|spanDecided) != 0 {
		return span{}, false
	}
	s := span{
		start:   edtf.Interval{Earliest: dayFrom(b), Latest: dayFrom(b[4:])},
		end:     edtf.Interval{Earliest: dayFrom(b[8:]), Latest: dayFrom(b[12:])},
		lasting: b[16]&spanLasting != 0, act: [4]byte(b[17:]),
	}
	switch rest := b[spanLen:]; {
	case b[16]&spanDecided == 0:
		return s, len(rest) == 0
	case len(rest) == 16:
		s.finding = ID(rest)
		return s, s.finding != (ID{})
	}
	return span{}, false
}
