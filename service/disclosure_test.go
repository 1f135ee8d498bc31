package service_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

const (
	onName   = tumenv1.Aspect_ASPECT_NAME
	onBirth  = tumenv1.Aspect_ASPECT_BIRTH
	graded1  = tumenv1.Credibility_CREDIBILITY_CONFIRMED
	identity = tumenv1.Protection_PROTECTION_IDENTITY
)

func nameValue(text string) *tumenv1.ProtectedValue {
	return &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{Text: text}}}
}

func bornValue(edtf string) *tumenv1.ProtectedValue {
	return &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Birth{Birth: &tumenv1.Birth{Edtf: edtf}}}
}

// says is a claim of a source on an aspect of the person, by whoever applies it.
func (i *identities) says(key, source string, aspect tumenv1.Aspect, v *tumenv1.ProtectedValue) *tumenv1.MatterDocument {
	d := doc(key, &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: &tumenv1.Claim{
		Source: source, Subjects: []string{i.person}, Aspect: aspect, Stance: asserts, ProtectedValue: v}}})
	d.Case = "october-2023"
	return d
}

// guess changes what a claim of the guesser says, and returns what the finding
// then tells the guesser.
func (i *identities) guess(m *member, claim string, v *tumenv1.ProtectedValue, aspect tumenv1.Aspect) *tumenv1.Finding {
	i.t.Helper()
	c, err := m.claims.GetClaim(i.ctx, &tumenv1.GetClaimRequest{Name: i.names[claim]})
	ok(i.t, err)
	c.GetClaim().ProtectedValue = v
	_, err = m.claims.UpdateClaim(i.ctx, &tumenv1.UpdateClaimRequest{Claim: c.GetClaim(), Reason: "a guess", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"protected_value"}}})
	ok(i.t, err)
	return i.onPerson(m, aspect)
}

func (i *identities) onPerson(m *member, aspect tumenv1.Aspect) *tumenv1.Finding {
	i.t.Helper()
	out, err := m.findings.ListFindings(i.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(i.october), Subject: i.person, Aspect: aspect})
	ok(i.t, err)
	if len(out.GetFindings()) != 1 {
		i.t.Fatalf("%d findings on the %s", len(out.GetFindings()), aspect)
	}
	return out.GetFindings()[0]
}

func TestAGuessIsAnsweredAlikeRightOrWrong(t *testing.T) {
	for _, c := range []struct {
		name         string
		aspect       tumenv1.Aspect
		withheld     *tumenv1.ProtectedValue
		right, wrong *tumenv1.ProtectedValue
		source       string
		relays       []string
	}{
		{"a name", onName, nil, nameValue(secret), nameValue("Somebody Else"), "S13", nil},
		{"a year of birth", onBirth, bornValue("1987"), bornValue("1987"), bornValue("1950"), "S13", nil},
		{"a span that the birth lies in", onBirth, bornValue("1987-03-04"), bornValue("1980/1989"), bornValue("1990/1999"), "S13", nil},
		{"a relay of who said it", onName, nil, nameValue(secret), nameValue("Somebody Else"), "S3", []string{"S1"}},
		{"a relay of who said when", onBirth, bornValue("1987"), bornValue("19XX"), bornValue("1950"), "S3", []string{"S1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := startIdentities(t)
			i.t = t
			if c.withheld != nil {
				i.apply(i.worker, false, i.says("B-S1", "S1", c.aspect, c.withheld), i.says("B-S4", "S4", c.aspect, c.withheld))
			}
			guesser := i.member("guesser", tumenv1.Role_ROLE_CASE_WORKER)
			guess := i.says("guess", c.source, c.aspect, c.right)
			guess.GetRecord().GetClaim().Relays = c.relays
			i.apply(guesser, false, guess)
			right, wrong := i.guess(guesser, "guess", c.right, c.aspect), i.guess(guesser, "guess", c.wrong, c.aspect)
			if !proto.Equal(right.GetSupport(), wrong.GetSupport()) || right.GetStale() != wrong.GetStale() {
				t.Errorf("the finding tells a right guess from a wrong one:\n%s\n%s", protojson.Format(right.GetSupport()), protojson.Format(wrong.GetSupport()))
			}
			if right.GetSupport().GetSupporting().GetAtMost() < 2 {
				t.Error("who speaks is not told any more")
			}
			if !hasFlag(right, tumenv1.FlagKind_FLAG_KIND_VALUES_WITHHELD) || len(right.GetWithheld()) != 1 || right.GetWithheld()[0].GetProtection() != identity {
				t.Errorf("does not say that something is withheld: %v, flags %v", right.GetWithheld(), right.GetSupport().GetFlags())
			}
		})
	}
}

