package service_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
)

// Who may call what, by hand: whoever changes the contract changes it here too.
// w: case worker, r: reviewer, a: auditor, p: partner, who reads what was shared;
// administrators (d) stand only where nothing is told of a case. What whoever reaches
// the server may call, without any credential, has an asterisk.
var mayCall = map[string]string{
	"CaseService":         "Create wr, Get wrap, List wrap, Update wr, Delete wr, Undelete wr, CloseCase wr, ReopenCase wr",
	"PersonService":       "Create wr, Get wrap, List wrap, Update wr, Delete wr, Undelete wr",
	"SourceService":       "Create wr, Get wrap, List wrap, Update wr, Delete wr, Undelete wr, UploadCapture wr, DownloadCapture wrap",
	"ClaimService":        "Create wr, Get wrap, List wrap, Update wr, RetractClaim wr, SupersedeClaim wr",
	"VerificationService": "GetFinding wrap, ListFindings wrap, ListReviewQueue wra, OpenFinding wr, ProposeFinding r, ApproveFinding r, ReturnFinding r, ReopenFinding r",
	"PlaceService":        "Create wr, Get wrap, List wrap, Update wr, Delete wr, Undelete wr",
	"VocabularyService":   "Create wr, Get wrap, List wrap, Update wr, Delete wr, Undelete wr",
	"StatisticsService":   "Count wra",
	"RecordService":       "GetRecord wrap, Get wra, List wra, FindRecord wrap, MarkFreeOfIdentities wr",
	"ExchangeService":     "ApplyMatter wr, ExportMatter wra",
	"ExportService":       "ExportRecords wra, ContinueExport wra",
	"ErasureService":      "Erase wr, ConfirmErasure rd, WithdrawErasure wrd, Get wrd, List wrd",
	"GrantService":        "CreateGrant wr, Get wrp, List wrp, RevokeGrant wr, FindGrantee wr",
	"SubmissionService":   "CreateSubmission wrp, Get wrp, List wrp, AcceptSubmission wr, ReturnSubmission wr",
	"LedgerService":       "Get wrad, List wrad, ProveInclusion wrad, ProveConsistency wrad",
	"AccessService":       "GetSelf wrpad, ListColleagues wrpad, SuspendMember wrpad, RestoreMember d, IssueToken wrpad, ListTokens wrpad, RevokeToken wrpad, InviteMember d, Enrol *, UpdateMember d, ConfirmMemberChange d, RejectMemberChange d, ReplaceCredential d, ReleaseBudget rd, ListBreakGlassTokens d, GetOrganisation wrpad, UpdateOrganisation d",
	"AuditService":        "ListAuditEntries wrpad, ListSightings a",
	"ReleaseService":      "Withdraw wr",
	"CredentialService":   "IssueCertificate wrpad, ListCredentials wrpad, RevokeCredential wrpad, SetPassphrase wrpad, ConfirmPassphrase wrpad, ChangePassphrase wrpad, RemovePassphrase wrpad, ClearSignInDelay wrpad, SignIn *, LinkIdentity wrpad, GetIssuer d, ConfirmIssuer d",
	"DraftService":        "Create wrpd, Get wrpd, List wrpd, Update wrpd, Delete wrpd",
	"AdminService":        "",
}

// expected gives the roles that may call a method, by the longest beginning of
// its name that stands in the table.
func expected(service, method string) (string, bool) {
	best, roles := -1, ""
	for entry := range strings.SplitSeq(mayCall[service], ", ") {
		prefix, who, _ := strings.Cut(entry, " ")
		if strings.HasPrefix(method, prefix) && len(prefix) > best {
			best, roles = len(prefix), who
		}
	}
	return roles, best >= 0
}

var everyRole = map[string]tumenv1.Role{
	"w": tumenv1.Role_ROLE_CASE_WORKER, "r": tumenv1.Role_ROLE_REVIEWER, "a": tumenv1.Role_ROLE_AUDITOR,
	"p": tumenv1.Role_ROLE_PARTNER, "d": tumenv1.Role_ROLE_ADMINISTRATOR,
}

// methods lists every method of the contract.
func methods() []protoreflect.MethodDescriptor {
	var all []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			for j := range f.Services().Get(i).Methods().Len() {
				all = append(all, f.Services().Get(i).Methods().Get(j))
			}
		}
		return true
	})
	return all
}

// callEmpty calls a method with an empty message, whichever way it streams.
func callEmpty(t *testing.T, o *world, conn *grpc.ClientConn, m protoreflect.MethodDescriptor) error {
	path := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	in, out := newMessage(t, m.Input()).Interface(), newMessage(t, m.Output()).Interface()
	if !m.IsStreamingClient() && !m.IsStreamingServer() {
		return conn.Invoke(o.ctx, path, in, out)
	}
	stream, err := conn.NewStream(o.ctx, &grpc.StreamDesc{ClientStreams: m.IsStreamingClient(), ServerStreams: m.IsStreamingServer()}, path)
	if err != nil {
		return err
	}
	_ = stream.SendMsg(in) // the error shows at the end
	_ = stream.CloseSend()
	return stream.RecvMsg(out)
}

func TestEachRoleCallsWhatItMayAndNothingElse(t *testing.T) {
	w := start(t, nil)
	callers := map[string]*member{}
	for letter, role := range everyRole {
		callers[letter] = w.member("m-"+letter, role)
	}
	stranger := w.connect("")
	for _, m := range methods() {
		service := string(m.Parent().Name())
		roles, listed := expected(service, string(m.Name()))
		if !listed && service != "AdminService" {
			t.Errorf("the table of expectations lacks %s/%s", service, m.Name())
		}
		for letter, caller := range callers {
			err := callEmpty(t, w, caller.conn, m)
			if may := strings.Contains(roles, letter) || roles == "*"; may != (status.Code(err) != codes.PermissionDenied) {
				t.Errorf("%s calls %s/%s: %v", everyRole[letter], service, m.Name(), err)
			} else if service == "AdminService" {
				refused(t, err, codes.PermissionDenied, "LOCAL_ONLY")
			} else if !may {
				refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
			}
		}
		if service != "AdminService" {
			refused(t, callEmpty(t, w, w.local, m), codes.PermissionDenied, "NOT_LOCAL")
		}
		if err := callEmpty(t, w, stranger.conn, m); roles != "*" {
			refused(t, err, codes.Unauthenticated, "CREDENTIALS_MISSING")
		} else if c := status.Code(err); c == codes.PermissionDenied {
			t.Errorf("a stranger calls %s/%s: %v", service, m.Name(), err)
		}
	}
}

func TestSeveralRolesMayWhatAnyOfThemMay(t *testing.T) {
	w := start(t, nil)
	both := w.member("both", tumenv1.Role_ROLE_PARTNER, tumenv1.Role_ROLE_AUDITOR)
	if _, err := both.cases.ListCases(w.ctx, &tumenv1.ListCasesRequest{}); err != nil {
		t.Error(err)
	}
	_, err := both.cases.CreateCase(w.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "x"})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
}
