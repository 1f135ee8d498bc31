package verify

import (
	"crypto/sha256"
	"slices"
	"strings"

	"tumen/clients/verify/support"
)

// facts are what a support may rest on, noted while the records go by: of every
// revision of a claim, source, tie, event, place and act what the rules ask for, and
// where it stands in the log. With all names that is some 350 bytes for a claim and
// fewer for the others. Of texts there are only the names and words of a value that
// are compared, which have a few hundred bytes at most. Of a finding there is the
// place of its line and its digest: the support that it stores is read again, one
// finding after the other. Claims, of which there may be many, stand with what the
// export lists of them.
type facts struct {
	listed   map[[32]byte]*listing
	names    map[string]string // of what is referred to, each once
	subjects map[string]*subject
	sources  map[string]history[sourceFact]
	ties     map[string]history[tieFact]
	acts     map[string]history[wordFact] // of an event: its act
	within   map[string]history[wordFact] // of a place: what contains it
	lasting  map[string]history[wordFact] // of an act of an organisation's own
	erased   map[string]bool

	unsure map[string][]string // claims of a case of which some revision does not say on what it bears
	tied   map[string][]string // ties of a source in some revision
	loose  []string            // ties of which some revision does not say what they tie

	findings map[int64][32]byte // lines with a stored support, and their digests
}

// subject is what claims bear on, in some revision of theirs.
type subject struct {
	name   string
	claims []string
}

// history has the revisions of a record in their order, from 1.
type history[T any] []state[T]

// state is what a revision says, and its leaf.
type state[T any] struct {
	leaf uint64
	says T
}

// at is what held when a leaf was added to the log, and in which revision: the last
// before that leaf.
func (h history[T]) at(leaf uint64) (*T, int64) {
	for i := range slices.Backward(h) {
		if h[i].leaf < leaf {
			return &h[i].says, int64(i) + 1
		}
	}
	return nil, 0
}

// claimFact is what a revision of a claim says. Where a field is not disclosed and
// could be withheld, what rests on it is not known.
type claimFact struct {
	claim    support.Claim
	subjects []*subject
	aspect   uint8
	stands   bool // active, and not deleted
	bears    bool // subjects, aspect and whether it stands are known
	speaks   bool // all else but the value is known
	says     bool // the value is known
}

type sourceFact struct {
	source       support.Source
	there, known bool
}

type tieFact struct {
	tie          support.Tie
	there, known bool
}

type wordFact struct {
	word  string
	known bool
}

func newFacts(listed map[[32]byte]*listing) *facts {
	return &facts{
		listed: listed, names: map[string]string{}, subjects: map[string]*subject{}, sources: map[string]history[sourceFact]{}, ties: map[string]history[tieFact]{},
		acts: map[string]history[wordFact]{}, within: map[string]history[wordFact]{}, lasting: map[string]history[wordFact]{}, erased: map[string]bool{},
		unsure: map[string][]string{}, tied: map[string][]string{}, findings: map[int64][32]byte{},
	}
}

// once gives a text in the one copy that is kept.
func (f *facts) once(t string) string {
	if kept, there := f.names[t]; there {
		return kept
	}
	f.names[t] = t
	return t
}

func (f *facts) subject(name string) *subject {
	s := f.subjects[name]
	if s == nil {
		s = &subject{name: name}
		f.subjects[name] = s
	}
	return s
}

// claim gives the history of a claim, if it is in the bag.
func (f *facts) claim(name string) (history[claimFact], bool) {
	l := f.listed[nameKey(name)]
	if l == nil || l.claim == nil {
		return nil, false
	}
	return l.claim, true
}

// note takes what a record says.
func (f *facts) note(line int64, text []byte, rec *record) {
	if rec.erased {
		f.erased[f.once(rec.name)] = true
		return
	}
	name := rec.name
	switch rec.kind {
	case "Claim":
		if l := f.listed[nameKey(name)]; l != nil {
			l.claim = noted(rec, f.claimOf)
			f.index(name, l.claim)
		}
	case "Source":
		f.sources[f.once(name)] = noted(rec, f.sourceOf)
	case "Tie":
		name = f.once(name)
		f.ties[name] = noted(rec, f.tieOf)
		f.indexTie(name)
	case "Event":
		f.acts[f.once(name)] = noted(rec, f.wordOf("CONTENT", "act"))
	case "Place":
		f.within[f.once(name)] = noted(rec, f.wordOf("OPEN", "contained_in"))
	case "Term":
		if strings.HasPrefix(name, "vocabularies/acts/") {
			f.lasting[f.once(name)] = noted(rec, f.wordOf("OPEN", "lasting"))
		}
	case "Finding":
		if slices.ContainsFunc(rec.revisions, func(v revision) bool { return v.shows().fields["approved_support"] != nil }) {
			f.findings[line] = sha256.Sum256(text)
		}
	}
}

func noted[T any](rec *record, read func(name string, s shown) T) history[T] {
	h := make(history[T], len(rec.revisions))
	for i := range rec.revisions {
		v := &rec.revisions[i]
		h[i] = state[T]{v.leaf, read(rec.name, v.shows())}
	}
	return h
}

// index notes on what a claim bears.
func (f *facts) index(name string, h history[claimFact]) {
	for _, s := range h {
		for _, on := range s.says.subjects {
			on.claims = added(on.claims, name)
		}
		if !s.says.bears {
			matter := f.once(caseOf(name))
			f.unsure[matter] = added(f.unsure[matter], name)
		}
	}
}

