package web

import (
	"html/template"
	"net/url"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/labels"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// functions are what templates may use beside the language's own.
func functions(w *wording.Words) template.FuncMap {
	return template.FuncMap{
		"say":    w.Say,
		"count":  func(id string, n int, pairs ...any) string { return w.Count(id, int64(n), pairs...) },
		"date":   w.Date,
		"number": func(n int32) string { return w.Number(int64(n)) },
		"time":   func(e *tumenv1.Event) string { return timeOfEvent(w, e) },
		"int":    func(n int32) int { return int(n) },
		"caseof": labels.CaseOf,
		"term":   func(code string) string { return w.Term(code, "") },
		"enum":   func(e protoreflect.Enum) string { return w.Enum(e) },
		"moment": w.Moment,
		"native": func(l wording.Language) string { return nativeNames[l] },
		"pairs":  pairs,
		"link":   link,
		"short":  labels.Short,
		"did":    func(method string) string { return didWords(w, method) },
		"edtime": w.Time,
		"size":   func(n int64) string { return w.Number(n) },
		"when":   func(t *timestamppb.Timestamp) string { return moment(w, t) },
	}
}

// nativeNames are what languages call themselves, for the switch.
var nativeNames = map[wording.Language]string{wording.English: "English", wording.Korean: "한국어", wording.Chinese: "简体中文"}

// pairs hands a template several values: name, value, name, value …
func pairs(of ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(of); i += 2 {
		m[of[i].(string)] = of[i+1]
	}
	return m
}

// link is the page of a record, by its resource name.
func link(name string) string { return "/" + name }

// to is a query that says where to go on afterwards.
func to(path string) string { return "to=" + url.QueryEscape(path) }

// within is a path of ours to go on to; anything else is the first page, so that no
// link of a stranger's leads away from a form of ours.
func within(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// query is one field of a query.
func query(field, value string) string { return url.Values{field: {value}}.Encode() }

// timeOfEvent is the time used for an event, in words.
func timeOfEvent(w *wording.Words, e *tumenv1.Event) string {
	if t := e.GetUsedTime().GetTime(); t.GetEdtf() != "" {
		return w.Time(t)
	}
	if e.GetTime() == nil {
		return ""
	}
	return w.Time(e.GetTime())
}

// moment is a time of the contract; empty where there is none.
func moment(w *wording.Words, t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return w.Moment(t.AsTime())
}

// verbs are the beginnings of methods that make revisions, the longer before the
// shorter, with what says that it was done.
var verbs = []struct{ begins, id string }{
	{"Create", "create"}, {"Update", "update"}, {"Delete", "delete"}, {"Undelete", "undelete"}, {"Open", "open"}, {"Propose", "propose"},
	{"Approve", "approve"}, {"Return", "return"}, {"Reopen", "reopen"}, {"Close", "close"}, {"Retract", "retract"}, {"Supersede", "supersede"},
	{"MarkFreeOfIdentities", "mark_free"}, {"Upload", "upload"}, {"ApplyMatter", "apply"}, {"Accept", "accept"}, {"Revoke", "revoke"}, {"Withdraw", "withdraw"},
}

// didWords is what was done by a method: "/tumen.v1.CaseService/CreateCase".
func didWords(w *wording.Words, method string) string {
	name := method[strings.LastIndexByte(method, '/')+1:]
	for _, verb := range verbs {
		if strings.HasPrefix(name, verb.begins) {
			return w.Say("history.did_" + verb.id)
		}
	}
	return name
}
