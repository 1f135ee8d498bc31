package service_test

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

// office is a server with two organisations, and what is recorded in them, as the model
// has it.
type office struct {
	*world
	model
	t       *rapid.T
	orgs    []string // names
	log     []string // what was done, to be told with a failure
	next    int
	reached map[string]bool // what was compared
}

var officesMade int

// openOffice makes two organisations with members of any kind: the first has at least
// two who record and decide.
func openOffice(w *world, t *rapid.T) *office {
	o := &office{world: w, t: t, reached: map[string]bool{}}
	o.now = w.records.Now
	both := []class{ofIdentity, ofSource}
	officesMade++
	for org, size := range []int{rapid.IntRange(3, 6).Draw(t, "members"), 2} {
		handle := fmt.Sprintf("org-%d-%d", officesMade, org)
		audience := rapid.SampledFrom([]tumenv1.CaseAudience{0, 1, 2}).Draw(t, "default audience")
		made, err := w.admin.CreateOrganisation(w.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: handle, DisplayName: handle, DefaultAudience: audience}})
		o.must(err)
		o.orgs = append(o.orgs, made.GetOrganisation().GetName())
		for i := range size {
			c := &caller{org: org, highest: 1}
			if i < 2 {
				c.roles = [][]tumenv1.Role{{tumenv1.Role_ROLE_CASE_WORKER}, {tumenv1.Role_ROLE_REVIEWER}}[i]
				if org == 1 && i == 1 {
					c.roles = []tumenv1.Role{tumenv1.Role_ROLE_PARTNER}
				}
			} else {
				c.roles = rapid.SampledFrom([][]tumenv1.Role{{1}, {2}, {4}, {3}, {2}, {4}, {3}, {5}, {1, 4}}).Draw(t, "roles")
			}
			if i > 0 {
				c.highest = rapid.SampledFrom([]int{1, 1, 2, 3, 4}).Draw(t, "highest")
			}
			as := &tumenv1.Member{Handle: fmt.Sprintf("m%d", i), Roles: c.roles, IdentityBudget: 100_000}
			if c.highest > 1 {
				as.HighestMarking = tumenv1.Marking(c.highest)
			}
			c.cleared = evenly(t, [8][]class{nil, nil, {ofIdentity}, {ofSource}, 4: both, 5: both, 6: both, 7: both}, "cleared")
			for _, of := range c.cleared {
				as.Clearances = append(as.Clearances, map[class]tumenv1.Protection{ofIdentity: identity, ofSource: sourceIdentity}[of])
			}
			c.member = w.enrol(handle, as)
			o.callers = append(o.callers, c)
		}
	}
	return o
}

// must fails the draw on an error of what has to work.
func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.fatalf("an error where there may be none: %s", told(err))
	}
}

// says makes a text that stands nowhere else.
func (o *office) says() mark {
	o.next++
	return mark(fmt.Sprintf("qz%05dqz", officesMade%100*1000+o.next))
}

// things of a kind.
func (o *office) all(kinds ...string) []*thing {
	return slices.Collect(func(yield func(*thing) bool) {
		for _, t := range o.things {
			if slices.Contains(kinds, t.kind) && !yield(t) {
				return
			}
		}
	})
}

// one draws a record of a kind; nil where there is none.
func (o *office) one(label string, kinds ...string) *thing {
	all := o.all(kinds...)
	if len(all) == 0 {
		return nil
	}
	return rapid.SampledFrom(all).Draw(o.t, label)
}

func (o *office) author() *caller {
	var all []*caller
	for _, c := range o.callers {
		if c.works() {
			all = append(all, c)
		}
	}
	return rapid.SampledFrom(all).Draw(o.t, "author")
}

func (o *office) marking() tumenv1.Marking {
	return tumenv1.Marking(rapid.SampledFrom([]int{1, 2, 2, 3, 3, 4, 5}).Draw(o.t, "marking"))
}

// words gives texts of their own to fields of a record, and keeps of what class each is.
func (o *office) words(rec proto.Message, texts map[mark]class, fields ...string) {
	for _, f := range fields {
		name, of := f, ofContent
		if n, is := strings.CutPrefix(f, "plain:"); is {
			name, of = n, ofPlain
		} else if n, is := strings.CutPrefix(f, "identity:"); is {
			name, of = n, ofIdentity
		} else if n, is := strings.CutPrefix(f, "source:"); is {
			name, of = n, ofSource
		}
		text := o.says()
		texts[text] = of
		d := rec.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(name))
		switch {
		case d.IsList() && d.Message() != nil: // names
			rec.ProtoReflect().Mutable(d).List().Append(protoreflect.ValueOfMessage((&tumenv1.PersonName{Text: string(text)}).ProtoReflect()))
		case d.IsList():
			rec.ProtoReflect().Mutable(d).List().Append(protoreflect.ValueOfString(string(text)))
		default:
			rec.ProtoReflect().Set(d, protoreflect.ValueOfString(string(text)))
		}
	}
}

