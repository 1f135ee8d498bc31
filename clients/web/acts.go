package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// act is something that is done on a page of its own and makes what no form for records
// does: /act/NAME.
type act struct {
	service, method string
	form            *entry.Kind
	field           string // of the request in which that goes; empty for the request itself
	until           bool   // it asks on which day it ends
}

// acts are those that there are, by their names in addresses and catalogues.
var acts = map[string]act{
	"grant":  {"GrantService", "CreateGrant", entry.ActOf("grant"), "grant", true},
	"token":  {"AccessService", "IssueToken", entry.ActOf("own_token"), "", true},
	"invite": {"AccessService", "InviteMember", entry.ActOf("invitation"), "member", false},
}

// acted is the act of the address.
func (v *visit) acted() (act, *stepPage, error) {
	name := v.r.PathValue("act")
	a, there := acts[name]
	if !there || !v.may(a.service+"/"+a.method) {
		return a, nil, errNotFound
	}
	p := &stepPage{How: v.say().Say("act." + name + "_how"), Back: map[string]string{"token": "/me", "invite": "/members"}[name]}
	if a.until {
		p.Until = &untilField{Value: v.got("until")}
	}
	if name != "grant" {
		return a, p, nil
	}
	read, err := v.site.conn.Cases.GetCase(v.context(), &tumenv1.GetCaseRequest{Name: v.got("case")})
	if err != nil {
		return a, nil, err
	}
	if read.GetCase().GetOwner() != v.session.self.GetOrganisation().GetName() {
		return a, nil, errNotFound
	}
	p.Called, p.Back = read.GetCase().GetReference()+" "+read.GetCase().GetTitle(), link(read.GetCase().GetName())+"/grants"
	return a, p, nil
}

func (s *Site) showAct(v *visit) error {
	a, p, err := v.acted()
	if err != nil {
		return err
	}
	if err := v.takeUp(); err != nil {
		return err
	}
	if p.Until != nil {
		p.Until.Value = v.got("until")
	}
	return v.showActForm(http.StatusOK, a, p, typed(a.form, v.r.Form), nil)
}

func (v *visit) showActForm(status int, a act, p *stepPage, texts entry.Texts, faults []entry.Fault) error {
	f, err := v.form(v.context(), a.form, "", texts, faults)
	if err != nil {
		return err
	}
	for _, fault := range faults {
		if fault.Path == "until" && p.Until != nil {
			p.Until.Fault = v.faultText(fault)
		}
	}
	name := v.r.PathValue("act")
	f.Here = "/act/" + name
	if in := v.got("case"); in != "" {
		f.Here += "?" + url.Values{"case": {in}}.Encode()
	}
	p.Form = f
	v.types()
	return v.render(status, "step", v.say().Say("act."+name), p)
}

// doAct does it, or shows its form again with what is wrong.
func (s *Site) doAct(v *visit) error {
	a, p, err := v.acted()
	if err != nil {
		return err
	}
	texts := typed(a.form, v.r.PostForm)
	switch v.got(doField) {
	case "keep":
		return v.keepDraft(v.say().Say("act." + v.r.PathValue("act")))
	case "save":
	default:
		return v.showActForm(http.StatusOK, a, p, texts, nil)
	}
	request, faults, err := v.actRequest(a, texts)
	if err == nil && len(faults) == 0 {
		var reply protoreflect.Message
		if reply, err = s.conn.Call(v.context(), a.service, a.method, request); err == nil {
			v.dropDraft(v.got(draftField))
			return v.actDone(p, reply)
		}
	}
	if e := client.AsError(err); e != nil && len(e.Violations) > 0 {
		faults = v.violations(a.form, a.form.Name+".", texts, e)
		for i := range faults {
			faults[i].Path = strings.TrimPrefix(faults[i].Path, a.field+".")
			if faults[i].Path == "expire_time" || faults[i].Path == "lifetime" {
				faults[i].Path = "until"
			}
		}
	}
	if len(faults) > 0 {
		return v.showActForm(http.StatusUnprocessableEntity, a, p, texts, faults)
	}
	return v.stays(err, func(status int, fault entry.Fault) error {
		return v.showActForm(status, a, p, texts, []entry.Fault{fault})
	})
}

// actRequest is what the server is sent.
func (v *visit) actRequest(a act, texts entry.Texts) (protoreflect.Message, []entry.Fault, error) {
	request := client.NewMessage(a.method + "Request")
	filled := proto.Message(request.Interface())
	if a.field != "" {
		filled = a.form.New()
	}
	faults := append(a.form.Missing(texts), entry.Fill(filled, texts, entry.AsNamed)...)
	faults = append(faults, v.reasonFault()...)
	until, fault := v.until(a)
	faults = append(faults, fault...)
	switch of := filled.(type) {
	case *tumenv1.Grant:
		of.ExpireTime = timestamppb.New(until)
		if len(faults) > 0 {
			break
		}
		organisation, member, _ := strings.Cut(of.GetGrantee(), "/")
		if labels.KindOf(of.GetGrantee()) == "" {
			reply, err := v.site.conn.Grants.FindGrantee(v.context(), &tumenv1.FindGranteeRequest{Organisation: organisation, Member: member})
			if e := client.AsError(err); e != nil && statusOf(e.Code) != http.StatusUnauthorized {
				return nil, []entry.Fault{{Path: "grantee", Problem: entry.NoRecord}}, nil
			}
			if err != nil {
				return nil, nil, err
			}
			of.Grantee = reply.GetName()
		}
		set(request, "parent", protoreflect.ValueOfString(v.got("case")))
	case *tumenv1.IssueTokenRequest:
		of.Lifetime = durationpb.New(time.Until(until))
	}
	if a.field != "" {
		set(request, a.field, protoreflect.ValueOfMessage(filled.ProtoReflect()))
	}
	v.because(request)
	return request, faults, nil
}

// until is the end of the day on which something is to end.
func (v *visit) until(a act) (time.Time, []entry.Fault) {
	if !a.until {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, v.got("until"))
	if err != nil {
		return day, []entry.Fault{{Path: "until", Problem: entry.Refused, Words: v.say().Say("act.until_fault")}}
	}
	return day.Add(24 * time.Hour), nil
}

// handedOut is a secret that is shown once, as the answer to the form that asked for it.
type handedOut struct {
	How, Secret, Back string
	Until             *timestamppb.Timestamp
}

// actDone shows what came of it.
func (v *visit) actDone(p *stepPage, reply protoreflect.Message) error {
	out := &handedOut{Back: p.Back}
	switch r := reply.Interface().(type) {
	case *tumenv1.IssueTokenResponse:
		out.How, out.Secret, out.Until = v.say().Say("act.token_made"), r.GetSecret(), r.GetToken().GetExpireTime()
	case *tumenv1.InviteMemberResponse:
		out.How, out.Secret, out.Until = v.say().Say("act.invite_made"), r.GetCode(), r.GetCodeExpireTime()
	default:
		return v.redirect(p.Back)
	}
	return v.render(http.StatusOK, "secret", v.say().Say("act.secret"), out)
}
