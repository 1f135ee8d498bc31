package web_test

import (
	"bytes"
	"flag"
	"html"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/cli"
	"tumen/clients/client"
	"tumen/clients/web"
	"tumen/clients/web/picture"
	"tumen/cmd/tumend/daemontest"
	"tumen/demo"
	tumenv1 "tumen/proto/tumen/v1"
)

var picturesTo = flag.String("pictures", "", "a folder to write the pictures of October 2023 to, to be looked at")

// october is a place with the matter of October 2023 in it, and its case.
func october(t *testing.T, set func(*web.Config)) (*place, string) {
	t.Helper()
	server := daemontest.Start(t, daemontest.Options{})
	var complaint bytes.Buffer
	if code := cli.Run(t.Context(), []string{"--profile", server.Profiles["case-worker"], "apply", "-f", "-", "--reason", "first report"}, bytes.NewReader(demo.October2023), io.Discard, &complaint); code != 0 {
		t.Fatal(complaint.String())
	}
	p := behind(t, server)
	p.open(set)
	conn := server.Connect("case-worker")
	found, err := conn.Cases.ListCases(t.Context(), &tumenv1.ListCasesRequest{})
	ok(t, err)
	return p, found.GetMatches()[0].GetCase().GetName()
}

var kinds = []string{"timeline", "map", "sources", "counts"}

// latin has no font with Chinese or Korean letters, as a machine may have none.
func latin(c *web.Config) { c.Fonts = picture.FindFonts() }

func TestOctoberInPictures(t *testing.T) {
	set := latin
	if *picturesTo != "" {
		set = func(*web.Config) {}
	}
	p, name := october(t, set)
	for language, words := range map[string][]string{
		"en":      {"Time line with 5 events", "Not on the map, as no position is recorded or there is no room: ", "Who passes on whom", "5 events befell", "40.13°N 124.39°E, within 160 km"},
		"ko":      {"타임라인", "그림 속 번호:", "누가 누구의 말을 전하는가", "반경 160 km 이내"},
		"zh-Hans": {"时间线", "谁转述谁", "半径 160 公里以内"},
	} {
		t.Run(language, func(t *testing.T) {
			b := p.signedIn("case-worker", language)
			status(t, b.get("/"+name+"/pictures"), http.StatusOK)
			page := b.page
			for _, w := range words {
				if !strings.Contains(page, w) && *picturesTo == "" {
					t.Errorf("%q is not on the page", w)
				}
			}
			if len(page) > 100_000 {
				t.Errorf("the page has %d bytes", len(page))
			}
			shown := imagesOf(t, page)
			if len(shown) != len(kinds) {
				t.Fatalf("%d pictures are on the page", len(shown))
			}
			for i, one := range shown {
				if one.path != "/"+name+"/pictures/"+kinds[i]+".png" || len(one.alt) < 20 {
					t.Errorf("picture %d is %+v", i, one)
				}
				if language == "en" || *picturesTo != "" {
					b.isPainted(t, one, language+"-"+kinds[i])
					b.isPainted(t, image{path: one.path + "?dark=1", width: one.width, height: one.height}, language+"-"+kinds[i]+"-dark")
				}
			}
			status(t, b.get("/"+name), http.StatusOK)
			if images := imagesOf(t, b.page); len(images) != 1 || images[0].path != shown[0].path || !strings.Contains(b.page, `href="/`+name+`/pictures"`) {
				t.Errorf("the case page has pictures %+v", images)
			}
		})
	}
	t.Run("who passes on whom about a finding", func(t *testing.T) {
		conn, err := client.Dial(t.Context(), p.profiles["reviewer"])
		ok(t, err)
		defer conn.Close()
		found, err := conn.Verification.ListFindings(t.Context(), &tumenv1.ListFindingsRequest{Parent: name, Aspect: tumenv1.Aspect_ASPECT_COUNT})
		ok(t, err)
		b := p.signedIn("reviewer", "en")
		reply := b.get("/" + found.GetFindings()[0].GetName() + "/sources.png")
		status(t, reply, http.StatusOK)
		if reply.Header.Get("Content-Type") != "image/png" {
			t.Errorf("it is %s", reply.Header.Get("Content-Type"))
		}
	})
	t.Run("what is no picture", func(t *testing.T) {
		b := p.signedIn("reviewer", "en")
		for _, path := range []string{"/" + name + "/pictures/timeline", "/" + name + "/pictures/persons.png", "/cases/00000000000000000000000000/pictures", "/cases/00000000000000000000000000/pictures/map.png"} {
			if reply := b.get(path); reply.StatusCode != http.StatusNotFound && reply.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %s", path, reply.Status)
			}
		}
	})
	t.Run("only for members", func(t *testing.T) {
		for _, kind := range kinds {
			reply := p.browser().get("/" + name + "/pictures/" + kind + ".png")
			if reply.StatusCode != http.StatusSeeOther || reply.Header.Get("Content-Type") == "image/png" {
				t.Errorf("%s: %s", kind, reply.Status)
			}
		}
	})
	t.Run("none tells who somebody is", func(t *testing.T) { p.tellNobody(t, name) })
}

