package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tumen/clients/client"
	"tumen/clients/web"
	tumenv1 "tumen/proto/tumen/v1"
)

// cleared makes a member who may be shown who somebody is.
func (p *place) cleared(handle string, roles ...tumenv1.Role) {
	p.t.Helper()
	conn, err := grpc.NewClient("unix:"+p.socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	ok(p.t, err)
	defer conn.Close()
	admin := tumenv1.NewAdminServiceClient(conn)
	_, err = admin.CreateMember(p.t.Context(), &tumenv1.CreateMemberRequest{Organisation: "ngo", Member: &tumenv1.Member{
		Handle: handle, Roles: roles, Clearances: []tumenv1.Protection{tumenv1.Protection_PROTECTION_IDENTITY, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY},
	}})
	ok(p.t, err)
	token, err := admin.CreateToken(p.t.Context(), &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: handle, Lifetime: durationpb.New(time.Hour)})
	ok(p.t, err)
	profile := *p.profiles["case-worker"]
	profile.Token = token.GetToken()
	p.profiles[handle] = &profile
}

// somebody is a person whose name may be used for a purpose of the organisation's own.
func (p *place) somebody() *tumenv1.Person {
	p.t.Helper()
	made, err := p.as("case-worker").Persons.CreatePerson(p.t.Context(), &tumenv1.CreatePersonRequest{Reason: "told by the family", Person: &tumenv1.Person{
		Names:       []*tumenv1.PersonName{{Text: "한가람", Language: "ko"}},
		SafeContact: "by the aunt in Yanji",
		Sex:         tumenv1.Sex_SEX_FEMALE,
		Releases:    []*tumenv1.Release{{Purpose: tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD, Basis: tumenv1.ReleaseBasis_RELEASE_BASIS_NEXT_OF_KIN, GivenBy: "the aunt"}},
	}})
	ok(p.t, err)
	return made.GetPerson()
}

const (
	hangul  = "한가람"
	contact = "by the aunt in Yanji"
)

func TestWhoSomebodyIsIsShownForAPurposeAndByNoAddress(t *testing.T) {
	p := start(t)
	p.cleared("cleared", tumenv1.Role_ROLE_CASE_WORKER)
	person := p.somebody()
	page, identity := "/"+person.GetName(), "/identity/"+person.GetName()
	b := p.signedIn("cleared", "en")
	token := p.profiles["cleared"].Token

	b.get(page)
	b.shows(`href="` + identity + `"`)
	status(t, b.get(identity), http.StatusOK)
	b.hides(hangul, contact)
	for _, wrong := range []url.Values{
		{"purpose": {"appeal"}}, {"token": {token}}, {"purpose": {"appeal"}, "token": {"tumen_wrong"}}, {"purpose": {"appeal"}, "token": {p.profiles["case-worker"].Token}},
	} {
		status(t, b.post(identity, wrong), http.StatusUnprocessableEntity)
		b.hides(hangul, contact)
	}
	b.shows(`value="appeal"`)
	reply := b.post(identity, url.Values{"purpose": {"appeal to the consulate"}, "token": {token}})
	status(t, reply, http.StatusOK)
	b.shows(`lang="ko" dir="auto">`+hangul, contact, "That you read this, for “appeal to the consulate”, has been recorded.")
	if reply.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may be kept")
	}
	read, err := p.as("auditor").Audit.ListAuditEntries(t.Context(), &tumenv1.ListAuditEntriesRequest{})
	ok(t, err)
	if !strings.Contains(read.String(), "appeal to the consulate") {
		t.Error("it was not recorded for what it was read")
	}

	t.Run("and then by no other page", func(t *testing.T) {
		for _, path := range []string{page, identity, "/edit" + page, "/history" + page, "/persons", "/do/delete" + page, "/find?what=" + person.GetReference(), "/new/person"} {
			b.get(path)
			b.hides(hangul, contact)
		}
	})
	t.Run("not to who is not cleared, and to who recorded it", func(t *testing.T) {
		reviewer := p.signedIn("reviewer", "en")
		reviewer.get(page)
		status(t, reviewer.post(identity, url.Values{"purpose": {"appeal"}, "token": {p.profiles["reviewer"].Token}}), http.StatusOK)
		reviewer.hides(hangul, contact)
		worker := p.signedIn("case-worker", "ko")
		for _, path := range []string{page, "/edit" + page, "/history" + page} {
			worker.get(path)
			worker.hides(hangul, contact)
		}
		status(t, worker.post(identity, url.Values{"purpose": {"진정"}, "token": {p.profiles["case-worker"].Token}}), http.StatusOK)
		worker.shows(hangul, "‘진정’ 목적으로 열람한 사실이 기록되었습니다")
		status(t, p.signedIn("partner", "en").get(identity), http.StatusNotFound)
		leadsTo(t, p.browser().post(identity, url.Values{"purpose": {"x"}, "form": {"x"}}), "/sign-in")
		status(t, b.post(identity, url.Values{"purpose": {"x"}, "token": {token}, "form": {worker.token}}), http.StatusForbidden)
		b.hides(hangul)
	})
}

