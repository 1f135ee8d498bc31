package verification

import (
	"slices"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

const (
	credible   = tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE
	supported  = tumenv1.FindingState_FINDING_STATE_CORROBORATED
	verified   = tumenv1.FindingState_FINDING_STATE_VERIFIED
	disputed   = tumenv1.FindingState_FINDING_STATE_DISPUTED
	inaccurate = tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE
	unverified = tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE
)

// october with what verified needs: S1 saw it.
func witnessed() *matter {
	m := october()
	m.claims[claimName("s1")].Basis = tumenv1.Basis_BASIS_FIRST_HAND
	return m
}

// contradicted has a witness who says that it did not happen.
func contradicted() *matter {
	m := october()
	m.source("s20", tumenv1.Basis_BASIS_FIRST_HAND, tumenv1.Reliability_RELIABILITY_B)
	m.claim("s20", tumenv1.Stance_STANCE_DENIES, tumenv1.Credibility_CREDIBILITY_PROBABLY_TRUE)
	return m
}

type change func(*matter, *tumenv1.Conclusion)

func grade(key string, r tumenv1.Reliability) change {
	return func(m *matter, _ *tumenv1.Conclusion) { m.sources["sources/"+key].Reliability = r }
}

func belief(key string, c tumenv1.Credibility) change {
	return func(m *matter, _ *tumenv1.Conclusion) { m.claims[claimName(key)].Credibility = c }
}

func conclude(f func(*tumenv1.Conclusion)) change {
	return func(_ *matter, c *tumenv1.Conclusion) { f(c) }
}

func both(changes ...change) change {
	return func(m *matter, c *tumenv1.Conclusion) {
		for _, f := range changes {
			f(m, c)
		}
	}
}

func contrary(keys ...string) change {
	return conclude(func(c *tumenv1.Conclusion) {
		for _, k := range keys {
			c.Contrary = append(c.Contrary, claimName(k))
		}
	})
}

func pair(a, b, why string) change {
	return conclude(func(c *tumenv1.Conclusion) {
		c.Independence = []*tumenv1.Independence{{A: "sources/" + a, B: "sources/" + b, Why: why}}
	})
}

func addressing(keys ...string) change {
	return conclude(func(c *tumenv1.Conclusion) {
		c.AddressedDenials = nil
		for _, k := range keys {
			c.AddressedDenials = append(c.AddressedDenials, &tumenv1.AddressedDenial{Origin: "sources/" + k, Rationale: "weighed"})
		}
	})
}

// only leaves these as the asserting claims.
func only(keys ...string) change {
	return func(m *matter, _ *tumenv1.Conclusion) {
		for name, c := range m.claims {
			if c.Stance == tumenv1.Stance_STANCE_ASSERTS && !slices.Contains(keys, strings.TrimPrefix(name, "cases/c/claims/")) {
				delete(m.claims, name)
			}
		}
	}
}

var occurrenceRows = []struct {
	name    string
	matter  func() *matter
	outcome tumenv1.FindingState
	change  change
	reason  string // empty: it holds
	origin  string // named in the metadata
}{
	{"corroborated: two origins, a denial addressed", october, supported, nil, "", ""},
	{"no rationale", october, supported, conclude(func(c *tumenv1.Conclusion) { c.Rationale = " \t" }), "RATIONALE_MISSING", ""},
	{"no rationale, disputed", october, disputed, conclude(func(c *tumenv1.Conclusion) { c.Rationale = "" }), "RATIONALE_MISSING", ""},
	{"an occurrence takes no value", october, supported, conclude(func(c *tumenv1.Conclusion) { c.Value = atLeast501() }), "VALUE_NOT_TAKEN", ""},
	{"unknown confidence", october, supported, conclude(func(c *tumenv1.Conclusion) { c.Confidence = 9 }), "CONFIDENCE_UNKNOWN", ""},
	{"unknown standard", october, supported, conclude(func(c *tumenv1.Conclusion) { c.Standard = 9 }), "STANDARD_UNKNOWN", ""},
	{"unknown likelihood", october, supported, conclude(func(c *tumenv1.Conclusion) { c.Likelihood = -1 }), "LIKELIHOOD_UNKNOWN", ""},
	{"likelihood against the outcome", october, supported, conclude(func(c *tumenv1.Conclusion) { c.Likelihood = 4 }), "LIKELIHOOD_CONTRADICTS_OUTCOME", ""},
	{"likelihood with the outcome", october, supported, conclude(func(c *tumenv1.Conclusion) { c.Likelihood = 5 }), "", ""},

	{"denial not addressed", october, supported, addressing(), "DENIAL_NOT_ADDRESSED", "sources/s7"},
	{"who does not confirm denies nothing", october, supported, addressing("s7", "s12"), "DENIAL_NOT_STANDING", "sources/s12"},
	{"who does not speak here denies nothing", october, supported, addressing("s7", "s13"), "DENIAL_NOT_STANDING", "sources/s13"},
	{"who asserts denies nothing", october, supported, addressing("s7", "s1"), "DENIAL_NOT_STANDING", "sources/s1"},
	{"disputed: who does not confirm denies nothing", october, disputed, addressing("s12"), "DENIAL_NOT_STANDING", "sources/s12"},
	{"disputed: a denial may be weighed there too", october, disputed, addressing("s7"), "", ""},
	{"denial addressed with nothing", october, supported, conclude(func(c *tumenv1.Conclusion) { c.AddressedDenials[0].Rationale = " " }), "DENIAL_NOT_ADDRESSED", "sources/s7"},
	{"another denier addressed", october, supported, addressing("s12"), "DENIAL_NOT_ADDRESSED", "sources/s7"},
	{"a denial graded 5 has to be addressed too", october, supported, both(addressing(), belief("s7", 5)), "DENIAL_NOT_ADDRESSED", "sources/s7"},
	{"a denial by a source graded E has to be addressed too", october, supported, both(addressing(), grade("s7", 5)), "DENIAL_NOT_ADDRESSED", "sources/s7"},
	{"one of two denials addressed", contradicted, supported, nil, "DENIAL_NOT_ADDRESSED", "sources/s20"},
	{"both addressed", contradicted, supported, addressing("s7", "s20"), "", ""},
	{"who does not confirm is no denier", october, supported, addressing("s7"), "", ""},
	{"a denial of unknown origin is its source's", october, supported, func(m *matter, _ *tumenv1.Conclusion) {
		m.source("s9", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_C)
		m.claim("s9", tumenv1.Stance_STANCE_DENIES, 3).Basis = tumenv1.Basis_BASIS_RELAYED
	}, "DENIAL_NOT_ADDRESSED", "sources/s9"},
	{"a relayed denial is its origin's", october, supported, func(m *matter, _ *tumenv1.Conclusion) {
		m.source("s9", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_C)
		m.claim("s9", tumenv1.Stance_STANCE_DENIES, 3).Relays = []string{"sources/s7"}
	}, "", ""},
	{"no denial, none to address", october, supported, func(m *matter, c *tumenv1.Conclusion) {
		delete(m.claims, claimName("s7"))
		c.AddressedDenials = nil
	}, "", ""},
	{"credible needs the denial addressed", october, credible, addressing(), "DENIAL_NOT_ADDRESSED", "sources/s7"},
	{"verified needs the denial addressed", witnessed, verified, addressing(), "DENIAL_NOT_ADDRESSED", "sources/s7"},

	{"one origin: S4 and S6 are possibly one", october, supported, both(only("s4", "s6"), pair("s4", "s6", "differ")), "ORIGINS_TOO_FEW", "sources/s4"},
	{"an official statement is no second origin", october, supported, both(only("s1", "s8"), pair("s1", "s8", "differ")), "ORIGINS_TOO_FEW", "sources/s1"},
	{"second origin graded E", october, supported, both(only("s1", "s4"), grade("s4", 5)), "ORIGINS_TOO_FEW", "sources/s1"},
	{"second origin's claim graded 5", october, supported, both(only("s1", "s4"), belief("s4", 5)), "ORIGINS_TOO_FEW", "sources/s1"},
	{"second origin of an unknown grade", october, supported, both(only("s1", "s4"), grade("s4", 42)), "ORIGINS_TOO_FEW", "sources/s1"},
	{"second origin not graded counts", october, supported, both(only("s1", "s4"), grade("s4", 0), belief("s4", 0)), "", ""},
	{"second origin F and 6 counts", october, supported, both(only("s1", "s4"), grade("s4", 6), belief("s4", 6)), "", ""},
	{"a relay does not bring back a claim graded 5", october, supported, func(m *matter, _ *tumenv1.Conclusion) {
		only("s1", "s4")(m, nil)
		belief("s4", 5)(m, nil)
		m.source("s5", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_A)
		m.claim("s5", tumenv1.Stance_STANCE_ASSERTS, 2).Relays = []string{"sources/s4"}
	}, "ORIGINS_TOO_FEW", "sources/s1"},
	{"a relay does not bring back a source graded E", october, supported, func(m *matter, _ *tumenv1.Conclusion) {
		only("s1")(m, nil)
		grade("s4", 5)(m, nil)
		m.source("s5", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_A)
		m.claim("s5", tumenv1.Stance_STANCE_ASSERTS, 2).Relays = []string{"sources/s4"}
	}, "ORIGINS_TOO_FEW", "sources/s1"},
	{"grounded only by a claim graded 5", october, supported, func(m *matter, _ *tumenv1.Conclusion) {
		only("s1", "s8")(m, nil)
		c := m.claim("s8", tumenv1.Stance_STANCE_ASSERTS, 5)
		c.Name, c.Basis = claimName("s0"), tumenv1.Basis_BASIS_FIRST_HAND
		m.claims[c.Name] = c
		m.claim("s8", tumenv1.Stance_STANCE_ASSERTS, 2)
	}, "ORIGINS_TOO_FEW", "sources/s1"},
	{"an origin known by a relay only counts", october, supported, func(m *matter, _ *tumenv1.Conclusion) {
		only("s1")(m, nil)
		m.source("s5", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_B)
		m.claim("s5", tumenv1.Stance_STANCE_ASSERTS, 2).Relays = []string{"sources/s4"}
	}, "", ""},

	{"no pair named", october, supported, conclude(func(c *tumenv1.Conclusion) { c.Independence = nil }), "INDEPENDENCE_MISSING", "sources/s1"},
	{"why is empty", october, supported, pair("s1", "s4", " "), "INDEPENDENCE_NOT_EXPLAINED", "sources/s1"},
	{"named twice", october, supported, pair("s1", "s1", "differ"), "INDEPENDENCE_SAME_ORIGIN", "sources/s1"},
	{"tied pair", october, supported, pair("s4", "s6", "differ"), "INDEPENDENCE_TIED", "sources/s4"},
	{"pair with an official statement", october, supported, pair("s1", "s8", "differ"), "INDEPENDENCE_NOT_COUNTED", "sources/s8"},
	{"pair with the denier", october, supported, pair("s1", "s7", "differ"), "INDEPENDENCE_NOT_COUNTED", "sources/s7"},
	{"a false pair beside a good one", october, supported, conclude(func(c *tumenv1.Conclusion) {
		c.Independence = append(c.Independence, &tumenv1.Independence{A: "sources/s4", B: "sources/s6", Why: "differ"})
	}), "INDEPENDENCE_TIED", "sources/s6"},
	{"a false pair under another outcome", october, disputed, pair("s4", "s6", "differ"), "INDEPENDENCE_TIED", "sources/s6"},

	{"credible: one grounded origin", october, credible, only("s1"), "", ""},
	{"credible: graded C and 3", october, credible, both(only("s4"), belief("s4", 3)), "", ""},
	{"credible: graded D", october, credible, both(only("s4"), grade("s4", 4)), "GRADE_TOO_LOW", "sources/s4"},
	{"credible: graded F", october, credible, both(only("s4"), grade("s4", 6)), "GRADE_TOO_LOW", "sources/s4"},
	{"credible: not graded", october, credible, both(only("s4"), grade("s4", 0)), "GRADE_TOO_LOW", "sources/s4"},
	{"credible: claim graded 4", october, credible, both(only("s4"), belief("s4", 4)), "GRADE_TOO_LOW", "sources/s4"},
	{"credible: claim graded 6", october, credible, both(only("s4"), belief("s4", 6)), "GRADE_TOO_LOW", "sources/s4"},
	{"credible: claim not graded", october, credible, both(only("s4"), belief("s4", 0)), "GRADE_TOO_LOW", "sources/s4"},
	{"credible: 1 with nothing that confirms it", october, credible, both(only("s4"), belief("s4", 1)), "GRADE_TOO_LOW", "sources/s4"},
	{"credible: 1 while two stand", october, credible, both(only("s1", "s4"), belief("s4", 1), belief("s1", 4)), "", ""},
	{"credible: graded E", october, credible, both(only("s4"), grade("s4", 5)), "ORIGIN_NOT_GROUNDED", ""},
	{"credible: official statement alone", october, credible, only("s8"), "ORIGIN_NOT_GROUNDED", ""},
	{"credible: grade and claim of two origins don't add up", october, credible,
		both(only("s1", "s4"), grade("s1", 4), belief("s4", 4)), "GRADE_TOO_LOW", "sources/s1"},
	{"credible: a relay's better grade does not lift its origin's", october, credible, func(m *matter, _ *tumenv1.Conclusion) {
		only("s4")(m, nil)
		belief("s4", 4)(m, nil)
		m.source("s5", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_A)
		m.claim("s5", tumenv1.Stance_STANCE_ASSERTS, 2).Relays = []string{"sources/s4"}
	}, "GRADE_TOO_LOW", "sources/s4"},

	{"credible: known only by a relay", october, credible, relayedOnly(tumenv1.Reliability_RELIABILITY_C, tumenv1.Reliability_RELIABILITY_B), "", ""},
	{"credible: known only by a relay, itself graded D", october, credible, relayedOnly(tumenv1.Reliability_RELIABILITY_D, tumenv1.Reliability_RELIABILITY_B), "GRADE_TOO_LOW", "sources/s4"},
	{"credible: known only by a relay graded D", october, credible, relayedOnly(tumenv1.Reliability_RELIABILITY_B, tumenv1.Reliability_RELIABILITY_D), "GRADE_TOO_LOW", "sources/s4"},

	{"verified: first-hand, B and 2", witnessed, verified, nil, "", ""},
	{"verified: nobody saw it", october, verified, nil, "DIRECT_EVIDENCE_MISSING", ""},
	{"verified: first-hand from C", witnessed, verified, grade("s1", 3), "DIRECT_EVIDENCE_MISSING", ""},
	{"verified: first-hand graded 3", witnessed, verified, belief("s1", 3), "DIRECT_EVIDENCE_MISSING", ""},
	{"verified: first-hand graded 1", witnessed, verified, belief("s1", 1), "", ""},
	{"verified: standard too low", witnessed, verified, conclude(func(c *tumenv1.Conclusion) { c.Standard = 1 }), "STANDARD_TOO_LOW", ""},
	{"verified: no standard", witnessed, verified, conclude(func(c *tumenv1.Conclusion) { c.Standard = 0 }), "STANDARD_TOO_LOW", ""},
	{"verified: as corroborated", witnessed, verified, only("s1"), "ORIGINS_TOO_FEW", "sources/s1"},
	{"verified: examined document", october, verified, examine("s1", "sources/s1/captures/c", "a lab", "read"), "", ""},
	{"verified: without capture", october, verified, examine("s1", "", "a lab", "read"), "DIRECT_EVIDENCE_MISSING", ""},
	{"verified: without examiner", october, verified, examine("s1", "sources/s1/captures/c", " ", "read"), "DIRECT_EVIDENCE_MISSING", ""},
	{"verified: without method", october, verified, examine("s1", "sources/s1/captures/c", "a lab", ""), "DIRECT_EVIDENCE_MISSING", ""},
	{"verified: examined, from C", october, verified, examine("s4", "sources/s4/captures/c", "a lab", "read"), "DIRECT_EVIDENCE_MISSING", ""},

	{"disputed: a denial stands", october, disputed, nil, "", ""},
	{"disputed: nothing does", october, disputed, func(m *matter, _ *tumenv1.Conclusion) { delete(m.claims, claimName("s7")) }, "NOTHING_DISPUTES_IT", ""},
	{"disputed: the denial is graded 5", october, disputed, belief("s7", 5), "NOTHING_DISPUTES_IT", ""},
	{"disputed: the denier is graded E", october, disputed, grade("s7", 5), "NOTHING_DISPUTES_IT", ""},
	{"disputed: a denial of unknown origin", october, disputed, func(m *matter, _ *tumenv1.Conclusion) {
		m.claims[claimName("s7")].Basis = tumenv1.Basis_BASIS_RELAYED
	}, "", ""},
	{"disputed: names what contradicts", october, disputed, contrary("s7"), "", ""},
	{"disputed: names what doesn't", october, disputed, contrary("s1"), "CONTRARY_DOES_NOT_CONTRADICT", ""},

	{"found inaccurate: a witness denies", contradicted, inaccurate, contrary("s20"), "", ""},
	{"found inaccurate: names nothing", contradicted, inaccurate, nil, "CONTRARY_MISSING", ""},
	{"found inaccurate: the authority's denial alone", contradicted, inaccurate, contrary("s7"), "CONTRARY_ONLY_OFFICIAL", ""},
	{"found inaccurate: the authority's beside the witness's", contradicted, inaccurate, contrary("s7", "s20"), "", ""},
	{"found inaccurate: an article that quotes the authority", contradicted, inaccurate, func(m *matter, c *tumenv1.Conclusion) {
		m.source("s11", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_B)
		m.claim("s11", tumenv1.Stance_STANCE_DENIES, 3).Relays = []string{"sources/s7"}
		contrary("s11", "s7")(m, c)
	}, "CONTRARY_ONLY_OFFICIAL", ""},
	{"found inaccurate: a denial of unknown origin", contradicted, inaccurate, func(m *matter, c *tumenv1.Conclusion) {
		m.source("s11", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_B)
		m.claim("s11", tumenv1.Stance_STANCE_DENIES, 3).Basis = tumenv1.Basis_BASIS_RELAYED
		contrary("s11")(m, c)
	}, "CONTRARY_ONLY_OFFICIAL", ""},
	{"found inaccurate: the witness is graded E", contradicted, inaccurate, both(contrary("s20"), grade("s20", 5)), "CONTRARY_ONLY_OFFICIAL", ""},
	{"found inaccurate: the witness's claim is graded 5", contradicted, inaccurate, both(contrary("s20"), belief("s20", 5)), "CONTRARY_ONLY_OFFICIAL", ""},
	{"found inaccurate: what the witness says for an authority", contradicted, inaccurate, func(m *matter, c *tumenv1.Conclusion) {
		first := m.claims[claimName("s20")]
		official := m.claim("s20", tumenv1.Stance_STANCE_DENIES, 2)
		official.Name, official.Basis = claimName("s20b"), tumenv1.Basis_BASIS_OFFICIAL_STATEMENT
		m.claims[first.Name], m.claims[official.Name] = first, official
		contrary("s20b")(m, c)
	}, "CONTRARY_ONLY_OFFICIAL", ""},
	{"found inaccurate: retracted", contradicted, inaccurate, both(contrary("s20"), func(m *matter, _ *tumenv1.Conclusion) {
		m.claims[claimName("s20")].State = tumenv1.ClaimState_CLAIM_STATE_RETRACTED
	}), "CONTRARY_NOT_STANDING", ""},
	{"found inaccurate: on another aspect", contradicted, inaccurate, both(contrary("s20"), func(m *matter, _ *tumenv1.Conclusion) {
		m.claims[claimName("s20")].Aspect = tumenv1.Aspect_ASPECT_TIME
	}), "CONTRARY_NOT_STANDING", ""},
	{"found inaccurate: of another event", contradicted, inaccurate, both(contrary("s20"), func(m *matter, _ *tumenv1.Conclusion) {
		m.claims[claimName("s20")].Subjects = []string{"cases/c/events/other"}
	}), "CONTRARY_NOT_STANDING", ""},
	{"found inaccurate: does not confirm is no denial", contradicted, inaccurate, contrary("s20", "s12"), "CONTRARY_DOES_NOT_CONTRADICT", ""},
	{"found inaccurate: likelihood", contradicted, inaccurate, both(contrary("s20"), conclude(func(c *tumenv1.Conclusion) { c.Likelihood = 5 })), "LIKELIHOOD_CONTRADICTS_OUTCOME", ""},

	{"unverifiable: what was tried", october, unverified, nil, "", ""},
	{"unverifiable: nothing tried", october, unverified, conclude(func(c *tumenv1.Conclusion) { c.Tried = "\n" }), "TRIED_MISSING", ""},
}

func examine(key, capture, examiner, method string) change {
	return func(m *matter, _ *tumenv1.Conclusion) {
		m.claims[claimName(key)].Examination = &tumenv1.Examination{Capture: capture, Examiner: examiner, Method: method}
	}
}

// relayedOnly leaves S4 as the only origin, known by S5's relay alone.
func relayedOnly(origin, relay tumenv1.Reliability) change {
	return func(m *matter, _ *tumenv1.Conclusion) {
		only()(m, nil)
		grade("s4", origin)(m, nil)
		m.source("s5", tumenv1.Basis_BASIS_RELAYED, relay)
		m.claim("s5", tumenv1.Stance_STANCE_ASSERTS, 2).Relays = []string{"sources/s4"}
	}
}

func TestGuardsOfAnOccurrence(t *testing.T) {
	for _, row := range occurrenceRows {
		t.Run(row.name, func(t *testing.T) {
			m, c := row.matter(), concluded(row.outcome)
			if row.change != nil {
				row.change(m, c)
			}
			s := m.situation(c)
			for _, f := range []*fault.Error{
				wantReason(t, CheckPropose(s), row.reason),
				wantReason(t, CheckApprove(proposed(s)), row.reason),
				wantReason(t, CheckPropose(weighed(m, c)), row.reason), // with what corroboration says
			} {
				if f == nil {
					continue
				}
				if got := f.Metadata["guard"]; got != stateCode(row.outcome) {
					t.Errorf("guard %q, want %q", got, stateCode(row.outcome))
				}
				if !slices.Contains(strings.Split(f.Metadata["missing"], ","), row.reason) {
					t.Errorf("missing %q does not have %s", f.Metadata["missing"], row.reason)
				}
				if row.origin != "" && (!slices.Contains(strings.Split(f.Metadata["origin"], ","), row.origin) || !strings.Contains(f.Message, row.origin)) {
					t.Errorf("origin %q and message %q, want both to name %s", f.Metadata["origin"], f.Message, row.origin)
				}
			}
		})
	}
}

func TestEverythingMissingIsTold(t *testing.T) {
	m := october()
	only("s1")(m, nil)
	f := wantReason(t, CheckPropose(m.situation(&tumenv1.Conclusion{Outcome: verified, Likelihood: 2})), "RATIONALE_MISSING")
	want := "RATIONALE_MISSING,ORIGINS_TOO_FEW,INDEPENDENCE_MISSING,DIRECT_EVIDENCE_MISSING,STANDARD_TOO_LOW,DENIAL_NOT_ADDRESSED,LIKELIHOOD_CONTRADICTS_OUTCOME"
	if f.Metadata["missing"] != want || f.Metadata["at_least"] != "1" {
		t.Errorf("missing %s at_least %s,\nwant    %s at_least 1", f.Metadata["missing"], f.Metadata["at_least"], want)
	}
	for _, part := range []string{`"verified"`, "rationale", "why their contacts differ", "sources/s7", "reasonable grounds"} {
		if !strings.Contains(f.Message, part) {
			t.Errorf("%q does not say %q", f.Message, part)
		}
	}
}
