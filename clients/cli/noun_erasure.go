package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

func erasureNoun() *noun {
	return &noun{
		name: "erasure", message: "Erasure", plural: "Erasures", service: "ErasureService",
		short: "Erasures: what is to be forgotten, and how far that is",
		flex:  -1,
		columns: []column{
			col("STATE", func(e *tumenv1.Erasure) string { return word(e.GetState()) }),
			col("RECORDS", func(e *tumenv1.Erasure) string { return fmt.Sprint(len(e.GetRecords())) }),
			col("DUE", func(e *tumenv1.Erasure) string { return minute(e.GetDueTime().AsTime(), e.GetDueTime() != nil) }),
			col("SUBJECT", (*tumenv1.Erasure).GetSubject),
			nameColumn(),
		},
		present: presentErasure,
	}
}

func minute(t time.Time, known bool) string {
	if !known {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

func presentErasure(s *session, _ context.Context, m proto.Message) error {
	e := m.(*tumenv1.Erasure)
	if s.json {
		return s.out.document(e)
	}
	s.out.heading(visible(e.GetSubject()))
	s.out.line("%s", howFar(e))
	s.out.line("asked for %s by %s", minute(e.GetCreateTime().AsTime(), true), visible(e.GetCreator()))
	if e.GetConfirmer() != "" {
		s.out.line("confirmed %s by %s", minute(e.GetConfirmTime().AsTime(), true), visible(e.GetConfirmer()))
	}
	gone := "gone"
	if e.GetState() == tumenv1.ErasureState_ERASURE_STATE_REQUESTED || e.GetState() == tumenv1.ErasureState_ERASURE_STATE_WITHDRAWN {
		gone = "to go"
	}
	for _, name := range e.GetRecords() {
		s.out.line("%-6s %s", gone, visible(name))
	}
	for _, left := range e.GetMentions() {
		s.out.line("look   %s (%s)", visible(left.GetRecord()), visible(left.GetField()))
	}
	if n := e.GetMoreMentions(); n > 0 {
		s.out.line("look   and in %d more texts", n)
	}
	s.out.line("")
	s.out.line("%s  revision %d  %s", visible(e.GetName()), e.GetRevision(), markingWords(e.GetMarking()))
	return nil
}

// howFar says in a sentence how far an erasure is.
func howFar(e *tumenv1.Erasure) string {
	switch e.GetState() {
	case tumenv1.ErasureState_ERASURE_STATE_REQUESTED:
		return "asked for: nothing is gone before another member confirms it (tumen erasure confirm)"
	case tumenv1.ErasureState_ERASURE_STATE_CONFIRMED:
		return "gone from this server; copies made before can be read until " + minute(e.GetDueTime().AsTime(), true)
	case tumenv1.ErasureState_ERASURE_STATE_HELD_BY_CUSTODIANS:
		return "its keys are destroyed here; custodians could still bring them back (tumend keys status)"
	case tumenv1.ErasureState_ERASURE_STATE_ERASED:
		return "erased: its keys were destroyed " + minute(e.GetDestroyTime().AsTime(), true)
	case tumenv1.ErasureState_ERASURE_STATE_WITHDRAWN:
		return "withdrawn"
	}
	return word(e.GetState())
}

// eraseCommand asks for a record to be erased.
func (s *session) eraseCommand(n *noun) *cobra.Command {
	var reason, etag string
	var within time.Duration
	cmd := &cobra.Command{
		Use:   "erase " + nameArgument(n),
		Short: "Ask for it to be erased for good; another member confirms",
		Long: `Ask for it to be erased for good, with what is about nothing else. Nothing is gone
before another member, a reviewer or administrator, confirms: tumen erasure confirm.

Then it is gone from the server at once, and the keys with which copies made before
can be read are destroyed: at once, or within the time that --within gives, together
with those of other erasures. Texts of other records that name it are listed: they
are for people to change.

The reason is kept. It names nobody.`,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usagef("why? Give --reason, which names nobody")
			}
			if within < 0 {
				return usagef("--within %s: give a time like 72h, or none for at once", within)
			}
			request := client.NewMessage("Erase" + n.message + "Request")
			if err := s.addressed(cmd.Context(), n, request, args[0], etag, reason); err != nil {
				return err
			}
			setMessage(request, "within", durationpb.New(within).ProtoReflect())
			reply, err := s.conn.Call(cmd.Context(), "ErasureService", "Erase"+n.message, request)
			if err != nil {
				return err
			}
			return presentErasure(s, cmd.Context(), messageField(reply, "erasure").Interface())
		}),
	}
	cmd.Flags().DurationVar(&within, "within", 0, "destroy the keys of copies made before at the latest after this `TIME`, like 72h")
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` that the change rests on, where not the one read now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept, so it names nobody")
	return cmd
}
