package cli

import (
	"context"
	"slices"
	"strings"

	"tumen/clients/client"
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
	names := slices.DeleteFunc(recordName.FindAllString(message, maxExplained), func(name string) bool {
		return strings.HasPrefix(name, "places/")
	})
	s.register.lookUp(ctx, names...)
	return recordName.ReplaceAllStringFunc(message, func(name string) string {
		return annotated(name, s.register.known[name])
	})
}
