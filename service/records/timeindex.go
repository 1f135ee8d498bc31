package records

import (
	"bytes"
	"math/bits"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
	"tumen/storage"
)

// How events are found by time.
//
// An interval of days is filed under its level, the smallest k with a length of
// at most 2^k days, and then under its first day. Whatever meets a period [a, b]
// and lies on level k begins in [a-2^k+1, b]; as it is longer than 2^(k-1),
// most of what begins there does meet it. So a search reads a few ranges, and in
// them little that it does not want, however many events are open-ended: those
// have a level of their own.
//
// Two indexes: byStart by the days on which an event may have begun (for a
// momentary act, happened), for "within"; byExtent by all the days on which a
// lasting act may have been under way, for "ongoing in".

// levelOpen holds what has no last day.
const levelOpen = 40

func level(i edtf.Interval) byte {
	if i.Latest == edtf.Max || i.Earliest == edtf.Min {
		return levelOpen
	}
	return byte(bits.Len64(uint64(int64(i.Latest) - int64(i.Earliest))))
}

// Span is what the index knows of an event's time.
type span struct {
	start, end edtf.Interval
	lasting    bool
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

func timeRows(event ID, t *tumenv1.Time, lasting bool) []row {
	d, ok := TimeOf(t)
	if !ok {
		return nil
	}
	s := spanOf(d, lasting)
	rows := []row{{timeKey(byStart, s.start, event), s.bytes()}}
	if lasting {
		rows = append(rows, row{timeKey(byExtent, s.extent(), event), s.bytes()})
	}
	return rows
}

func (s span) extent() edtf.Interval {
	return edtf.Interval{Earliest: s.start.Earliest, Latest: s.end.Latest}
}

func timeKey(index byte, i edtf.Interval, event ID) []byte {
	return indexKey(index, []byte{level(i)}, dayBytes(int32(i.Earliest)), event[:])
}

func (s span) bytes() []byte {
	b := make([]byte, 0, 17)
	for _, d := range []edtf.Day{s.start.Earliest, s.start.Latest, s.end.Earliest, s.end.Latest} {
		b = append(b, dayBytes(int32(d))...)
	}
	if s.lasting {
		return append(b, 1)
	}
	return append(b, 0)
}

func parseSpan(b []byte) (span, bool) {
	if len(b) != 17 {
		return span{}, false
	}
	day := func(i int) edtf.Day { return edtf.Day(dayFrom(b[4*i:])) }
	return span{edtf.Interval{Earliest: day(0), Latest: day(1)}, edtf.Interval{Earliest: day(2), Latest: day(3)}, b[16] == 1}, true
}

// timeQuery asks for the events within a period, or under way in it.
type timeQuery struct {
	period  edtf.Interval
	ongoing bool
}

// possible says whether the span allows the query; the exact answer needs the
// expression itself.
func (q timeQuery) possible(s span) bool {
	if q.ongoing {
		return s.lasting && s.extent().Meets(q.period)
	}
	return s.start.Meets(q.period) && s.end.Meets(q.period)
}

// timeCursor is where a time-ordered list stands: the last event given.
type timeCursor struct {
	day   edtf.Day
	event ID
}

func (c timeCursor) less(o timeCursor) bool {
	if c.day != o.day {
		return c.day < o.day
	}
	return bytes.Compare(c.event[:], o.event[:]) < 0
}

// lane reads the rows of one level, a chunk at a time: no cursor of the backend
// is held between chunks, so the levels can be merged.
type lane struct {
	view *View
	next storage.Range
	rows []timeHit
	done bool
}

type timeHit struct {
	at   timeCursor
	span span
}

const laneChunk = 32

// head returns the lane's first hit after those taken, or nil.
func (l *lane) head() (*timeHit, error) {
	for len(l.rows) == 0 && !l.done {
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
	if len(l.rows) == 0 {
		return nil, nil
	}
	return &l.rows[0], nil
}

func (l *lane) fill() error {
	n := 0
	for row, err := range l.view.scan(l.next) {
		if err != nil {
			return err
		}
		s, ok := parseSpan(row.Value)
		if !ok || len(row.Key) != 3+4+16 {
			return storage.ErrCorrupt
		}
		l.rows = append(l.rows, timeHit{timeCursor{edtf.Day(dayFrom(row.Key[3:7])), ID(row.Key[7:23])}, s})
		if n++; n == laneChunk {
			l.next.Start = append(bytes.Clone(row.Key), 0)
			return nil
		}
	}
	l.done = true
	return nil
}

// lanes opens the levels that can hold answers, after a cursor if there is one.
func (v *View) lanes(q timeQuery, after *timeCursor) ([]*lane, error) {
	index := byStart
	if q.ongoing {
		index = byExtent
	}
	var lanes []*lane
	for k := byte(0); k <= levelOpen; k++ {
		if k > 33 && k != levelOpen {
			continue // no finite interval is longer
		}
		from := edtf.Min
		if k != levelOpen && int64(q.period.Earliest)-(1<<k) > int64(edtf.Min) {
			from = q.period.Earliest - edtf.Day(int64(1)<<k)
		}
		start := indexKey(index, []byte{k}, dayBytes(int32(from)))
		if after != nil {
			if resume := append(indexKey(index, []byte{k}, dayBytes(int32(after.day)), after.event[:]), 0); bytes.Compare(resume, start) > 0 {
				start = resume
			}
		}
		end := indexKey(index, []byte{k, 0xff, 0xff, 0xff, 0xff, 0xff})
		if q.period.Latest < edtf.Max {
			end = indexKey(index, []byte{k}, dayBytes(int32(q.period.Latest)+1))
		}
		if bytes.Compare(start, end) < 0 {
			lanes = append(lanes, &lane{view: v, next: storage.Range{Start: start, End: end}})
		}
	}
	return lanes, nil
}

// eventsByTime gives the events whose index rows allow the query, by the first
// day that they may have begun, then by id.
func (v *View) eventsByTime(q timeQuery, after *timeCursor, yield func(timeCursor) (bool, error)) error {
	lanes, err := v.lanes(q, after)
	if err != nil {
		return err
	}
	for {
		var first *lane
		var hit timeHit
		for _, l := range lanes {
			h, err := l.head()
			if err != nil {
				return err
			}
			if h != nil && (first == nil || h.at.less(hit.at)) {
				first, hit = l, *h
			}
		}
		if first == nil {
			return nil
		}
		first.rows = first.rows[1:]
		if !q.possible(hit.span) {
			continue
		}
		if more, err := yield(hit.at); err != nil || !more {
			return err
		}
	}
}