func TestAPersonIsChangedWithoutKnowingWhoItIs(t *testing.T) {
	p := start(t)
	p.cleared("cleared", tumenv1.Role_ROLE_CASE_WORKER)
	person := p.somebody()
	page, identity, edit := "/"+person.GetName(), "/identity/"+person.GetName(), "/edit/"+person.GetName()
	conn := p.as("case-worker") // who recorded it sees it
	now := func() *tumenv1.Person {
		t.Helper()
		read, err := conn.Persons.GetPerson(t.Context(), &tumenv1.GetPersonRequest{Name: person.GetName()})
		ok(t, err)
		return read.GetPerson()
	}
	untouched := func() *tumenv1.Person {
		t.Helper()
		n := now()
		if len(n.GetNames()) != 1 || n.GetNames()[0].GetText() != hangul || n.GetSafeContact() != contact || len(n.GetReleases()) != 1 {
			t.Fatalf("it became %v", n)
		}
		return n
	}
	for _, member := range []string{"cleared", "case-worker"} {
		b := p.signedIn(member, "en")
		b.get(edit)
		b.hides("f.names", "f.safe_contact", "f.releases", hangul)
		form := b.form(map[string]string{"do": "save", "f.nationalities": "KP", "reason": member})
		form.Set("f.safe_contact", "") // as a form that was tampered with would
		form.Set("f.names[0].text", "")
		leadsTo(t, b.post(edit, form), page)
		if got := untouched(); got.GetChangeReason() != member && member == "cleared" {
			t.Errorf("nothing was changed: %v", got)
		}
		status(t, b.get(edit), http.StatusOK)
		form = b.form(map[string]string{"do": "save", "f.sex": "", "reason": "x"})
		form.Set("opened", "1") // it was never opened
		form.Set("f.names[0].text", "another")
		reply := b.post(edit, form)
		if where := reply.Header.Get("Location"); !strings.HasPrefix(where, identity+"?draft=") {
			t.Errorf("it led to %q", where)
		}
		untouched()
	}

	b := p.signedIn("cleared", "en")
	proof := url.Values{"purpose": {"a wrong spelling"}, "token": {p.profiles["cleared"].Token}, "do": {"edit"}}
	again := func() url.Values {
		b.get(identity)
		return url.Values{"purpose": proof["purpose"], "token": proof["token"], "do": proof["do"]}
	}
	status(t, b.post(identity, again()), http.StatusOK)
	b.shows(`value="`+hangul+`"`, contact)
	form := b.form(map[string]string{"do": "save", "f.names[0].text": "한가름", "reason": "the aunt spelt it"})
	status(t, b.post(edit, url.Values{"do": {"rows"}, "opened": {"1"}, "etag": form["etag"], "f.names[0].text": {"한가름"}}), http.StatusOK)
	b.shows("한가름")
	leadsTo(t, b.post(edit, form), page)
	if n := now(); n.GetNames()[0].GetText() != "한가름" || n.GetSafeContact() != contact {
		t.Errorf("it became %v", n)
	}

	t.Run("when it is open no longer, what was typed is kept and it is opened again", func(t *testing.T) {
		status(t, b.post(identity, again()), http.StatusOK)
		form := b.form(map[string]string{"do": "save", "f.safe_contact": "by the uncle", "reason": "the aunt moved"})
		p.clock.forward(11 * time.Minute)
		where := b.post(edit, form).Header.Get("Location")
		if !strings.HasPrefix(where, identity+"?draft=") {
			t.Fatalf("it led to %q", where)
		}
		b.get(where)
		b.hides("by the uncle", hangul)
		proof := b.form(map[string]string{"purpose": "a new contact", "token": p.profiles["cleared"].Token, "do": "edit"})
		status(t, b.post(identity, proof), http.StatusOK)
		b.shows("by the uncle")
		leadsTo(t, b.post(edit, b.form(map[string]string{"do": "save"})), page)
		if n := now(); n.GetSafeContact() != "by the uncle" || n.GetNames()[0].GetText() != "한가름" {
			t.Errorf("it became %v", n)
		}
	})
	t.Run("two who change it at once both see who it is about", func(t *testing.T) {
		status(t, b.post(identity, again()), http.StatusOK)
		form := b.form(map[string]string{"do": "save", "f.names[0].text": "Mine", "reason": "mine"})
		n := now()
		n.SafeContact = "theirs"
		_, err := conn.Persons.UpdatePerson(t.Context(), &tumenv1.UpdatePersonRequest{Person: n, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"safe_contact"}}, Reason: "theirs"})
		ok(t, err)
		status(t, b.post(edit, form), http.StatusConflict)
		b.shows("theirs", "Mine", `name="opened" value="1"`)
		leadsTo(t, b.post(edit, b.form(map[string]string{"do": "save", "reason": "both"})), page)
		if n := now(); n.GetSafeContact() != "theirs" || n.GetNames()[0].GetText() != "Mine" {
			t.Errorf("it became %v", n)
		}
	})
}