// image is a picture as a page has it.
type image struct{ path, width, height, alt string }

var imageTag = regexp.MustCompile(`<img src="([^"]*)" width="([0-9]*)" height="([0-9]*)" alt="([^"]*)">`)

func imagesOf(t *testing.T, page string) []image {
	t.Helper()
	var all []image
	for _, m := range imageTag.FindAllStringSubmatch(page, -1) {
		all = append(all, image{html.UnescapeString(m[1]), m[2], m[3], html.UnescapeString(m[4])})
	}
	if got := strings.Count(page, "<img"); got != len(all) {
		t.Errorf("%d images on the page, %d of them with size and text", got, len(all))
	}
	return all
}

// isPainted fetches a picture, and holds it to what the page says of it.
func (b *browser) isPainted(t *testing.T, one image, called string) {
	t.Helper()
	reply := b.get(one.path)
	status(t, reply, http.StatusOK)
	config, err := png.DecodeConfig(strings.NewReader(b.page))
	if err != nil {
		t.Fatalf("%s: %v", one.path, err)
	}
	if got := (image{width: strconv.Itoa(config.Width), height: strconv.Itoa(config.Height)}); got.width != one.width || got.height != one.height {
		t.Errorf("%s is %sx%s, the page says %sx%s", one.path, got.width, got.height, one.width, one.height)
	}
	for header, want := range map[string]string{"Content-Type": "image/png", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := reply.Header.Get(header); got != want {
			t.Errorf("%s: %s is %q", one.path, header, got)
		}
	}
	if len(b.page) > 60_000 {
		t.Errorf("%s has %d bytes", one.path, len(b.page))
	}
	if *picturesTo != "" {
		ok(t, os.WriteFile(filepath.Join(*picturesTo, called+".png"), []byte(b.page), 0o600))
	}
}

// tellNobody holds pictures to it that what is protected is drawn for nobody: they are the
// same, byte for byte, whoever a person or a source is.
func (p *place) tellNobody(t *testing.T, name string) {
	conn, err := client.Dial(t.Context(), p.profiles["case-worker"])
	ok(t, err)
	defer conn.Close()
	const secret = "Ri Nobodyknows"
	members := []string{"case-worker", "reviewer"}
	drawn := func() map[string]string {
		all := map[string]string{}
		for _, member := range members {
			b := p.signedIn(member, "en")
			for _, kind := range kinds {
				status(t, b.get("/"+name+"/pictures/"+kind+".png"), http.StatusOK)
				all[member+" "+kind] = b.page
			}
			status(t, b.get("/"+name+"/pictures"), http.StatusOK)
			if strings.Contains(b.page, secret) || strings.Contains(b.page, "Nobodyknows") {
				t.Errorf("%s reads who it is", member)
			}
		}
		return all
	}
	before := drawn()
	sources, err := conn.Sources.ListSources(t.Context(), &tumenv1.ListSourcesRequest{Case: name})
	ok(t, err)
	events, err := conn.Cases.ListEvents(t.Context(), &tumenv1.ListEventsRequest{Parent: name})
	ok(t, err)
	person, err := conn.Persons.CreatePerson(t.Context(), &tumenv1.CreatePersonRequest{Reason: "first report", Person: &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: secret}}}})
	ok(t, err)
	_, err = conn.Cases.CreateInvolvement(t.Context(), &tumenv1.CreateInvolvementRequest{Parent: name, Reason: "first report", Involvement: &tumenv1.Involvement{
		Event: events.GetMatches()[0].GetEvent().GetName(), Who: &tumenv1.Involvement_Person{Person: person.GetPerson().GetName()}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM,
	}})
	ok(t, err)
	for _, s := range sources.GetSources() {
		s.ProtectedNames, s.ProtectedNotes = []*tumenv1.PersonName{{Text: secret}}, secret
		_, err := conn.Sources.UpdateSource(t.Context(), &tumenv1.UpdateSourceRequest{Source: s, Reason: "who it is", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"protected_names", "protected_notes"}}})
		ok(t, err)
	}
	for which, after := range drawn() {
		if after != before[which] {
			t.Errorf("%s is another picture", which)
		}
	}
	t.Run("and none is drawn for who may not see the case", func(t *testing.T) {
		b := p.signedIn("partner", "en")
		for _, path := range append([]string{"/pictures"}, paths(kinds)...) {
			reply := b.get("/" + name + path)
			if reply.StatusCode != http.StatusNotFound && reply.StatusCode != http.StatusForbidden || strings.Contains(b.page, "PNG") || strings.Contains(b.page, "October") {
				t.Errorf("%s: %s", path, reply.Status)
			}
		}
	})
}

