package cli

import (
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// onlyInFiles are fields that --record sets and no flag does: structured text
// that nobody would type on a command line.
var onlyInFiles = []string{
	"Event.time.words_language", "Event.people.words_language", "Involvement.people.words_language",
	"Person.birth.words", "Person.birth.words_language", "Claim.quote.translations",
}

func TestEveryFieldOfARecordCanBeSet(t *testing.T) {
	for _, n := range nouns {
		if n.flags == nil {
			continue // made by the server alone
		}
		var paths []string
		for _, b := range n.flags {
			paths = append(paths, b.path)
		}
		for _, path := range settable(client.NewMessage(n.message).Descriptor(), "") {
			covered := slices.ContainsFunc(paths, func(p string) bool {
				return p == path || strings.HasPrefix(path, p+".")
			})
			// What a claim says has flags by aspect; words' languages come by file.
			if !covered && !strings.HasPrefix(path, "value.") && !slices.Contains(onlyInFiles, n.message+"."+path) && !setByServer(n, path) {
				t.Errorf("no flag of %s sets %s", n.name, path)
			}
		}
	}
}

// setByServer are fields of a capture that its bytes decide.
func setByServer(n *noun, path string) bool {
	return n.name == "capture" && (path == "sha256" || path == "size")
}

// settable are the paths of all fields that clients set, into single messages.
func settable(m protoreflect.MessageDescriptor, prefix string) []string {
	var paths []string
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if labels.SetByServer(fd) || fd.Name() == "etag" {
			continue
		}
		path := prefix + string(fd.Name())
		if fd.Message() != nil && !fd.IsList() && !fd.IsMap() {
			paths = append(paths, settable(fd.Message(), path+".")...)
			continue
		}
		paths = append(paths, path)
	}
	return paths
}

func TestSensitiveTextIsNeverAnArgument(t *testing.T) {
	harmless := []string{"address", "release", "relation", "born-korean-age"} // a URL, codes, names of records
	check := func(noun string, bindings []binding, message protoreflect.MessageDescriptor) {
		for _, b := range bindings {
			if b.secret || b.keyed || slices.Contains(harmless, b.flag) {
				continue
			}
			if sensitiveField(message, b.path) {
				if _, refers := labels.Referenced(leaf(message, b.path)); !refers {
					t.Errorf("%s: --%s takes sensitive text as an argument", noun, b.flag)
				}
			}
		}
	}
	for _, n := range nouns {
		check(n.name, n.flags, client.NewMessage(n.message).Descriptor())
	}
	check("finding propose", conclusionFlags(), (*tumenv1.Conclusion)(nil).ProtoReflect().Descriptor())
}

// sensitiveField says whether a path leads into protected identity, or to free
// text of more than a few words.
func sensitiveField(message protoreflect.MessageDescriptor, path string) bool {
	for part := range strings.SplitSeq(path, ".") {
		if message == nil {
			return false
		}
		fd := message.Fields().ByName(protoreflect.Name(part))
		if fd == nil {
			return false // made of several fields
		}
		class, _ := proto.GetExtension(fd.Options(), tumenv1.E_Protection).(tumenv1.Protection)
		if class >= tumenv1.Protection_PROTECTION_IDENTITY {
			return true
		}
		rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
		if rules.GetString().GetMaxLen() > 500 {
			return true
		}
		message = fd.Message()
	}
	return false
}

func TestEveryMethodOfTheContractHasACommand(t *testing.T) {
	elsewhere := []string{
		"UploadCapture", "DownloadCapture", "SupersedeClaim", "ProposeFinding", "ListReviewQueue", "CountPeople",
		"GetRecord", "ListRevisions", "GetRevision", "FindRecord", "ApplyMatter", "ExportMatter", "ExportRecords", "ContinueExport",
		"ErasePerson", "EraseSource", "EraseClaim", "GetCheckpoint", "ListLedgerEntries", "ProveInclusion", "ProveConsistency",
		"GetSelf", "ListColleagues", "SuspendMember", "RestoreMember", "IssueToken", "ListTokens", "RevokeToken",
		"FindGrantee", "MarkFreeOfIdentities", "AcceptSubmission", "ReturnSubmission",
		"ListAuditEntries", "ListSightings", "WithdrawPersonRelease", "WithdrawSourceRelease",
		"InviteMember", "Enrol", "UpdateMember", "ConfirmMemberChange", "RejectMemberChange", "ReplaceCredential", "ReleaseBudget", "ListBreakGlassTokens",
		"GetOrganisation", "UpdateOrganisation",
		"IssueCertificate", "ListCredentials", "RevokeCredential",
		"GetDraft", "ListDrafts", "DeleteDraft",
		"CreateDraft", "UpdateDraft", // for clients with forms
		"SetPassphrase", "ConfirmPassphrase", "ChangePassphrase", "RemovePassphrase", "ClearSignInDelay", "SignIn", "LinkIdentity", "GetIssuer", "ConfirmIssuer",
	}
	var offered []string
	for _, n := range nouns {
		for _, verb := range []string{"Create", "Get", "Update"} {
			offered = append(offered, verb+n.message)
		}
		offered = append(offered, "List"+n.plural)
		for _, tr := range transitions(n) {
			offered = append(offered, tr.method)
			if transitionHelp[tr.verb] == "" {
				t.Errorf("%s %s has no help", n.name, tr.verb)
			}
		}
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			if service.Name() == "AdminService" {
				continue // local administration, tumend's own
			}
			for j := range service.Methods().Len() {
				name := string(service.Methods().Get(j).Name())
				if !slices.Contains(offered, name) && !slices.Contains(elsewhere, name) {
					t.Errorf("%s has no command", name)
				}
			}
		}
		return true
	})
}

func TestEveryFilterHasHelp(t *testing.T) {
	for _, n := range nouns {
		if client.Method(n.service, "List"+n.plural) == nil {
			continue
		}
		for _, b := range filters(client.NewMessage("List" + n.plural + "Request").Descriptor()) {
			if b.help == "" {
				t.Errorf("%s list --%s has no help", n.name, b.flag)
			}
		}
	}
}

func TestEnumsReadBackAsWritten(t *testing.T) {
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Enums().Len() {
			ed := file.Enums().Get(i)
			for j := range ed.Values().Len() {
				value := ed.Values().Get(j)
				for _, text := range []string{labels.EnumWord(ed, value.Number()), enumName(ed, value.Number()), string(value.Name()), strings.ToLower(string(value.Name()))} {
					n, ok := labels.EnumNumber(ed, text)
					if ok != (value.Number() != 0) || n != value.Number() {
						t.Errorf("%s: %q reads as %d", ed.Name(), text, n)
					}
				}
			}
		}
		return true
	})
	for text, want := range map[string]tumenv1.Marking{"AMBER+STRICT": 2, "amber-strict": 2, "white": 5, "White": 5, "": 0, "pink": 0, "2": 0} {
		if n, _ := labels.EnumNumber(tumenv1.Marking(0).Descriptor(), text); tumenv1.Marking(n) != want {
			t.Errorf("%q reads as %v, want %v", text, n, want)
		}
	}
	if w := labels.EnumWord(tumenv1.Credibility(0).Descriptor(), 2); w != "2" {
		t.Errorf("credibility is written %q", w)
	}
	if w := labels.EnumWord(tumenv1.Reliability(0).Descriptor(), 1); w != "A" {
		t.Errorf("reliability is written %q", w)
	}
}