// TestAPassphraseIsAskedForAgain is for who signed in with one: a wrong one shows nothing,
// and the server slows whoever guesses.
func TestAPassphraseIsAskedForAgain(t *testing.T) {
	p := start(t)
	person := p.somebody()
	const words = "grey herons stand in cold water"
	conn := p.as("case-worker")
	set, err := conn.Credentials.SetPassphrase(t.Context(), &tumenv1.SetPassphraseRequest{SignInName: "kim", Passphrase: words, Reason: "for the browser"})
	ok(t, err)
	device, err := otp.NewKeyFromURL(set.GetDeviceUri())
	ok(t, err)
	code := func(periods time.Duration) string {
		t.Helper()
		c, err := totp.GenerateCode(device.Secret(), time.Now().Add(periods*30*time.Second))
		ok(t, err)
		return c
	}
	_, err = conn.Credentials.ConfirmPassphrase(t.Context(), &tumenv1.ConfirmPassphraseRequest{Code: code(-1), Reason: "for the browser"})
	ok(t, err)
	b := p.browser()
	b.get("/sign-in")
	leadsTo(t, b.post("/sign-in", url.Values{"organisation": {"ngo"}, "name": {"kim"}, "passphrase": {words}, "code": {code(0)}, "language": {"en"}}), "/")
	b.get("/")
	identity := "/identity/" + person.GetName()
	b.get(identity)
	b.shows(`name="passphrase"`)
	b.hides(`name="token"`)
	status(t, b.post(identity, url.Values{"purpose": {"appeal"}, "token": {p.profiles["case-worker"].Token}}), http.StatusUnprocessableEntity)
	b.hides(hangul)
	status(t, b.post(identity, url.Values{"purpose": {"appeal"}, "passphrase": {words}, "code": {code(1)}}), http.StatusOK)
	b.shows(hangul)
	for range 6 {
		status(t, b.post(identity, url.Values{"purpose": {"appeal"}, "passphrase": {"wrong"}, "code": {"000000"}}), http.StatusUnprocessableEntity)
		b.hides(hangul)
	}
	b.shows("too many attempts")
	status(t, b.get("/"), http.StatusOK) // and the session goes on
	known, err := client.Dial(t.Context(), p.profiles["case-worker"])
	ok(t, err)
	defer known.Close()
	list, err := known.Credentials.ListCredentials(t.Context(), &tumenv1.ListCredentialsRequest{})
	ok(t, err)
	sessions := 0
	for _, c := range list.GetCredentials() {
		if c.GetRevokeTime() == nil && c.GetLabel() == "browser" {
			sessions++
		}
	}
	if sessions != 1 {
		t.Errorf("%d sessions are known there", sessions)
	}
}

// TestOnesOwnSiteAsksForALinkAgain is for a site beside a profile: its token is not typed.
func TestOnesOwnSiteAsksForALinkAgain(t *testing.T) {
	var told string
	p := startWith(t, func(c *web.Config) { c.Own = func(path string, _ time.Time) { told = path } })
	person := p.somebody()
	b := p.browser()
	b.get("/enter/x")
	leadsTo(t, b.get(told), "/")
	b.get("/")
	identity := "/identity/" + person.GetName()
	used := told
	b.get(identity)
	for _, wrong := range []string{"", used, p.profiles["case-worker"].Token} {
		status(t, b.post(identity, url.Values{"purpose": {"appeal"}, "token": {wrong}}), http.StatusUnprocessableEntity)
		b.hides(hangul)
	}
	link := told
	if link == used {
		t.Fatal("no other link was told of")
	}
	status(t, b.post(identity, url.Values{"purpose": {"appeal"}, "token": {p.url + link}}), http.StatusOK)
	b.shows(hangul)
	status(t, b.post(identity, url.Values{"purpose": {"appeal"}, "token": {link}}), http.StatusUnprocessableEntity)
}

