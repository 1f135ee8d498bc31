package support

// Stance is how a claim speaks to its aspect.
type Stance uint8

// The stances. A claim without one does not speak.
const (
	Asserts Stance = iota + 1
	Denies
	DoesNotConfirm
)

// Basis is on what a source, or a claim for itself, rests.
type Basis uint8

// The bases, the one that says most first. The zero Basis says nothing: of a claim
// it is that of its source, of a source NotStated.
const (
	FirstHand Basis = iota + 1
	OwnContacts
	OfficialStatement
	Relayed
	NotStated
)

// grounded says whether an origin on that basis raises the lower bound.
func (b Basis) grounded() bool { return b == FirstHand || b == OwnContacts }

// TieKind is what ties two sources.
type TieKind uint8

// The kinds of ties. The first two are known, the third is possible, and the last
// takes a possible one between the same two back.
const (
	SameWitness TieKind = iota + 1
	SameContact
	PossiblySame
	Separated
)

func (k TieKind) known() bool { return k == SameWitness || k == SameContact }

// Grades are numbers as they are recorded: reliability A to F and credibility 1 to
// 6 are 1 to 6, and 0 is none.
const (
	ungraded  = 0
	confirmed = 1 // of a credibility: by other independent sources
)

// Claim is a claim that stood on the subject and aspect.
type Claim struct {
	Name, Source string
	Stance       Stance
	Basis        Basis    // its own; 0 for that of its source
	Relays       []string // the sources that it names
	Credibility  uint8
	Value        *Value // nil where it says no value
}

// Source is a source as it stood.
type Source struct {
	Basis       Basis
	Relays      []string // the sources that it passes on
	Reliability uint8
}

// Tie is a tie as it stood.
type Tie struct {
	Name, A, B string
	Kind       TieKind
}

// Evidence is all that bears on one aspect of one subject.
type Evidence struct {
	// Lasting says that the event's act lasts: a date a/b is its duration.
	Lasting bool
	Claims  []*Claim
	// Sources are, by name, those of the claims and all that is relayed. One that
	// is not there states no basis and relays nobody.
	Sources map[string]*Source
	Ties    []*Tie
	// Contains says whether a place is another or lies in it.
	Contains func(outer, inner string) bool
	// Determined is the value that the finding determines, if any.
	Determined *Value
}

func (e *Evidence) basisOf(source string) Basis {
	if s := e.Sources[source]; s != nil && s.Basis != 0 {
		return s.Basis
	}
	return NotStated
}

func (e *Evidence) relaysOf(source string) []string {
	if s := e.Sources[source]; s != nil {
		return s.Relays
	}
	return nil
}

func (e *Evidence) basis(c *Claim) Basis {
	if c.Basis != 0 {
		return c.Basis
	}
	return e.basisOf(c.Source)
}