func (f *facts) indexTie(name string) {
	for _, s := range f.ties[name] {
		t := &s.says.tie
		for _, end := range []string{t.A, t.B} {
			if end != "" {
				f.tied[end] = added(f.tied[end], name)
			}
		}
		if !s.says.known {
			f.loose = added(f.loose, name)
		}
	}
}

// added adds a name unless it was the last that was added.
func added(list []string, name string) []string {
	if n := len(list); n > 0 && list[n-1] == name {
		return list
	}
	return append(list, name)
}

// caseOf is the case in which a record lies; "" if in none.
func caseOf(name string) string {
	parts := strings.SplitN(name, "/", 3)
	if len(parts) < 3 || parts[0] != "cases" {
		return ""
	}
	return parts[0] + "/" + parts[1]
}

// shown is what is disclosed of a revision, and of which classes it withholds
// something.
type shown struct {
	fields   map[string][]byte
	withheld map[string]bool
}

// shows gives what is disclosed. That a time is told to the day only is not counted
// as withheld: of a deletion it always stands.
func (v *revision) shows() shown {
	s := shown{map[string][]byte{}, map[string]bool{}}
	for _, f := range v.fields {
		s.fields[f.name] = f.value
	}
	for _, w := range v.withheld {
		if !(w.class == "OPEN" && w.rule == "day") {
			s.withheld[w.class] = true
		}
	}
	return s
}

// known says whether fields of a class are there, or certainly empty.
func (s shown) known(class string, names ...string) bool {
	if !s.withheld[class] {
		return true
	}
	return !slices.ContainsFunc(names, func(name string) bool { return s.fields[name] == nil })
}

// read reads a field if it is disclosed; it says whether it could be read.
func (s shown) read(name string, read func([]byte) error) bool {
	raw := s.fields[name]
	return raw == nil || read(raw) == nil
}

func (f *facts) claimOf(name string, s shown) claimFact {
	c := claimFact{claim: support.Claim{Name: name}}
	var status string
	var subjects []string
	ok := s.read("subjects", intoTexts(&subjects)) && s.read("aspect", intoWord(&c.aspect, aspectWords)) && s.read("state", intoText(&status))
	for _, name := range subjects {
		c.subjects = append(c.subjects, f.subject(name))
	}
	c.stands = status == "CLAIM_STATE_ACTIVE" && s.fields["delete_time"] == nil
	c.bears = ok && s.known("CONTENT", "subjects", "aspect", "state") && s.known("OPEN", "delete_time")
	var source string
	var relays []string
	ok = s.read("source", intoText(&source)) && s.read("stance", intoWord(&c.claim.Stance, stanceWords)) && s.read("basis", intoWord(&c.claim.Basis, basisWords)) &&
		s.read("relays", intoTexts(&relays)) && s.read("credibility", intoWord(&c.claim.Credibility, credibilityWords))
	c.claim.Source = f.once(source)
	for _, to := range relays {
		c.claim.Relays = append(c.claim.Relays, f.once(to))
	}
	c.speaks = ok && source != "" && s.known("CONTENT", "source", "stance", "basis", "relays", "credibility")
	c.says = s.read("value", into(&c.claim.Value, readValue)) && s.known("CONTENT", "value") && s.known("IDENTITY", "protected_value")
	if c.claim.Value == nil {
		c.says = s.read("protected_value", into(&c.claim.Value, readProtectedValue)) && c.says
	}
	if c.claim.Value != nil {
		c.claim.Value.Text = "" // that of a finding is compared whole, a claim's is not
		c.says = c.says && !c.claim.Value.Wide()
	}
	return c
}

func (f *facts) sourceOf(_ string, s shown) sourceFact {
	v := sourceFact{there: s.fields["delete_time"] == nil}
	ok := s.read("basis", intoWord(&v.source.Basis, basisWords)) && s.read("reliability", intoWord(&v.source.Reliability, reliabilityWords)) &&
		s.read("relays", func(raw []byte) error {
			return list(raw, func(raw []byte) error {
				var to string
				err := readers{"source": intoText(&to), "kind": skipped}.read(raw, "source")
				v.source.Relays = append(v.source.Relays, f.once(to))
				return err
			})
		})
	v.known = ok && s.known("CONTENT", "basis", "reliability", "relays") && s.known("OPEN", "delete_time")
	return v
}

func (f *facts) tieOf(name string, s shown) tieFact {
	t := tieFact{tie: support.Tie{Name: name}, there: s.fields["delete_time"] == nil}
	var a, b string
	ok := s.read("a", intoText(&a)) && s.read("b", intoText(&b)) && s.read("kind", intoWord(&t.tie.Kind, tieWords))
	t.tie.A, t.tie.B = f.once(a), f.once(b)
	t.known = ok && s.known("CONTENT", "a", "b", "kind") && s.known("OPEN", "delete_time")
	return t
}

// wordOf reads one field: a text, or that something is true.
func (f *facts) wordOf(class, field string) func(string, shown) wordFact {
	return func(_ string, s shown) wordFact {
		var word string
		if raw := s.fields[field]; string(raw) == "true" {
			word = "true"
		} else if !s.read(field, intoText(&word)) {
			return wordFact{}
		}
		return wordFact{f.once(word), s.known(class, field)}
	}
}
