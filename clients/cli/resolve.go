package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// resolve turns what was typed for a record into its name. A name is taken as it
// is; issuer:id and references are looked up; an id alone is one that the
// profile's own organisation gave. kinds are those asked for ("Case"); none means any.
func (s *session) resolve(ctx context.Context, text string, kinds ...string) (string, error) {
	if text == "" {
		return "", usagef("the name of %s is empty", anyOf(kinds))
	}
	if kind := labels.KindOf(text); kind != "" {
		if len(kinds) > 0 && !slices.Contains(kinds, kind) {
			return "", usagef("%s is not the name of %s", visible(text), anyOf(kinds))
		}
		return text, nil
	}
	if slices.Equal(kinds, []string{"Term"}) {
		if list, code, found := strings.Cut(text, "/"); found && !strings.Contains(code, "/") {
			return "vocabularies/" + list + "/terms/" + code, nil
		}
	}
	if len(kinds) == 0 || slices.Equal(kinds, []string{"Finding"}) {
		if name, err := s.resolveFinding(ctx, text); name != "" || err != nil {
			return name, err
		}
	}
	if strings.Contains(text, "/") && !strings.Contains(text, ":") {
		return "", usagef("%s is not the name of %s", visible(text), anyOf(kinds))
	}
	if slices.Equal(kinds, []string{"Place"}) && !strings.Contains(text, ":") {
		return s.resolvePlace(ctx, text)
	}
	return s.resolveExternal(ctx, text, kinds)
}

// resolveExternal asks the server who is called so.
func (s *session) resolveExternal(ctx context.Context, text string, kinds []string) (string, error) {
	request := labels.CalledSo(s.profile.Organisation, text)
	if request == nil {
		return "", usagef("%s is neither a name, nor a reference, nor issuer:id", visible(text))
	}
	reply, err := s.conn.Records.FindRecord(ctx, request)
	if failure := client.AsError(err); err != nil && (failure == nil || failure.Code != codes.NotFound) {
		return "", err
	}
	var names []string
	for _, name := range reply.GetNames() {
		if len(kinds) == 0 || slices.Contains(kinds, labels.KindOf(name)) {
			names = append(names, name)
		}
	}
	switch len(names) {
	case 0:
		return "", &notFoundError{fmt.Sprintf("%s is not the id of %s that you can see", visible(text), anyOf(kinds))}
	case 1:
		return names[0], nil
	}
	return "", usagef("%s is the id of several records: give one of\n  %s", visible(text), strings.Join(names, "\n  "))
}

// resolveFinding finds the one finding on an aspect of a subject, written
// SUBJECT/ASPECT: findings come about by themselves, so nobody gave them an id.
// It is empty for what is not written so.
func (s *session) resolveFinding(ctx context.Context, text string) (string, error) {
	at := strings.LastIndexByte(text, '/')
	if at < 0 {
		return "", nil
	}
	number, ok := labels.EnumNumber(tumenv1.Aspect(0).Descriptor(), text[at+1:])
	if !ok {
		return "", nil
	}
	subject, err := s.resolve(ctx, text[:at], "Event", "Involvement", "Person")
	if err != nil {
		return "", err
	}
	parent := "cases/-"
	if strings.HasPrefix(subject, "cases/") {
		parent = labels.CaseOf(subject)
	}
	request := &tumenv1.ListFindingsRequest{Parent: parent, Subject: subject, Aspect: tumenv1.Aspect(number)}
	found, err := collect(ctx, s.conn.Verification.ListFindings, request, (*tumenv1.ListFindingsResponse).GetFindings)
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", &notFoundError{fmt.Sprintf("%s: there is no finding on it that you can see; the first claim makes one", visible(text))}
	case len(found) > 1:
		var names []string
		for _, f := range found {
			names = append(names, f.GetName())
		}
		return "", usagef("there are several findings on %s: give one of\n  %s", visible(text), strings.Join(names, "\n  "))
	}
	return found[0].GetName(), nil
}

// placeSlug is how places that come with the program are named.
var placeSlug = regexp.MustCompile(`^[a-z][a-z0-9-]{1,24}$`)

// resolvePlace takes hunchun for places/hunchun, then looks for the one place
// whose name, in any script, is or begins so.
func (s *session) resolvePlace(ctx context.Context, text string) (string, error) {
	if placeSlug.MatchString(text) {
		name := "places/" + text
		_, err := s.conn.Places.GetPlace(ctx, &tumenv1.GetPlaceRequest{Name: name})
		if err == nil {
			return name, nil
		}
		if failure := client.AsError(err); failure == nil || failure.Code != codes.NotFound {
			return "", err
		}
	}
	var exact, begins []string
	places := client.Items(ctx, s.conn.Places.ListPlaces, &tumenv1.ListPlacesRequest{Query: text}, (*tumenv1.ListPlacesResponse).GetPlaces)
	for place, err := range places {
		if err != nil {
			return "", err
		}
		described := place.GetName() + "  " + placeLabel(place)
		if slices.ContainsFunc(place.GetNames(), func(n *tumenv1.PlaceName) bool { return strings.EqualFold(n.GetText(), text) }) {
			exact = append(exact, described)
		}
		if begins = append(begins, described); len(begins) > 20 {
			break
		}
	}
	found := exact
	if len(found) == 0 {
		found = begins
	}
	switch len(found) {
	case 0:
		// An organisation's own id for one of its places, as for every record.
		if s.profile.Organisation != "" {
			return s.resolveExternal(ctx, text, []string{"Place"})
		}
		return "", &notFoundError{"no place is called " + visible(text)}
	case 1:
		name, _, _ := strings.Cut(found[0], " ")
		return name, nil
	}
	return "", usagef("several places are called %s: give one of\n  %s", visible(text), visibleLines(strings.Join(found, "\n  ")))
}

// anyOf names kinds of record in a sentence: "a case", "an event or a person".
func anyOf(kinds []string) string {
	if len(kinds) == 0 {
		return "a record"
	}
	var named []string
	for _, kind := range kinds {
		article := "a "
		if strings.ContainsRune("AEIO", rune(kind[0])) {
			article = "an "
		}
		named = append(named, article+strings.ToLower(kind))
	}
	return strings.Join(named, " or ")
}
