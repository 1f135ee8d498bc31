package support

// Support is how far an aspect is supported.
type Support struct {
	Supporting, Denying, NotConfirming Standing
	Values                             []ValueSupport
	Agreement                          []Agreement
	Flags                              []Flag
}

// Standing is who takes one stance, or entails one value, and how many independent
// origins that is.
type Standing struct {
	AtLeast, AtMost          int
	Groups                   []Group
	LeftOut                  []LeftOut
	Cycles                   [][]string // the sources of each
	Reliability, Credibility uint8      // the best
	Claims                   []string
	Unresolved               []Unresolved
}

// Group is origins that may be one.
type Group struct {
	Origins       []Origin
	Joints        []Joint
	Grounded      bool
	KnownDistinct int
}

// Origin is where a statement comes from.
type Origin struct {
	Source   string
	Basis    Basis
	Grounded bool
	Claims   []string
}

// Joint is a way over ties between two origins.
type Joint struct {
	A, B          string
	Known         bool
	Ties, Through []string
}

// Reason is why a claim is left out.
type Reason uint8

// The reasons, in the contract's order.
const (
	RepeatsCounted Reason = iota + 1
	TakesAnotherStance
	UnresolvedRelay
	DoesNotEntail
	DiffersFromOrigin
	InCycle
)

// LeftOut is a claim that does not count.
type LeftOut struct {
	Claim, Source string
	Reason        Reason
	Origins       []string
}

// Unresolved is a claim whose origin is not known.
type Unresolved struct {
	Claim, Source   string
	PossibleOrigins []string
	Counted         bool
}

// ValueSupport is the support of one value or bound.
type ValueSupport struct {
	Value      *Value // nil for a person
	Label      string
	AssertedBy []string
	Determined bool
	Support    Standing
}

// Agreement is values that agree.
type Agreement struct {
	Value           *Value // nil where they have no common value to write
	Label           string
	Claims, Origins []string
	AtLeast, AtMost int
}

// FlagKind is what a reader must be told.
type FlagKind uint8

// The kinds of flags of a stored support.
const (
	RelayDiffers FlagKind = iota + 1
	RelayCycle
	ContradictsItself
	ListingShortened
	NotConfirmed
)

// Flag is something that a reader must be told. What it says in words is not
// compared, and not here.
type Flag struct {
	Kind                  FlagKind
	Claim, Source, Origin string
}