// A partner sees in pictures what is shared, and nothing of what else the case holds.
func TestAPartnerSeesWhatIsSharedInPictures(t *testing.T) {
	p := start(t)
	conn, err := client.Dial(t.Context(), p.profiles["case-worker"])
	ok(t, err)
	defer conn.Close()
	theirs, err := client.Dial(t.Context(), p.profiles["partner"])
	ok(t, err)
	defer theirs.Close()
	self, err := theirs.Access.GetSelf(t.Context(), &tumenv1.GetSelfRequest{})
	ok(t, err)
	const green = tumenv1.Marking_MARKING_GREEN
	for level, events := range map[tumenv1.GrantLevel]int{tumenv1.GrantLevel_GRANT_LEVEL_HEADLINE: 0, tumenv1.GrantLevel_GRANT_LEVEL_CONTENT: 1} {
		made, err := conn.Cases.CreateCase(t.Context(), &tumenv1.CreateCaseRequest{Reason: "first report", Case: &tumenv1.Case{Title: "A matter that is shared", Marking: green}})
		ok(t, err)
		name := made.GetCase().GetName()
		low := int64(4321)
		for title, marking := range map[string]tumenv1.Marking{"What is shared": green, "What is hidden": tumenv1.Marking_MARKING_RED} {
			event, err := conn.Cases.CreateEvent(t.Context(), &tumenv1.CreateEventRequest{Parent: name, Reason: "first report", Event: &tumenv1.Event{
				Act: "detention", Title: title, Marking: marking, Time: &tumenv1.Time{Edtf: "2023-10/.."}, People: &tumenv1.Count{Low: &low},
				Places: []*tumenv1.PlaceValue{{Place: "places/tumen", Words: title}},
			}})
			ok(t, err)
			source, err := conn.Sources.CreateSource(t.Context(), &tumenv1.CreateSourceRequest{Reason: "first report", Source: &tumenv1.Source{Kind: "news", Title: title, Marking: marking, Basis: tumenv1.Basis_BASIS_OWN_CONTACTS}})
			ok(t, err)
			_, err = conn.Claims.CreateClaim(t.Context(), &tumenv1.CreateClaimRequest{Parent: name, Reason: "first report", Claim: &tumenv1.Claim{
				Source: source.GetSource().GetName(), Subjects: []string{event.GetEvent().GetName()}, Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: tumenv1.Stance_STANCE_ASSERTS, Marking: marking,
			}})
			ok(t, err)
		}
		_, err = conn.Grants.CreateGrant(t.Context(), &tumenv1.CreateGrantRequest{Parent: name, Reason: "agreed", Grant: &tumenv1.Grant{
			Grantee: self.GetOrganisation().GetName(), Level: level, Purpose: "search", ExpireTime: timestamppb.New(time.Now().Add(time.Hour)),
		}})
		ok(t, err)
		b := p.signedIn("partner", "en")
		status(t, b.get("/"+name+"/pictures"), http.StatusOK)
		page := b.page
		if strings.Contains(page, "What is hidden") || strings.Contains(page, "with 2 events") || strings.Contains(page, "What is shared") != (events > 0) {
			t.Errorf("%v: the page tells other than what is shared", level)
		}
		for _, one := range imagesOf(t, page) {
			b.isPainted(t, one, "partner")
		}
	}
}

// However much there is, a page stays small, and all of a table can be reached.
func TestPicturesOfALargeCaseAreOnASmallPage(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	conn, err := client.Dial(t.Context(), p.profiles["case-worker"])
	ok(t, err)
	defer conn.Close()
	long := strings.Repeat("강", 290)
	for i := range 48 {
		_, err := conn.Cases.CreateEvent(t.Context(), &tumenv1.CreateEventRequest{Parent: name, Reason: "first report", Event: &tumenv1.Event{
			Act: "refoulement", Title: long + strconv.Itoa(100+i), Time: &tumenv1.Time{Edtf: "2023-10~"}, People: &tumenv1.Count{Low: new(int64)},
			Places: []*tumenv1.PlaceValue{{Words: long + strconv.Itoa(i)}, {Place: "places/tumen", Part: tumenv1.PlacePart_PLACE_PART_FROM}},
		}})
		ok(t, err)
	}
	b := p.signedIn("case-worker", "ko")
	next, pages, rows := "", 0, 0
	for {
		status(t, b.get("/"+name+"/pictures"+next), http.StatusOK)
		if len(b.page) > 100_000 {
			t.Errorf("page %d has %d bytes", pages, len(b.page))
		}
		_, table, _ := strings.Cut(b.page, `<h2 id="timeline">`)
		table, _, _ = strings.Cut(table, "</section>")
		rows += strings.Count(table, `<th scope="row">`)
		if m := regexp.MustCompile(`href="(\?timeline=[0-9]+)`).FindStringSubmatch(table); m != nil && pages < 48 {
			next = m[1]
			pages++
			continue
		}
		break
	}
	if rows != 49 {
		t.Errorf("%d events on %d pages, not 49", rows, pages+1)
	}
}

func paths(kinds []string) []string {
	all := slices.Clone(kinds)
	for i, kind := range all {
		all[i] = "/pictures/" + kind + ".png"
	}
	return all
}