// kindOf says how a kind of record is written.
var kindsOfThings = map[string]struct {
	service, method, plural string
	texts                   []string
	update                  []string // what a change gives other words to
}{
	"case":         {"CaseService", "Case", "Cases", []string{"title", "summary"}, []string{"title"}},
	"event":        {"CaseService", "Event", "Events", []string{"title", "description"}, []string{"description"}},
	"involvement":  {"CaseService", "Involvement", "Involvements", []string{"description"}, []string{"description"}},
	"intervention": {"CaseService", "Intervention", "Interventions", []string{"summary", "by"}, []string{"summary"}},
	"person":       {"PersonService", "Person", "Persons", []string{"identity:names", "identity:notes", "identity:safe_contact", "identity:documents"}, []string{"identity:notes"}},
	"source":       {"SourceService", "Source", "Sources", []string{"plain:title", "plain:publisher", "contact_note", "source:protected_names", "source:protected_contact"}, []string{"plain:title", "source:protected_notes"}},
	"tie":          {"SourceService", "Tie", "Ties", []string{"grounds"}, []string{"grounds"}},
	"claim":        {"ClaimService", "Claim", "Claims", []string{"notes", "speaker"}, []string{"notes"}},
	"capture":      {"SourceService", "Capture", "Captures", []string{"plain:address", "captured_by", "identity:file_name"}, nil},
	"finding":      {"VerificationService", "Finding", "Findings", nil, nil},
}

// add records something, and keeps what was recorded; with a marking that is drawn where
// none is given.
func (o *office) add(by *caller, kind string, in *thing, rec proto.Message, s state, uses ...*thing) *thing {
	k := kindsOfThings[kind]
	if s.marking == 0 {
		s.marking = int(o.marking())
	}
	if s.texts == nil {
		s.texts = map[mark]class{}
	}
	o.words(rec, s.texts, k.texts...)
	s.reason = o.says()
	external := o.says()
	m := rec.ProtoReflect()
	set(o.world.t, m, "marking", tumenv1.Marking(s.marking))
	ids := m.Mutable(m.Descriptor().Fields().ByName("external_ids")).List()
	ids.Append(protoreflect.ValueOfMessage((&tumenv1.ExternalId{Issuer: "their", Id: string(external)}).ProtoReflect()))
	if kind == "capture" {
		ids.Truncate(0)
		external = ""
	}
	var out proto.Message
	var err error
	if kind == "capture" {
		s.bytes = o.says()
		out, err = uploadPieces(&october{world: o.world}, by.member, &tumenv1.CaptureHeader{Parent: in.name, Capture: rec.(*tumenv1.Capture), Reason: string(s.reason)}, []byte(s.bytes), 1000)
	} else {
		body := fields{kind: rec, "reason": string(s.reason)}
		if in != nil {
			body["parent"] = in.name
		}
		var answer protoreflect.Message
		answer, err = by.rpc(o.world.t, o.ctx, k.service+"/Create"+k.method, body)
		out = part(o.world.t, answer, kind)
	}
	needs := slices.Clone(uses)
	if in != nil {
		needs = append(needs, in)
	}
	if !o.wrote(by, "records a "+kind, err, needs...) {
		return nil
	}
	made := out.(stored)
	s.marking = int(made.GetMarking())
	t := &thing{kind: kind, name: made.GetName(), org: by.org, by: by, past: []state{s}, in: in, uses: uses, external: external}
	if c, is := out.(*tumenv1.Case); is {
		t.past[0].closed = c.GetAudience() == tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED
	}
	o.things = append(o.things, t)
	o.note("  as %s %s, marked %d", kind, t.name, s.marking)
	return t
}

func (o *office) note(format string, args ...any) {
	o.log = append(o.log, fmt.Sprintf(format, args...))
}

// wrote says whether a call went through. It must not for who doesn't see what it needs,
// and its refusal tells nothing that they may not be told.
func (o *office) wrote(by *caller, what string, err error, needs ...*thing) bool {
	o.t.Helper()
	var names []string
	for _, n := range needs {
		names = append(names, n.kind+" "+n.name)
	}
	o.note("%s %s, with %v: %v", by.name, what, names, err)
	if err != nil {
		o.discreet(by, way{}, what, []byte(told(err)))
		var asked []string
		for _, n := range needs {
			asked = append(asked, n.name)
		}
		o.namesNone(by, what, told(err, asked...))
		return false
	}
	for _, n := range needs {
		if n != nil && n.org != by.org {
			o.fatalf("%s %s with %s %s, which is another organisation's", by.name, what, n.kind, n.name)
		}
		if n != nil && o.sees(by, n) == no {
			o.fatalf("%s %s with %s %s, which they do not see", by.name, what, n.kind, n.name)
		}
	}
	return true
}

// namesNone fails where a refusal names what somebody doesn't see.
func (o *office) namesNone(c *caller, what, refusal string) {
	o.t.Helper()
	for _, t := range o.things {
		if strings.Contains(refusal, t.name) && o.sees(c, t) == no {
			o.fatalf("the refusal of %s names %s %s to %s: %s", what, t.kind, t.name, c.name, refusal)
		}
	}
}

func (o *office) fatalf(format string, args ...any) {
	o.t.Helper()
	var who []string
	for _, c := range o.callers {
		who = append(who, fmt.Sprintf("%s: organisation %d, roles %v, highest %d, cleared %v", c.name, c.org, c.roles, c.highest, c.cleared))
	}
	// Apart from the failure, which has to be the same for every draw that fails so, or
	// rapid finds no smaller one.
	o.t.Logf("%s\n\nmembers:\n%s\n\nwhat was done:\n%s", fmt.Sprintf(format, args...), strings.Join(who, "\n"), strings.Join(o.log, "\n"))
	o.t.Fatal(format)
}

// colleagues draws some members of the organisation of somebody.
func (o *office) colleagues(of *caller) []*caller {
	var some []*caller
	for _, c := range o.callers {
		if c.org == of.org && rapid.IntRange(0, 2).Draw(o.t, "assigned") == 0 {
			some = append(some, c)
		}
	}
	return some
}

func namesOfCallers(cs []*caller) []string {
	var names []string
	for _, c := range cs {
		names = append(names, c.name)
	}
	return names
}
