package service_test

import "slices"

// reach is in how many draws something was compared that the rules are about: a rule is
// as good as untested where the draws don't come to it.
type reach map[string]int

// count adds what one draw came to.
func (n reach) count(reached map[string]bool) {
	for what := range reached {
		n[what]++
	}
}

// reaches notes what is compared when somebody outside looks for a record.
func (r reader) reaches(t *thing) {
	if inside(r.caller, t) {
		return
	}
	level, _ := r.levelOf(r.caller, t)
	toThem := func(g *given) bool { return g.of == t && g.isTo(r.caller) }
	switch seen := r.sees(r.caller, t); {
	case seen == yes:
		r.reached["shown by a grant"] = true
		if t.kind == "capture" {
			r.reached[map[bool]string{true: "bytes shown that are marked free", false: "bytes hidden that nobody marked free"}[t.now().free]] = true
		}
	case seen == no && level >= content && t.now().marking < limit && !t.deleted:
		r.reached["hidden by its marking in what is shared"] = true
	case seen == no && t.kind == "case" && level == 0 && r.takesPart() && slices.ContainsFunc(r.grants, toThem):
		r.reached["hidden since a grant holds no longer"] = true
	}
}

// reachesText notes what is compared when somebody outside is shown a record with a text.
func (r reader) reachesText(t *thing, of class, shown verdict) {
	if inside(r.caller, t) {
		return
	}
	level, _ := r.levelOf(r.caller, t)
	if of == ofContent || of == ofPlain {
		if of == ofContent && level >= content {
			r.reached[map[bool]string{true: "text shown that is marked free", false: "text hidden that nobody marked free"}[shown == yes]] = true
		}
		return
	}
	cleared := slices.Contains(r.cleared, of)
	agreed, recorded, refused := true, true, false
	for _, p := range t.concerned() {
		agreed, recorded, refused = agreed && p.now().shared, recorded && p.now().given, refused || p.now().refused
	}
	switch {
	case shown == yes && !recorded:
		r.reached["identity shown by consent to share alone"] = true
	case shown == yes:
		r.reached["identity shown by consent to both"] = true
	case shown == unsaid || level < content:
	case agreed && !refused && cleared && r.purpose: // so for want of the level
		r.reached["identity hidden at CONTENT, with consent"] = true
	case level < identities_:
	case agreed && !refused && r.purpose:
		r.reached["identity hidden for want of clearance"] = true
	case agreed && !refused && cleared:
		r.reached["identity hidden for want of a purpose"] = true
	case !cleared || !r.purpose:
	case agreed:
		r.reached["identity hidden as recording was refused, with consent to share"] = true
	case recorded && !refused:
		r.reached["identity hidden for want of consent to share, with consent to record"] = true
	default:
		r.reached["identity hidden for want of any consent"] = true
	}
}
