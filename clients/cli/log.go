package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) logCommand() *cobra.Command {
	var limit int
	var member, about, since, until string
	var kinds []string
	cmd := &cobra.Command{
		Use:   "log",
		Short: "Say who did what, newest first: changes, readings, denials, exports",
		Long: `Say who did what, newest first: changes of records, readings that showed who a
person or source is, what was denied to whom, exports, and commands on the server.

You see what you did yourself. Auditors see what the members of their organisation
did, and changes of the records that they see; administrators changes of members, what
was done on the server, and what was denied to whom, though not about which case or
person that was.

Of denials a few a minute are listed for each member; the rest are counted into the
next ("12 more before").

  tumen log --member lee --since 2026-11-01
  tumen log --record P-K7QF4 --kind disclosure --kind export
  tumen log --kind denial --since 24h`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			request, err := logRequest(kinds, since, until, time.Now())
			if err == nil {
				err = s.connect(ctx)
			}
			if err == nil && member != "" {
				var of *tumenv1.Member
				of, err = s.colleague(ctx, member)
				request.Member = of.GetName()
			}
			if err == nil && about != "" {
				request.Record, err = s.resolve(ctx, about)
			}
			if err != nil {
				return err
			}
			return s.list(ctx, "AuditService", "ListAuditEntries", request.ProtoReflect(), limit, logColumns)
		}),
	}
	cmd.Flags().StringVar(&member, "member", "", "only what this colleague did: `HANDLE`")
	cmd.Flags().StringVar(&about, "record", "", "only what is about this `RECORD`")
	cmd.Flags().StringArrayVar(&kinds, "kind", nil, "only of this `KIND` (repeatable): "+strings.Join(wordsOf(tumenv1.AuditKind(0).Descriptor()), ", "))
	cmd.Flags().StringVar(&since, "since", "", "only from this `TIME` on: a day or time in UTC, or 24h for the last 24 hours")
	cmd.Flags().StringVar(&until, "until", "", "only before this `TIME`; a day is taken in whole")
	limitFlag(cmd, &limit)
	return cmd
}

func logRequest(kinds []string, since, until string, now time.Time) (*tumenv1.ListAuditEntriesRequest, error) {
	request := new(tumenv1.ListAuditEntriesRequest)
	for _, kind := range kinds {
		number, ok := labels.EnumNumber(tumenv1.AuditKind(0).Descriptor(), kind)
		if !ok {
			return nil, usagef("--kind: %s is no kind of entry; one of %s", visible(kind), strings.Join(wordsOf(tumenv1.AuditKind(0).Descriptor()), ", "))
		}
		request.Kinds = append(request.Kinds, tumenv1.AuditKind(number))
	}
	from, _, err := moment("since", since, now)
	if err != nil {
		return nil, err
	}
	to, day, err := moment("until", until, now)
	if err != nil {
		return nil, err
	}
	if since != "" {
		request.Since = timestamppb.New(from)
	}
	if until != "" {
		if day {
			to = to.AddDate(0, 0, 1)
		}
		request.Until = timestamppb.New(to)
	}
	return request, nil
}

// moment reads a time of a flag: a day, a time in UTC, one with its own offset, or so
// long ago.
func moment(flag, text string, now time.Time) (at time.Time, day bool, err error) {
	if text == "" {
		return at, false, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), false, nil
	}
	for _, form := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", time.RFC3339} {
		if at, err := time.Parse(form, text); err == nil {
			return at, form == time.DateOnly, nil
		}
	}
	return at, false, usagef("--%s: %s is no time; give 2026-11-27, 2026-11-27T08:00 (UTC), or 24h for 24 hours ago", flag, visible(text))
}

var logColumns = []column{
	col("LEAF", func(e *tumenv1.AuditEntry) string { return count64(e.GetLeaf()) }),
	col("WHEN (UTC)", func(e *tumenv1.AuditEntry) string { return e.GetTime().AsTime().UTC().Format(time.DateTime) }),
	subjectColumn("MEMBER", (*tumenv1.AuditEntry).GetMember),
	col("WHAT", func(e *tumenv1.AuditEntry) string { return word(e.GetKind()) }),
	col("CALL", func(e *tumenv1.AuditEntry) string { return lastPart(e.GetMethod()) }),
	col("ABOUT", entryRecords),
	col("WHY", entryWhy),
}

