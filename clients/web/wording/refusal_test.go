package wording

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// noReason are words in the server's code that are written like reasons and are none.
var noReason = []string{"CERTIFICATE", "IDENTIFIER", "OPEN", "OUTPUT_ONLY", "RS256", "UNSPECIFIED"}

// notForPeople are reasons that nobody meets in the pages: they answer programs that
// build their calls themselves, commands on the server, or nobody but the log. The pages
// say of them that the server refused, and in English what it said.
var notForPeople = []string{
	// how a program calls
	"CREDENTIALS_DIFFER", "CREDENTIALS_MALFORMED", "CREDENTIALS_MISSING", "HEADER_MISSING", "HEADER_REPEATED",
	"HEALTH_BUSY", "INVALID_EXPECTATION", "INVALID_MESSAGE", "KIND_UNKNOWN", "MASK_INSIDE_LIST", "MASK_NOT_MANAGED",
	"MASK_UNKNOWN_PATH", "MASK_WILDCARD", "NAME_MISSING", "OFFSET_BEYOND_END", "OFFSET_TOO_LARGE", "UNKNOWN_CALLER",
	"UNKNOWN_FIELD", "UNKNOWN_METHOD",
	// certificates and ID tokens, which programs ask for and send
	"ID_TOKEN_REFUSED", "KEY_REFUSED", "NO_AUTHORITY", "REQUEST_MALFORMED", "REQUEST_NOT_SIGNED",
	// proofs for auditors' programs
	"NO_SUCH_LEAF", "NO_SUCH_TREE", "TREES_OUT_OF_ORDER",
	// commands on the server itself
	"DAMAGED", "ESCROW_BOOK", "LOCAL_ONLY", "NOT_DAMAGED", "NOT_LOCAL", "NOT_PUBLISHED", "NO_SUCH_MEMBER",
	"NO_SUCH_ORGANISATION", "QUORUM_MISSED", "TURNOVER_UNDER_WAY",
	// what the log alone is told: callers get INTERNAL, and a list of denials its own word
	"DENIED_BEFORE", "KIND_MISMATCH", "NO_RECORD", "SITUATION_INCOMPLETE",
}

// noSentence are rules of the contract that forms can't break.
var noSentence = []string{"BYTES_MAX_LEN", "BYTES_MIN_LEN"}

func TestEveryReasonHasASentence(t *testing.T) {
	given := reasonsInCode(t, "../../../service", "../../client")
	for _, reason := range noReason {
		if !given[reason] {
			t.Errorf("%s stands nowhere any more", reason)
		}
		delete(given, reason)
	}
	for _, reason := range notForPeople {
		if !given[reason] {
			t.Errorf("nothing gives %s any more", reason)
		}
		if _, worded := In(English).Refusal(reason, nil); worded {
			t.Errorf("%s has a sentence, and is listed as not for people", reason)
		}
		delete(given, reason)
	}
	if len(given) < 150 {
		t.Errorf("only %d reasons were found", len(given))
	}
	maps.Copy(given, rulesOfContract(t))
	for _, reason := range noSentence {
		if !given[reason] {
			t.Errorf("the contract has no rule %s any more", reason)
		}
		delete(given, reason)
	}
	expected := map[string]bool{}
	for _, l := range Languages() {
		for _, reason := range slices.Sorted(maps.Keys(given)) {
			if _, worded := In(l).Refusal(reason, nil); !worded {
				t.Errorf("%s: no sentence for %s: write one, or list it as not for people", l, reason)
			}
			expected[refusalID(reason)] = true
		}
		for _, id := range area(t, l, "refusal") {
			if id != ofRecords && !expected[id] && !expected[variant.ReplaceAllString(id, "")] {
				t.Errorf("%s: %s is of no reason that anything gives", l, id)
			}
		}
	}
}

// ofRecords says which records a refusal is about, whatever its reason.
const ofRecords = "refusal.concerns"

// variant is what stands behind the reason in ids of sentences with more in them.
var variant = regexp.MustCompile(`_(told|between|least|most|blank|clock|code|country|day|digits|handle|language|offset|record|reference|script)$`)

var reasonForm = regexp.MustCompile(`^[A-Z][A-Z0-9]{3,}(_[A-Z0-9]+)*$|^[A-Z]+(_[A-Z0-9]+)+$`)

