package cli

import (
	"context"
	"strings"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// maxExplained bounds how many names of an error are looked up.
const maxExplained = 12

// explain puts the keys of records beside their names in what the server says:
// names are opaque, and a reader knows S7. What cannot be looked up stays as it is.
func (s *session) explain(ctx context.Context, err error) string {
	message := err.Error()
	if s.conn == nil || client.AsError(err) == nil || ctx.Err() != nil {
		return message
	}
	known := map[string]string{}
	return recordName.ReplaceAllStringFunc(message, func(name string) string {
		if _, asked := known[name]; !asked && len(known) < maxExplained && !strings.HasPrefix(name, "places/") {
			known[name] = s.called(ctx, name)
		}
		return annotated(name, known[name])
	})
}

// called is what the reader's organisation calls a record; empty if nothing.
func (s *session) called(ctx context.Context, name string) string {
	reply, err := s.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
	if err != nil {
		return ""
	}
	r, ok := recordOf(reply.GetRecord()).(record)
	if !ok || len(r.GetExternalIds()) == 0 {
		return ""
	}
	return newMatterView(s.profile.Organisation).key(r)
}