// hasFlag says whether a finding has a flag of a kind.
func hasFlag(f *tumenv1.Finding, kind tumenv1.FlagKind) bool { return flagged(f, kind) != nil }

func flagged(f *tumenv1.Finding, kind tumenv1.FlagKind) *tumenv1.Flag {
	for _, x := range f.GetSupport().GetFlags() {
		if x.GetKind() == kind {
			return x
		}
	}
	return nil
}

func TestWhoRecordedTheValuesIsShownHowFarTheyAgree(t *testing.T) {
	i := startIdentities(t)
	f := i.onPerson(i.worker, onName)
	if v := f.GetSupport().GetValues(); len(v) != 1 || span(v[0].GetSupport()) != "3-3" || len(f.GetSupport().GetAgreement()) != 1 {
		t.Errorf("values %v", v)
	}
	if len(f.GetWithheld()) != 0 || hasFlag(f, tumenv1.FlagKind_FLAG_KIND_VALUES_WITHHELD) {
		t.Errorf("withheld from who recorded all of it: %v", f.GetWithheld())
	}
	other := i.onPerson(i.first, onName)
	if len(other.GetSupport().GetValues()) != 0 || len(other.GetSupport().GetAgreement()) != 0 || span(other.GetSupport().GetSupporting()) != "3-3" {
		t.Errorf("told to another: %v", other.GetSupport())
	}
}

func TestTheGradeOfAConfirmedClaimConfirmsNoGuess(t *testing.T) {
	i := startIdentities(t)
	guesser := i.member("guesser", tumenv1.Role_ROLE_CASE_WORKER)
	var answers []string
	for key, text := range map[string]string{"right": secret, "wrong": "Somebody Else"} {
		d := i.says(key, "S13", onName, nameValue(text))
		d.GetRecord().GetClaim().Credibility, d.GetRecord().GetClaim().CredibilityReason = graded1, "others say so"
		_, err := applyMatter(i.world, guesser, false, d)
		refused(t, err, codes.InvalidArgument, "MATTER_INVALID", "credibility", "withheld from you")
		answers = append(answers, strings.ReplaceAll(told(err), key, ""))
	}
	if answers[0] != answers[1] {
		t.Errorf("the refusals tell a right guess from a wrong one: %q", answers)
	}
	// Who recorded all of it is judged by what the others say, not by that they speak.
	d := i.says("other-name", "S13", onName, nameValue("Somebody Else"))
	d.GetRecord().GetClaim().Credibility, d.GetRecord().GetClaim().CredibilityReason = graded1, "others say so"
	_, err := applyMatter(i.world, i.worker, false, d)
	refused(t, err, codes.InvalidArgument, "MATTER_INVALID", "at least 2 independent origins")
}

func TestAProposedNameIsShownToWhoProposedItOnly(t *testing.T) {
	i := startIdentities(t)
	author := i.member("author", tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_REVIEWER)
	i.apply(i.worker, false, doc("P9", &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{}}}))
	i.person = i.names["P9"]
	// The finding comes into being with a claim of somebody else, who names nobody.
	silent := i.says("silent", "S13", onName, nil)
	silent.GetRecord().GetClaim().Stance = unsure
	i.apply(i.worker, false, silent)
	i.apply(author, false, i.says("n-1", "S1", onName, nameValue(secret)), i.says("n-4", "S4", onName, nameValue(secret)))
	i.first = author
	f, err := i.propose(i.open(i.onPerson(author, onName)), i.nameIs(secret))
	ok(t, err)
	if f.GetProtectedValue().GetName().GetText() != secret || !f.GetSupport().GetValues()[0].GetDetermined() {
		t.Errorf("who proposed it is not shown it: %v", f)
	}
	for _, m := range []*member{i.worker, i.second} {
		nothingOf(t, "the proposal", i.onPerson(m, onName), nil)
		old, err := m.records.GetRevision(i.ctx, &tumenv1.GetRevisionRequest{Name: f.GetName(), Revision: f.GetRevision()})
		nothingOf(t, "its history", old, err)
	}
	// Nor does the value determined tell which of one's own claims says it.
	i.apply(i.second, false, i.says("guess", "SP", onName, nameValue(secret)))
	for _, v := range i.onPerson(i.second, onName).GetSupport().GetValues() {
		if v.GetDetermined() {
			t.Errorf("tells that a guess is what was determined: %v", v)
		}
	}
}
