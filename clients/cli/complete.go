package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// codeLists say which flags take a code, by message and field.
var codeLists = map[protoreflect.FullName]tumenv1.Vocabulary{
	"tumen.v1.Event.act":                  tumenv1.Vocabulary_VOCABULARY_ACTS,
	"tumen.v1.ListCasesRequest.act":       tumenv1.Vocabulary_VOCABULARY_ACTS,
	"tumen.v1.ListEventsRequest.act":      tumenv1.Vocabulary_VOCABULARY_ACTS,
	"tumen.v1.ListClaimsRequest.act":      tumenv1.Vocabulary_VOCABULARY_ACTS,
	"tumen.v1.CountPeopleRequest.act":     tumenv1.Vocabulary_VOCABULARY_ACTS,
	"tumen.v1.Source.kind":                tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS,
	"tumen.v1.ListSourcesRequest.kind":    tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS,
	"tumen.v1.Involvement.custody_status": tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES,
	"tumen.v1.Custody.status":             tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES,
}

// leaf is the field at the end of a path; nil if the path ends above one.
func leaf(message protoreflect.MessageDescriptor, path string) protoreflect.FieldDescriptor {
	var fd protoreflect.FieldDescriptor
	for _, part := range strings.Split(path, ".") {
		if message == nil {
			return nil
		}
		if fd = message.Fields().ByName(protoreflect.Name(part)); fd == nil {
			return nil
		}
		message = fd.Message()
	}
	return fd
}

// completion lets shells complete a flag's value: enums from the contract, codes
// and places from the server. It is nil where there is nothing to offer.
func (s *session) completion(b binding, fd protoreflect.FieldDescriptor) cobra.CompletionFunc {
	switch {
	case b.secret:
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"@-", "@edit", "@"}, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
		}
	case fd == nil:
		return nil
	case fd.Enum() != nil:
		return cobra.FixedCompletions(choices(fd), cobra.ShellCompDirectiveNoFileComp)
	case codeLists[fd.FullName()] != 0:
		return s.fromServer(func(ctx context.Context) []string { return s.codes(ctx, codeLists[fd.FullName()]) })
	case fd.FullName() == "tumen.v1.Event.places" || fd.FullName() == "tumen.v1.Places.places":
		return s.fromServer(s.placeSlugs)
	}
	if kinds, refers := labels.Referenced(fd); refers && slices.Equal(kinds, []string{"Place"}) {
		return s.fromServer(s.placeSlugs)
	}
	return nil
}

// fromServer completes with what the server has, if it answers soon.
func (s *session) fromServer(values func(context.Context) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), 2*time.Second)
		defer cancel()
		if s.connect(ctx) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return values(ctx), cobra.ShellCompDirectiveNoFileComp
	}
}

func (s *session) codes(ctx context.Context, list tumenv1.Vocabulary) []string {
	var codes []string
	terms := client.Items(ctx, s.conn.Vocabulary.ListTerms, &tumenv1.ListTermsRequest{Vocabulary: list}, (*tumenv1.ListTermsResponse).GetTerms)
	for term, err := range terms {
		if err != nil {
			break
		}
		codes = append(codes, cobra.CompletionWithDesc(term.GetCode(), termLabel(term)))
	}
	return codes
}

func (s *session) placeSlugs(ctx context.Context) []string {
	var slugs []string
	places := client.Items(ctx, s.conn.Places.ListPlaces, &tumenv1.ListPlacesRequest{}, (*tumenv1.ListPlacesResponse).GetPlaces)
	for place, err := range places {
		if err != nil || len(slugs) == 500 {
			break
		}
		slug := strings.TrimPrefix(place.GetName(), "places/")
		if len(slug) < 26 {
			slugs = append(slugs, cobra.CompletionWithDesc(slug, placeLabel(place)))
		}
	}
	return slugs
}