// reasonsInCode are the texts in the code of a folder that are written like reasons.
func reasonsInCode(t *testing.T, folders ...string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := goparser.ParseFile(token.NewFileSet(), path, nil, goparser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					if text, err := strconv.Unquote(literal.Value); err == nil && reasonForm.MatchString(text) {
						found[text] = true
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// rulesOfContract are the reasons that the server gives for broken rules of the contract.
func rulesOfContract(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	var walk func(protoreflect.MessageDescriptors)
	walk = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			m := messages.Get(i)
			own, _ := proto.GetExtension(m.Options(), validate.E_Message).(*validate.MessageRules)
			for _, rule := range own.GetCel() {
				found[strings.ToUpper(strings.ReplaceAll(rule.GetId(), ".", "_"))] = true
			}
			for j := range m.Fields().Len() {
				rules, _ := proto.GetExtension(m.Fields().Get(j).Options(), validate.E_Field).(*validate.FieldRules)
				addRules(found, rules)
			}
			walk(m.Messages())
		}
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(f protoreflect.FileDescriptor) bool {
		walk(f.Messages())
		return true
	})
	if !found["STRING_MAX_LEN"] || !found["REQUIRED"] {
		t.Fatal("the rules of the contract were not found")
	}
	return found
}

func addRules(found map[string]bool, rules *validate.FieldRules) {
	if rules == nil {
		return
	}
	if rules.GetRequired() {
		found["REQUIRED"] = true
	}
	rules.ProtoReflect().Range(func(kind protoreflect.FieldDescriptor, of protoreflect.Value) bool {
		if kind.Message() == nil || kind.IsList() {
			return true
		}
		of.Message().Range(func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
			if inner := rule.Message(); inner != nil && inner.Name() == "FieldRules" {
				addRules(found, value.Message().Interface().(*validate.FieldRules))
				return true
			}
			reason := strings.ToUpper(string(kind.Name()) + "_" + string(rule.Name()))
			found[reason] = true
			if reason == "STRING_UUID" { // which has a second id where there is no text at all
				found["STRING_UUID_EMPTY"] = true
			}
			return true
		})
		return true
	})
}

func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		reason   string
		metadata map[string]string
		en, ko   string
		chinese  string
	}{
		{"STRING_MAX_LEN", map[string]string{"limit": "300"},
			"This text is too long: it may have at most 300 characters.", "글이 너무 깁니다. 300자까지 쓸 수 있습니다.", "文字过长，最多可写300个字符。"},
		{"STRING_MAX_LEN", nil, "This text is too long. Please shorten it.", "글이 너무 깁니다. 줄이십시오.", "文字过长，请缩短。"},
		{"STRING_MAX_LEN", map[string]string{"limit": ""}, "This text is too long. Please shorten it.", "글이 너무 깁니다. 줄이십시오.", "文字过长，请缩短。"},
		{"INT64_GTE", map[string]string{"low": "0"}, "This number has to be at least 0.", "0 이상의 숫자여야 합니다.", "该数字至少为0。"},
		{"INT64_GTE_LTE", map[string]string{"low": "0", "high": "9"}, "This number has to be from 0 to 9.", "0에서 9 사이의 숫자여야 합니다.", "该数字须在0至9之间。"},
		{"STRING_PATTERN", map[string]string{"form": "day"}, "This has to be an exact day, like 2023-10-09.", "2023-10-09처럼 정확한 날짜로 적으십시오.", "请写明确切日期，如 2023-10-09。"},
		{"STATE_FORBIDS_ACTION", map[string]string{"state": "CORROBORATED", "action": "propose"},
			"It is “corroborated” now, which does not allow this. Please load the page again to see what is possible.",
			"현재 상태는 ‘교차 확인됨’이며, 이 상태에서는 할 수 없습니다. 페이지를 새로 고쳐 가능한 일을 확인하십시오.",
			"当前状态为“已获佐证”，不允许此操作。请重新载入页面，查看可进行的操作。"},
		{"NAME_MISSING", nil, "", "", ""},
		{"OF_ANOTHER_VERSION", map[string]string{"name": "x"}, "", "", ""},
		{"", nil, "", "", ""},
	} {
		for l, want := range map[Language]string{English: c.en, Korean: c.ko, Chinese: c.chinese} {
			if got, ok := In(l).Refusal(c.reason, c.metadata); got != want || ok != (want != "") {
				t.Errorf("%s: %s %v is %q, want %q", l, c.reason, c.metadata, got, want)
			}
		}
	}
}

// Whatever a server sends beside a reason, a sentence comes of it, and no gap in it.
func TestRefusalWithAnyMetadata(t *testing.T) {
	for _, l := range Languages() {
		for _, id := range area(t, l, "refusal") {
			reason := strings.ToUpper(strings.TrimPrefix(id, "refusal."))
			for _, metadata := range []map[string]string{nil, {"state": "of another version"}, {"limit": "{{.x}}", "at_least": "1"}} {
				if said, ok := In(l).Refusal(reason, metadata); ok && (said == "" || strings.Contains(said, "<no value>")) {
					t.Errorf("%s: %s says %q", l, reason, said)
				}
			}
		}
	}
}
