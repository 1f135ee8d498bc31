package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) ledgerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "The ledger: that nothing recorded was changed since",
		Args:  cobra.ArbitraryArgs,
		RunE:  needsMore,
	}
	cmd.AddCommand(s.ledgerCheckpointCommand(), s.ledgerEntriesCommand(), s.ledgerProveCommand())
	return cmd
}

func (s *session) ledgerCheckpointCommand() *cobra.Command {
	var published bool
	cmd := &cobra.Command{
		Use:   "checkpoint",
		Short: "Print the newest signed checkpoint",
		Long: `Print the newest signed checkpoint: the origin of the ledger, how many leaves it
has, its root and the signature. Keep it: a later ledger can be proved to go on from
it (tumen ledger prove --from LEAVES).

With --published it is the last that outsiders were shown, cosignatures included.
With --json both are there, and the server's key.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			c, err := s.conn.Ledger.GetCheckpoint(cmd.Context(), &tumenv1.GetCheckpointRequest{})
			switch {
			case err != nil:
				return err
			case s.json:
				return s.out.document(c)
			case !published:
				s.out.raw(c.GetCheckpoint())
			case c.GetPublished() == "":
				return &notFoundError{"nothing was published yet"}
			default:
				s.out.raw(c.GetPublished())
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&published, "published", false, "the last that outsiders were shown")
	return cmd
}

func (s *session) ledgerEntriesCommand() *cobra.Command {
	var limit int
	request := new(tumenv1.ListLedgerEntriesRequest)
	cmd := &cobra.Command{
		Use:   "entries [RECORD]",
		Short: "List the entries that you may see, by leaf",
		Long: `List the entries of the ledger that you may see: those about revisions of records
that you see, of one record if it is named; and statements about what you did, such
as exports, and readings of protected identity. Auditors from whom nothing is
withheld see those of their colleagues, administrators what was done from beside the
server.

With --json each entry comes with all that it takes to check it: its bytes, its salt
and its disclosures.`,
		Args: cobra.MaximumNArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			if len(args) > 0 {
				var err error
				if request.Record, err = s.resolve(ctx, args[0]); err != nil {
					return err
				}
			}
			return s.list(ctx, "LedgerService", "ListLedgerEntries", request.ProtoReflect(), limit, entryColumns)
		}),
	}
	cmd.Flags().Int64Var(&request.FromLeaf, "from", 0, "only from this `LEAF` on")
	cmd.Flags().Int64Var(&request.ToLeaf, "to", 0, "only before this `LEAF`; 0 means up to the newest")
	cmd.Flags().StringVar(&request.Kind, "kind", "", "only statements of this `KIND`: export, disclosure, local, issuer (of ID tokens), or aside (given up as damaged)")
	cmd.Flags().BoolVar(&request.ExactTimes, "exact-times", false, "tell times to the microsecond, each with its disclosure")
	limitFlag(cmd, &limit)
	return cmd
}

var entryColumns = []column{
	col("LEAF", func(e *tumenv1.LedgerEntry) string { return count64(e.GetLeaf()) }),
	col("ABOUT", entryAbout),
	col("METHOD", entryMethod),
	col("WHEN (UTC)", func(e *tumenv1.LedgerEntry) string {
		return firstOf(strings.TrimSuffix(strings.Replace(disclosedValue(e, "time"), "T", " ", 1), "Z"), disclosedValue(e, "day"))
	}),
	subjectColumn("MEMBER", func(e *tumenv1.LedgerEntry) string { return disclosedValue(e, "member") }),
}

// entryAbout is the revision or the statement that an entry is about. What a record
// is called is not looked up: whoever looks at the ledger should not add to it by
// reading of whom it tells.
func entryAbout(e *tumenv1.LedgerEntry) string {
	if e.GetRecord() == "" {
		var st struct{ Purpose string }
		if json.Unmarshal(e.GetStatement(), &st) == nil && st.Purpose != "" {
			return e.GetKind() + ": " + st.Purpose
		}
		return e.GetKind()
	}
	return e.GetRecord() + "@" + count64(e.GetRevision())
}

// entryMethod is the call by which an entry came about.
func entryMethod(e *tumenv1.LedgerEntry) string {
	var entry struct{ Method string }
	if json.Unmarshal([]byte(e.GetEntry()), &entry) != nil {
		return ""
	}
	return entry.Method[strings.LastIndexByte(entry.Method, '/')+1:]
}

// disclosedValue is what an entry discloses under a name; "" for nothing.
func disclosedValue(e *tumenv1.LedgerEntry, name string) string {
	for _, d := range e.GetDisclosures() {
		text, err := base64.RawURLEncoding.DecodeString(d)
		var parts []string
		if err == nil && json.Unmarshal(text, &parts) == nil && len(parts) == 3 && parts[1] == name {
			return parts[2]
		}
	}
	return ""
}

func (s *session) ledgerProveCommand() *cobra.Command {
	var size, from, to int64
	cmd := &cobra.Command{
		Use:   "prove LEAF | prove --from LEAVES",
		Short: "Get a proof, and check it: of a leaf, or that the ledger only grew",
		Long: `Get a proof from the server and check it.

  tumen ledger prove LEAF            that the leaf is in the ledger: prints a C2SP
                                     tlog-proof under the newest checkpoint
  tumen ledger prove --from LEAVES   that the ledger still begins with all that it
                                     held when it had so many leaves: prints both roots

Compare the older root with that of the checkpoint that you kept.`,
		Args: cobra.MaximumNArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			growth := cmd.Flags().Changed("from")
			switch {
			case len(args) == 1 == growth:
				return usagef("prove a LEAF, or growth --from LEAVES")
			case growth && cmd.Flags().Changed("size"):
				return usagef("--size goes with a LEAF; growth is proved --from LEAVES --to LEAVES")
			case !growth && cmd.Flags().Changed("to"):
				return usagef("--to goes with --from; a LEAF is proved in a ledger of --size LEAVES")
			}
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			if growth {
				return s.proveGrowth(cmd.Context(), from, to)
			}
			leaf, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || leaf < 0 {
				return usagef("a leaf is a number from 0, as tumen ledger entries lists them")
			}
			return s.proveLeaf(cmd.Context(), leaf, size)
		}),
	}
	cmd.Flags().Int64Var(&size, "size", 0, "in the ledger of so many `LEAVES`; 0 means all")
	cmd.Flags().Int64Var(&from, "from", 0, "prove growth from so many `LEAVES`")
	cmd.Flags().Int64Var(&to, "to", 0, "up to so many `LEAVES`; 0 means all")
	return cmd
}

func (s *session) proveLeaf(ctx context.Context, leaf, size int64) error {
	p, err := s.conn.Ledger.ProveInclusion(ctx, &tumenv1.ProveInclusionRequest{Leaf: leaf, TreeSize: size})
	if err != nil {
		return err
	}
	if err := merkle.VerifyInclusion(rfc6962.DefaultHasher, uint64(leaf), uint64(p.GetTreeSize()), p.GetLeafHash(), p.GetHashes(), p.GetRoot()); err != nil {
		return fmt.Errorf("the server's proof does not hold: %w", err)
	}
	if s.json {
		return s.out.document(p)
	}
	if p.GetProof() == "" {
		s.out.line("leaf %d is in the ledger of %d leaves, over which no checkpoint was signed", leaf, p.GetTreeSize())
		s.out.line("root %s", base64.StdEncoding.EncodeToString(p.GetRoot()))
		return nil
	}
	s.out.raw(p.GetProof())
	return nil
}

func (s *session) proveGrowth(ctx context.Context, from, to int64) error {
	p, err := s.conn.Ledger.ProveConsistency(ctx, &tumenv1.ProveConsistencyRequest{FromSize: from, ToSize: to})
	if err != nil {
		return err
	}
	if err := merkle.VerifyConsistency(rfc6962.DefaultHasher, uint64(from), uint64(p.GetToSize()), p.GetHashes(), p.GetFromRoot(), p.GetToRoot()); err != nil {
		return fmt.Errorf("the server's proof does not hold: %w", err)
	}
	if s.json {
		return s.out.document(p)
	}
	s.out.line("the ledger of %d leaves begins with that of %d", p.GetToSize(), from)
	s.out.line("%d %s", from, base64.StdEncoding.EncodeToString(p.GetFromRoot()))
	s.out.line("%d %s", p.GetToSize(), base64.StdEncoding.EncodeToString(p.GetToRoot()))
	return nil
}