func TestWhoWithdrawsIsHeardAtOnce(t *testing.T) {
	p := start(t)
	p.cleared("cleared", tumenv1.Role_ROLE_CASE_WORKER)
	person := p.somebody()
	page := "/" + person.GetName()
	b := p.signedIn("case-worker", "en")
	b.get(page)
	b.shows(`href="/do/withdraw` + page + `"`)
	b.get("/do/withdraw" + page)
	form := b.typedStep(map[string]string{"f.basis": "withdrawn", "reason": "told by telephone"})
	status(t, b.post("/do/withdraw"+page, form), http.StatusOK)
	b.shows("What is left to do", "has it in it")
	b.hides(hangul, contact)
	cleared := p.signedIn("cleared", "en")
	cleared.get("/identity" + page)
	status(t, cleared.post("/identity"+page, url.Values{"purpose": {"appeal"}, "token": {p.profiles["cleared"].Token}}), http.StatusOK)
	cleared.hides(hangul, contact)
}

// TestANameIsDecidedOnByWhoIsShownIt takes a finding on who somebody is through its review.
func TestANameIsDecidedOnByWhoIsShownIt(t *testing.T) {
	p := start(t)
	p.cleared("first", tumenv1.Role_ROLE_REVIEWER)
	p.cleared("second", tumenv1.Role_ROLE_REVIEWER)
	person := p.somebody()
	name := p.matter("A return in October", "Justice For North Korea")
	conn := p.as("case-worker")
	source := p.newSource("The family's committee")
	read, err := conn.Sources.GetSource(t.Context(), &tumenv1.GetSourceRequest{Name: source})
	ok(t, err)
	graded := read.GetSource()
	graded.Reliability, graded.ReliabilityReason = tumenv1.Reliability_RELIABILITY_B, "known for years"
	_, err = conn.Sources.UpdateSource(t.Context(), &tumenv1.UpdateSourceRequest{Source: graded, Reason: "graded", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"reliability", "reliability_reason"}}})
	ok(t, err)
	_, err = conn.Claims.CreateClaim(t.Context(), &tumenv1.CreateClaimRequest{Parent: name, Reason: "told", Claim: &tumenv1.Claim{
		Source: source, Subjects: []string{person.GetName()}, Aspect: tumenv1.Aspect_ASPECT_NAME, Stance: tumenv1.Stance_STANCE_ASSERTS,
		Credibility: tumenv1.Credibility_CREDIBILITY_PROBABLY_TRUE, CredibilityReason: "it fits",
		ProtectedValue: &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{Text: hangul, Language: "ko"}}},
	}})
	ok(t, err)
	found, err := p.as("first").Verification.ListFindings(t.Context(), &tumenv1.ListFindingsRequest{Parent: "cases/-", Subject: person.GetName()})
	ok(t, err)
	finding := "/" + found.GetFindings()[0].GetName()

	first, second := p.signedIn("first", "en"), p.signedIn("second", "en")
	open := func(b *browser, member string) {
		t.Helper()
		b.get("/identity" + finding)
		status(t, b.post("/identity"+finding, url.Values{"purpose": {"review"}, "token": {p.profiles[member].Token}}), http.StatusOK)
	}
	leadsTo(t, first.step("/do/open"+finding, nil), finding)
	typed := map[string]string{"f.outcome": "credible-single-source", "f.rationale": "The family says so.", "f.protected_value.name.text": hangul, "f.protected_value.name.language": "ko"}
	if reply := first.step("/do/propose"+finding, typed); reply.StatusCode < 400 {
		t.Errorf("it was decided on blindly: %s", reply.Status)
	}
	first.shows("State first for what you need it", "Part of what this rests on is withheld from you", "The family says so.")
	open(first, "first")
	first.shows("/do/propose" + finding)
	leadsTo(t, first.step("/do/propose"+finding, typed), finding)
	first.get(finding)
	first.hides(hangul)
	if reply := second.step("/do/approve"+finding, nil); reply.StatusCode < 400 {
		t.Errorf("it was approved blindly: %s", reply.Status)
	}
	second.hides(hangul)
	open(second, "second")
	second.shows(hangul)
	leadsTo(t, second.step("/do/approve"+finding, nil), finding)
	second.get(finding)
	second.hides(hangul)
}
