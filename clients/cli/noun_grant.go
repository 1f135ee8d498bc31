package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func grantNoun() *noun {
	return &noun{
		name: "grant", message: "Grant", plural: "Grants", service: "GrantService", parent: "case",
		short: "Grants: with whom outside a case is shared",
		flags: append([]binding{
			{flag: "to", path: "grantee", help: "the `HANDLE` of an organisation, or org/member for one of its members", set: setGrantee},
			{flag: "level", path: "level", help: "how much of it"},
			{flag: "for", path: "purpose", help: "`WHAT` for; both sides read it, so it names nobody"},
			{flag: "until", path: "expire_time", help: "when it ends by itself: `YYYY-MM-DD`, or in how many days (30d)", set: setUntil},
		}, common()...),
		flex: 4,
		columns: []column{
			col("STATE", func(g *tumenv1.Grant) string { return word(g.GetState()) }),
			col("LEVEL", func(g *tumenv1.Grant) string { return word(g.GetLevel()) }),
			col("TO", (*tumenv1.Grant).GetGranteeHandle),
			col("UNTIL", func(g *tumenv1.Grant) string { return minute(g.GetExpireTime().AsTime(), true) }),
			col("FOR", (*tumenv1.Grant).GetPurpose),
			col("OF", (*tumenv1.Grant).GetOwnerHandle),
			nameColumn(),
		},
	}
}

// setGrantee asks the server who is called so.
func setGrantee(in *input, b *binding, values []string) error {
	name := values[0]
	if labels.KindOf(name) == "" {
		org, member, _ := strings.Cut(name, "/")
		reply, err := in.s.conn.Grants.FindGrantee(in.ctx, &tumenv1.FindGranteeRequest{Organisation: org, Member: member})
		if err != nil {
			return err
		}
		name = reply.GetName()
	}
	setString(in.message, b.path, name)
	return nil
}

// setUntil reads the day on whose end something ends, or in how many days it does.
func setUntil(in *input, b *binding, values []string) error {
	text := values[0]
	until, err := time.Parse(time.DateOnly, text)
	until = until.Add(24 * time.Hour)
	if days, is := strings.CutSuffix(text, "d"); is {
		var n int64
		if n, err = wholeNumber(b.flag, days, 0); err == nil && n > 0 && n < 10000 {
			until = time.Now().Add(time.Duration(n) * 24 * time.Hour)
		}
	}
	if err != nil {
		return usagef("--%s: %q is neither YYYY-MM-DD nor a number of days like 30d", b.flag, visible(text))
	}
	setMessage(in.message, b.path, timestamppb.New(until).ProtoReflect())
	return nil
}

// markFreeCommand says of a record that its texts may go outside.
func (s *session) markFreeCommand() *cobra.Command {
	var reason, etag string
	cmd := &cobra.Command{
		Use:   "mark-free NAME",
		Short: "Mark a record's texts free of identities: those who it is shared with read them",
		Long: `Mark a record's texts free of identities: those who it is shared with read them.

Quotes, notes, titles, rationales and the like may name anybody. Outside your
organisation they are not shown before somebody has read all of a record's texts and
marked it so; with a capture, its bytes. When a text is changed, it has to be marked
again.`,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			name, err := s.resolve(ctx, args[0])
			if err != nil {
				return err
			}
			read, err := s.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
			if err != nil {
				return err
			}
			etag = firstOf(etag, getString(labels.Unwrap(read.GetRecord()).ProtoReflect(), "etag"))
			reply, err := s.conn.Records.MarkFreeOfIdentities(ctx, &tumenv1.MarkFreeOfIdentitiesRequest{Name: name, Etag: etag, Reason: firstOf(reason, "read through with tumen")})
			if err != nil {
				return err
			}
			marked := labels.Unwrap(reply.GetRecord())
			if s.json {
				return s.out.document(marked)
			}
			s.out.line("%s is marked free of identities (revision %d)", visible(name), marked.ProtoReflect().Get(field(marked.ProtoReflect(), "revision")).Int())
			return nil
		}),
	}
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` of what was read through, where not the one read now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the revision")
	return cmd
}
