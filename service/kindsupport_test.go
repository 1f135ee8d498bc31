package service_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// kind is one kind of record as a client meets it.
type kind struct {
	word    string // field that holds it: "event"
	service string
	method  string // ending of its methods: "Event"
	plural  string
	parent  func(*october) string
	fresh   func(*october) proto.Message
	field   string // one to change, and what to
	value   any
	updates bool
	deletes bool
}

func caseOf(o *october) string   { return o.names["october-2023"] }
func noParent(*october) string   { return "" }
func sourceOf(o *october) string { return o.names["S1"] }

func kinds() []kind {
	return []kind{
		{"case", "CaseService", "Case", "Cases", noParent, func(*october) proto.Message { return &tumenv1.Case{Title: "A case", Summary: "kept"} }, "title", "Changed", true, true},
		{"event", "CaseService", "Event", "Events", caseOf, func(*october) proto.Message { return &tumenv1.Event{Act: "refoulement", Title: "An event"} }, "title", "Changed", true, true},
		{"person", "PersonService", "Person", "Persons", noParent, func(*october) proto.Message {
			return &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: "Kim Unseen"}}, Nationalities: []string{"KP"}}
		}, "sex", tumenv1.Sex_SEX_FEMALE, true, true},
		{"involvement", "CaseService", "Involvement", "Involvements", caseOf, func(o *october) proto.Message {
			return &tumenv1.Involvement{Event: o.names["E1"], Who: &tumenv1.Involvement_Unnamed{Unnamed: "a group"}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM}
		}, "description", "Changed", true, true},
		{"intervention", "CaseService", "Intervention", "Interventions", caseOf, func(o *october) proto.Message {
			return &tumenv1.Intervention{Kind: tumenv1.InterventionKind_INTERVENTION_KIND_PROTEST, By: "a government", Events: []string{o.names["E1"]}}
		}, "summary", "Changed", true, true},
		{"source", "SourceService", "Source", "Sources", noParent, func(*october) proto.Message {
			return &tumenv1.Source{Kind: "news", Title: "A source", ProtectedContact: "behind the market"}
		}, "title", "Changed", true, true},
		{"capture", "SourceService", "Capture", "Captures", sourceOf, func(*october) proto.Message {
			return &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, MediaType: "text/plain", FileName: "kim-unseen.txt"}
		}, "", nil, false, true},
		{"tie", "SourceService", "Tie", "Ties", noParent, func(o *october) proto.Message {
			return &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: o.names["S1"], B: o.names["S2"]}
		}, "grounds", "Changed", true, true},
		{"claim", "ClaimService", "Claim", "Claims", caseOf, func(o *october) proto.Message {
			return &tumenv1.Claim{Source: o.names["S2"], Subjects: []string{o.names["E2"]}, Aspect: occurrence, Stance: asserts, Speaker: "a spokesperson"}
		}, "notes", "Changed", true, false},
		{"place", "PlaceService", "Place", "Places", noParent, func(*october) proto.Message {
			return &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: "A camp"}}, Kind: tumenv1.PlaceKind_PLACE_KIND_DETENTION_FACILITY, ContainedIn: "places/hunchun"}
		}, "geonames_id", "123", true, true},
		{"term", "VocabularyService", "Term", "Terms", noParent, func(*october) proto.Message {
			return &tumenv1.Term{Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, Code: "night-raid", Names: []*tumenv1.TermLabel{{Language: "en", Text: "night raid"}}}
		}, "huridocs_code", "030199", true, true},
	}
}

// create makes a record of the kind.
func (k kind) create(t testing.TB, o *october, m *member, rec proto.Message, more fields) (stored, error) {
	t.Helper()
	if k.word == "capture" {
		return upload(o, m, k.parent(o), rec.(*tumenv1.Capture), []byte("the bytes"), more)
	}
	in := fields{k.word: rec, "reason": "recorded"}
	for name, value := range more {
		in[name] = value
	}
	if p := k.parent(o); p != "" && in["parent"] == nil {
		in["parent"] = p
	}
	out, err := m.rpc(t, o.ctx, k.service+"/Create"+k.method, in)
	return part(t, out, k.word), err
}

func (k kind) get(t testing.TB, o *october, m *member, name string) (stored, error) {
	t.Helper()
	out, err := m.rpc(t, o.ctx, k.service+"/Get"+k.method, fields{"name": name})
	return part(t, out, k.word), err
}

// update sends the name, the etag and the masked field, nothing else.
func (k kind) update(t testing.TB, o *october, m *member, name, etag string, more fields) (stored, error) {
	t.Helper()
	rec := newMessage(t, k.fresh(o).ProtoReflect().Descriptor())
	set(t, rec, "name", name)
	set(t, rec, "etag", etag)
	set(t, rec, k.field, k.value)
	in := fields{k.word: rec.Interface(), "update_mask": []string{k.field}, "reason": "put right"}
	for name, value := range more {
		in[name] = value
	}
	out, err := m.rpc(t, o.ctx, k.service+"/Update"+k.method, in)
	return part(t, out, k.word), err
}

// whole calls a method that is about the record as a whole: Delete, Undelete.
func (k kind) whole(t testing.TB, o *october, m *member, verb, name, etag string) (stored, error) {
	t.Helper()
	out, err := m.rpc(t, o.ctx, k.service+"/"+verb+k.method, fields{"name": name, "etag": etag, "reason": verb})
	return part(t, out, k.word), err
}

func (k kind) list(t testing.TB, o *october, m *member, deleted bool) []string {
	t.Helper()
	in := fields{"page_size": int32(1000)}
	if p := k.parent(o); p != "" {
		in["parent"] = p
	}
	if deleted {
		in["show_deleted"] = true
	}
	out, err := m.rpc(t, o.ctx, k.service+"/List"+k.plural, in)
	ok(t, err)
	return listed(out, k.word)
}

// upload sends a capture in small pieces.
func upload(o *october, m *member, parent string, capture *tumenv1.Capture, content []byte, more fields) (*tumenv1.Capture, error) {
	header := &tumenv1.CaptureHeader{Parent: parent, Capture: capture, Reason: "preserved"}
	if id, given := more["request_id"]; given {
		header.RequestId = id.(string)
	}
	return uploadPieces(o, m, header, content, 4)
}

func uploadPieces(o *october, m *member, header *tumenv1.CaptureHeader, content []byte, size int) (*tumenv1.Capture, error) {
	stream, err := m.sources.UploadCapture(o.ctx)
	if err != nil {
		return nil, err
	}
	_ = stream.Send(&tumenv1.UploadCaptureRequest{Piece: &tumenv1.UploadCaptureRequest_Header{Header: header}})
	for len(content) > 0 {
		n := min(size, len(content))
		if stream.Send(&tumenv1.UploadCaptureRequest{Piece: &tumenv1.UploadCaptureRequest_Chunk{Chunk: content[:n]}}) != nil {
			break // the error shows at the end
		}
		content = content[n:]
	}
	out, err := stream.CloseAndRecv()
	return out.GetCapture(), err
}

func sha(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
