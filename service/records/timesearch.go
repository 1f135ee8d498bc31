package records

import (
	"iter"

	"tumen/service/edtf"
	"tumen/storage"
)

// timeQuery asks for the events of an owner within a period, or under way in it.
type timeQuery struct {
	owner   []byte
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

// timeHit is a row of a time index.
type timeHit struct {
	at        moment
	span      span
	overruled bool // it is the recorded time, and the span's finding decided another
}

// ranges are the parts of an index, one for each lane, that can hold answers:
// those behind a moment, if there is one.
func (q timeQuery) ranges(in times, after *moment) []storage.Range {
	index := in.start
	if q.ongoing {
		index = in.extent
	}
	var ranges []storage.Range
	add := func(lane byte, from, to edtf.Day) {
		if after != nil && (after.lane == laneSince) != (lane == laneSince) {
			if lane == laneSince {
				return // all of it was given before
			}
			after = nil
		}
		r := storage.Prefix(indexKey(index, q.owner, []byte{lane}, dayBytes(to)))
		r.Start = indexKey(index, q.owner, []byte{lane}, dayBytes(from))
		if after != nil && after.day >= from {
			// Behind it in this lane, though it may stand in another.
			r.Start = append(indexKey(index, q.owner, moment{lane, after.day, after.event}.bytes()), 0)
		}
		ranges = append(ranges, r)
	}
	a, b := q.period.Earliest, q.period.Latest
	if a > b {
		return nil
	}
	add(laneSince, a, edtf.Max)
	for lane := byte(1); lane <= laneLong; lane++ {
		add(lane, edtf.Day(max(int64(edtf.Min), int64(a)-int64(1)<<(lane-1)+1)), b)
	}
	add(laneOpen, edtf.Min, b)
	return ranges
}

// eventsByTime gives the rows of the index that allow the query, in the order
// of their moments; with overruled times, if these are asked for.
func (v *View) eventsByTime(q timeQuery, after *moment, overruled bool) iter.Seq2[timeHit, error] {
	return func(yield func(timeHit, error) bool) {
		var lanes []iter.Seq2[timeHit, error]
		for _, r := range q.ranges(usedTimes, after) {
			lanes = append(lanes, v.lane(r, false))
		}
		if overruled {
			for _, r := range q.ranges(overruledTimes, after) {
				lanes = append(lanes, v.lane(r, true))
			}
		}
		for hit, err := range merge(lanes, func(a, b timeHit) int { return a.at.compare(b.at) }) {
			if err == nil && !q.possible(hit.span) {
				continue
			}
			if !yield(hit, err) {
				return
			}
		}
	}
}

// lane gives the rows of one range of a time index.
func (v *View) lane(r storage.Range, overruled bool) iter.Seq2[timeHit, error] {
	return func(yield func(timeHit, error) bool) {
		for row, err := range v.scan(r) {
			hit := timeHit{overruled: overruled}
			if err == nil && len(row.Key) == 2+16+21 {
				var at, is bool
				hit.at, at = parseMoment(row.Key[18:])
				hit.span, is = parseSpan(row.Value)
				if !at || !is {
					err = errRow
				}
			} else if err == nil {
				err = errRow
			}
			if !yield(hit, err) || err != nil {
				return
			}
		}
	}
}

// merge gives what several ordered sequences give, in order; an error ends it.
// Of each it reads one ahead.
func merge[T any](all []iter.Seq2[T, error], compare func(a, b T) int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		type head struct {
			value T
			next  func() (T, error, bool)
		}
		heads := make([]*head, 0, len(all))
		advance := func(h *head) (more bool, err error) {
			h.value, err, more = h.next()
			return more, err
		}
		for _, one := range all {
			next, stop := iter.Pull2(one)
			defer stop()
			h := &head{next: next}
			more, err := advance(h)
			if err != nil {
				yield(h.value, err)
				return
			}
			if more {
				heads = append(heads, h)
			}
		}
		for len(heads) > 0 {
			first := 0
			for i := range heads {
				if compare(heads[i].value, heads[first].value) < 0 {
					first = i
				}
			}
			h := heads[first]
			if !yield(h.value, nil) {
				return
			}
			more, err := advance(h)
			if err != nil {
				yield(h.value, err)
				return
			}
			if !more {
				heads = append(heads[:first], heads[first+1:]...)
			}
		}
	}
}