func lastPart(method string) string { return method[strings.LastIndexByte(method, '/')+1:] }

// entryRecords are the records that an entry is about, by name: what they are called is
// not looked up, as whoever looks at the log should not add to it by that.
func entryRecords(e *tumenv1.AuditEntry) string {
	var parts []string
	for i, r := range e.GetRecords() {
		if i == 3 {
			break
		}
		part := r.GetName()
		if r.GetRevision() > 0 {
			part += "@" + count64(r.GetRevision())
		}
		parts = append(parts, part)
	}
	if more := e.GetMoreRecords() + int64(len(e.GetRecords())-len(parts)); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return firstOf(strings.Join(parts, ", "), "-")
}

// entryWhy is why something was done, or denied.
func entryWhy(e *tumenv1.AuditEntry) string {
	why := e.GetReason()
	if e.GetDenial() != "" {
		why = strings.ToLower(strings.ReplaceAll(e.GetDenial(), "_", " "))
	}
	if n := e.GetDeniedBefore(); n > 0 {
		why += fmt.Sprintf(" (%d more before)", n)
	}
	return why
}

// seenByCommand says who has seen an identity.
func (s *session) seenByCommand(n *noun) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "seen-by " + nameArgument(n),
		Short: "Say who has seen this identity, when and why; for auditors",
		Long: `Say who has seen who this is, when, and for what purpose, newest first: in the record
itself (direct), in a list, in what claims, findings and copies tell of it (about), in
the file of a matter (file), or in an export that identity was asked for with (export).

What was read before it was erased is told, too: give the name of the record then.`,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			name, err := s.resolve(ctx, args[0], n.message)
			if err != nil {
				return err
			}
			return s.printSightings(cmd, &tumenv1.ListSightingsRequest{Name: name, PageSize: pageSize(limit)}, limit)
		}),
	}
	limitFlag(cmd, &limit)
	return cmd
}

func (s *session) printSightings(cmd *cobra.Command, request *tumenv1.ListSightingsRequest, limit int) error {
	ctx := cmd.Context()
	p := s.listPrinter(request.ProtoReflect(), "ListSightings", sightingColumns, nil)
	withheld := int64(0)
	for {
		page, err := s.conn.Audit.ListSightings(ctx, request)
		if err != nil {
			p.table.flush()
			return err
		}
		withheld += page.GetWithheld()
		more, err := p.page(ctx, page.ProtoReflect(), limit)
		if err != nil {
			return err
		}
		if request.PageToken = page.GetNextPageToken(); !more || request.PageToken == "" || s.out.err != nil {
			break
		}
	}
	p.end()
	if withheld > 0 {
		fmt.Fprintf(s.err, "%d more are not for you to know\n", withheld)
	}
	return nil
}

var sightingColumns = []column{
	col("WHEN (UTC)", func(e *tumenv1.Sighting) string { return e.GetEntry().GetTime().AsTime().UTC().Format(time.DateTime) }),
	subjectColumn("MEMBER", func(e *tumenv1.Sighting) string { return e.GetEntry().GetMember() }),
	col("HOW", func(e *tumenv1.Sighting) string { return word(e.GetWay()) }),
	col("CALL", func(e *tumenv1.Sighting) string { return lastPart(e.GetEntry().GetMethod()) }),
	col("WHAT", func(e *tumenv1.Sighting) string { return entryRecords(e.GetEntry()) }),
	col("CLASSES", sightingClasses),
	col("WHY", func(e *tumenv1.Sighting) string { return firstOf(e.GetEntry().GetReason(), "-") }),
}

// sightingClasses are the classes that were shown, each once.
func sightingClasses(s *tumenv1.Sighting) string {
	var classes []string
	seen := map[tumenv1.Protection]bool{}
	for _, r := range s.GetEntry().GetRecords() {
		for _, class := range r.GetClasses() {
			if !seen[class] {
				seen[class] = true
				classes = append(classes, word(class))
			}
		}
	}
	return firstOf(strings.Join(classes, ", "), "-")
}
