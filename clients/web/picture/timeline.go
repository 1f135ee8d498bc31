package picture

// MaxEvents is how many events a time line has rows for.
const MaxEvents = 18

// TimeLine is events in the order in which they are to stand, each with what is
// known of its time.
type TimeLine struct {
	Events []Event
	Words  TimeLineWords
}

// TimeLineWords are the captions of a time line's key, in the language of the
// page; those left empty are not shown.
type TimeLineWords struct {
	Day        string // a momentary event on a known day
	Sometime   string // a momentary event somewhere in this time
	Certain    string // it certainly lasted through this
	Possible   string // it may have lasted through this
	Ongoing    string // it was going on when last heard of
	UnknownEnd string // when it began or ended is not known
	Undated    string // nothing is known of its time
}

// Event is one row of a time line.
type Event struct {
	Label string
	// Lasting tells what has a beginning and an end from what was on some day
	// of Start.
	Lasting bool
	// Start and End are when it began and ended; of a momentary event only Start
	// is read. A side that is not known is Ever or Never.
	Start, End Range
	// Ongoing says that it is said to last still: End is not read.
	Ongoing bool
}

// spans is the time of an event, put in order.
type spans struct {
	possible Range
	core     Range // empty where Earliest is after Latest
	hasCore  bool
}

func (e Event) spans() spans {
	start := ordered(e.Start)
	if !e.Lasting {
		return spans{possible: start}
	}
	end := ordered(e.End)
	if e.Ongoing {
		end = Range{Earliest: Never, Latest: Never}
	}
	return spans{
		possible: Range{Earliest: min(start.Earliest, end.Earliest), Latest: max(start.Latest, end.Latest)},
		core:     Range{Earliest: start.Latest, Latest: end.Earliest},
		hasCore:  start.Latest <= end.Earliest && start.Latest != Never && end.Earliest != Ever,
	}
}

func ordered(r Range) Range {
	return Range{Earliest: min(r.Earliest, r.Latest), Latest: max(r.Earliest, r.Latest)}
}
