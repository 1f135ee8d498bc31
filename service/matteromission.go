package service

import (
	"cmp"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// needed are the fields without which a record of a kind can't be recorded.
var needed = map[records.Kind][]string{
	records.Involvement: {"event", "person"},
	records.Tie:         {"a", "b"},
	records.Claim:       {"source", "subjects", "value"},
}

// leaveOut notes that a record is in no document.
func (x *extraction) leaveOut(reason tumenv1.OmissionReason, rec records.Record) {
	if rec.GetDeleteTime() == nil {
		x.left = append(x.left, &tumenv1.MatterOmission{Reason: reason, Key: x.called(rec), Name: rec.GetName(), Count: 1})
	}
}

// trim takes out what could not be recorded elsewhere: fields that refer to what
// is not in the matter, each as a whole, so that applied here the rest of such a
// list is not lost; and records that can't be without such a field.
func (x *extraction) trim() error {
	for dropped := true; dropped; {
		dropped = false
		for _, m := range slices.Clone(x.members) {
			bare, err := x.cut(m)
			if err != nil {
				return err
			}
			if bare == "" {
				continue
			}
			dropped = true
			delete(x.seen, m.record.GetName())
			x.members = slices.DeleteFunc(x.members, func(o *extracted) bool { return o == m })
			x.leaveOut(tumenv1.OmissionReason_OMISSION_REASON_FOUNDATION, m.record)
			x.left[len(x.left)-1].Field = bare
		}
	}
	x.cutRelays()
	x.name()
	return nil
}

// cut notes the fields of a record that refer to what is not in the matter, and
// returns one of them that the record can't be without.
func (x *extraction) cut(m *extracted) (bare string, err error) {
	kind := records.KindOf(m.record)
	visitReferences(m.record.ProtoReflect(), "", func(path string, _ []records.Kind, name string) string {
		top, _, _ := strings.Cut(path, ".")
		top, _, _ = strings.Cut(top, "[")
		if err != nil || slices.Contains(m.cut, top) || x.seen[name] {
			return name
		}
		builtIn := false
		if builtIn, err = x.builtIn(name); !builtIn {
			m.cut = append(m.cut, top)
			if slices.Contains(needed[kind], top) {
				bare = top
			}
		}
		return name
	})
	if c, ok := m.record.(*tumenv1.Claim); ok && c.GetStance() == tumenv1.Stance_STANCE_ASSERTS &&
		aspects[c.GetAspect()].protected != "" && !access.Shows(x.reader, c, "protected_value") {
		bare = "protected_value"
	}
	return bare, err
}

// builtIn says whether a name is that of a record that every server has.
func (x *extraction) builtIn(name string) (bool, error) {
	if _, err := x.view.Key(name, records.Place); err != nil {
		return false, nil // no other record is referred to and comes with the program
	}
	rec, err := x.view.Read(name)
	if isMissing(err) {
		return false, nil
	}
	return err == nil && rec.GetOwner() == "", err
}

// cutRelays takes out what claims relay where their source's own relays are
// taken out: they would relay what it does not.
func (x *extraction) cutRelays() {
	without := map[string]bool{}
	for _, m := range x.members {
		if slices.Contains(m.cut, "relays") {
			without[m.record.GetName()] = true
		}
	}
	for _, m := range x.members {
		if c, ok := m.record.(*tumenv1.Claim); ok && len(c.GetRelays()) > 0 && without[c.GetSource()] && !slices.Contains(m.cut, "relays") {
			m.cut = append(m.cut, "relays")
		}
	}
}

// captures counts the captures of the sources.
func (x *extraction) captures() error {
	for _, m := range x.members {
		if records.KindOf(m.record) != records.Source {
			continue
		}
		n := int32(0)
		for c, err := range records.Children[*tumenv1.Capture](x.view, records.Capture, m.record.GetName()) {
			if err != nil {
				return err
			}
			if c.GetDeleteTime() == nil {
				n++
			}
		}
		if n > 0 {
			x.left = append(x.left, &tumenv1.MatterOmission{Reason: tumenv1.OmissionReason_OMISSION_REASON_CAPTURES,
				Key: x.keys[m.record.GetName()], Name: m.record.GetName(), Count: n})
		}
	}
	return nil
}

// findings counts what somebody has reviewed.
func (x *extraction) findings(matter string) error {
	n := int32(0)
	for f, err := range records.Children[*tumenv1.Finding](x.view.Counting(), records.Finding, matter) {
		if err != nil {
			return err
		}
		if f.GetState() != tumenv1.FindingState_FINDING_STATE_REPORTED {
			n++
		}
	}
	if n > 0 {
		x.left = append(x.left, &tumenv1.MatterOmission{Reason: tumenv1.OmissionReason_OMISSION_REASON_FINDINGS, Count: n})
	}
	return nil
}

// omissions lists everything that was left out, by reason.
func (x *extraction) omissions() []*tumenv1.MatterOmission {
	out := x.left
	for _, m := range x.members {
		name := m.record.GetName()
		for _, field := range m.cut {
			reason := tumenv1.OmissionReason_OMISSION_REASON_REFERENCE
			switch field {
			case "assignees":
				reason = tumenv1.OmissionReason_OMISSION_REASON_ASSIGNEES
			case "examination":
				reason = tumenv1.OmissionReason_OMISSION_REASON_EXAMINATION
			}
			out = append(out, &tumenv1.MatterOmission{Reason: reason, Key: x.keys[name], Name: name, Field: field, Count: 1})
		}
		for _, w := range withheldOf(m.record) {
			out = append(out, &tumenv1.MatterOmission{Reason: tumenv1.OmissionReason_OMISSION_REASON_WITHHELD,
				Key: x.keys[name], Name: name, Protection: w.GetProtection(), Count: w.GetFields()})
		}
	}
	if n := x.view.Withheld(); n > 0 {
		out = append(out, &tumenv1.MatterOmission{Reason: tumenv1.OmissionReason_OMISSION_REASON_HIDDEN, Count: int32(n)})
	}
	slices.SortStableFunc(out, func(a, b *tumenv1.MatterOmission) int { return cmp.Compare(a.GetReason(), b.GetReason()) })
	return out
}

func withheldOf(rec records.Record) []*tumenv1.Withheld {
	if w, ok := rec.(interface{ GetWithheld() []*tumenv1.Withheld }); ok {
		return w.GetWithheld()
	}
	return nil
}
