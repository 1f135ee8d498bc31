package cli

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"tumen/clients/client"
	"tumen/clients/labels"
)

// maxExplained bounds how many names of an error are looked up.
const maxExplained = 12

// explain puts the keys of records beside their names in what the server says:
// names are opaque, and a reader knows S7. What cannot be looked up stays as it is.
func (s *session) explain(ctx context.Context, err error) string {
	message := err.Error()
	failure := client.AsError(err)
	if s.conn == nil || failure == nil || ctx.Err() != nil {
		return message
	}
	names := slices.DeleteFunc(labels.RecordName.FindAllString(message, maxExplained), func(name string) bool {
		return strings.HasPrefix(name, "places/") || failure.Code == codes.NotFound && name == failure.Metadata["name"] // to ask once more would be denied once more
	})
	s.register.lookUp(ctx, names...)
	return labels.RecordName.ReplaceAllStringFunc(message, func(name string) string {
		return annotated(name, s.register.known[name])
	})
}
