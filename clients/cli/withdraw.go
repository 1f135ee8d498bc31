package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// withdrawal is what the flags of withdraw say.
type withdrawal struct {
	purposes         []string
	refused          bool
	saidBy, words    secretValue
	on, reason, etag string
}

// withdrawCommand records that a person, or a source who is one, does not want their
// identity used any more.
func (s *session) withdrawCommand(n *noun) *cobra.Command {
	w := &withdrawal{}
	cmd := &cobra.Command{
		Use:   "withdraw " + nameArgument(n),
		Short: "Record that they don't want their identity used any more, and list where it has gone",
		Long: `Record that they don't want who they are used any more: for one purpose (--for), or
for all. It holds at once, for everybody, and for what was recorded before.

What has left already can't be called back from here. So this lists every export and
every intervention that has them in it: call who received those, and ask them to
delete it. Where they don't want to be recorded at all (--for record, or no --for), an
erasure is asked for as well, which another member confirms.

  tumen person withdraw P-K7QF4 --for publish --reason 'told by phone'
  tumen person withdraw P-K7QF4 --said-by @- --reason 'a letter came'

The reason is kept. It names nobody; who said so goes into --said-by.`,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if w.reason == "" {
				return usagef("why? Give --reason, which names nobody")
			}
			said, err := s.saidWithdrawal(cmd.Context(), w)
			if err != nil {
				return err
			}
			request := client.NewMessage("Withdraw" + n.message + "ReleaseRequest")
			if err := s.addressed(cmd.Context(), n, request, args[0], w.etag, w.reason); err != nil {
				return err
			}
			setMessage(request, "withdrawal", said.ProtoReflect())
			reply, err := s.conn.Call(cmd.Context(), "ReleaseService", "Withdraw"+n.message+"Release", request)
			if err != nil {
				return err
			}
			if s.json {
				return s.out.document(reply.Interface())
			}
			s.presentWithdrawal(cmd.Context(), args[0], said, messageField(reply, n.name), messageField(reply, "reach").Interface().(*tumenv1.WithdrawalReach))
			return nil
		}),
	}
	words := strings.Join(wordsOf(tumenv1.ReleasePurpose(0).Descriptor()), ", ")
	cmd.Flags().StringArrayVar(&w.purposes, "for", nil, "only for this `PURPOSE` (repeatable): "+words)
	cmd.Flags().BoolVar(&w.refused, "refused", false, "they refused from the beginning, rather than withdrew")
	cmd.Flags().Var(&w.saidBy, "said-by", "who said so, where not they themselves")
	cmd.Flags().Var(&w.words, "words", "in which words, or other remarks")
	cmd.Flags().StringVar(&w.on, "on", "", "when they said so: `YYYY-MM-DD`")
	cmd.Flags().StringVar(&w.reason, "reason", "", "`WHY`; kept, so it names nobody")
	cmd.Flags().StringVar(&w.etag, "etag", "", "the `ETAG` that the change rests on, where not the one read now")
	return cmd
}

func (s *session) saidWithdrawal(ctx context.Context, w *withdrawal) (*tumenv1.Withdrawal, error) {
	said := &tumenv1.Withdrawal{Basis: tumenv1.ReleaseBasis_RELEASE_BASIS_WITHDRAWN, GivenOn: w.on}
	if w.refused {
		said.Basis = tumenv1.ReleaseBasis_RELEASE_BASIS_REFUSED
	}
	for _, text := range w.purposes {
		number, ok := labels.EnumNumber(tumenv1.ReleasePurpose(0).Descriptor(), text)
		if !ok {
			return nil, usagef("--for: %s is no purpose; one of %s", visible(text), strings.Join(wordsOf(tumenv1.ReleasePurpose(0).Descriptor()), ", "))
		}
		said.Purposes = append(said.Purposes, tumenv1.ReleasePurpose(number))
	}
	for flag, into := range map[string]*string{"said-by": &said.GivenBy, "words": &said.Explanation} {
		value := map[string]*secretValue{"said-by": &w.saidBy, "words": &w.words}[flag]
		if len(value.values) == 0 {
			continue
		}
		text, err := s.sensitive(ctx, flag, value.values[0])
		if err != nil {
			return nil, err
		}
		*into = strings.TrimSpace(text)
	}
	return said, nil
}

// presentWithdrawal says what holds now, and what is left to be done by people.
func (s *session) presentWithdrawal(ctx context.Context, called string, said *tumenv1.Withdrawal, record protoreflect.Message, reach *tumenv1.WithdrawalReach) {
	purposes := "any purpose"
	if len(said.GetPurposes()) > 0 {
		purposes = listed(said.GetPurposes())
	}
	s.out.line("from now on nobody may use who %s is for %s (%s, revision %d)", visible(called), purposes, word(said.GetBasis()), record.Get(field(record, "revision")).Int())
	s.out.line("")
	var members []string
	for _, x := range reach.GetExports() {
		members = append(members, x.GetMember())
	}
	s.register.lookUp(ctx, members...)
	if len(reach.GetExports())+len(reach.GetInterventions()) > 0 {
		s.out.heading("Call who received these, and ask them to delete it:")
	}
	for _, x := range reach.GetExports() {
		what := "export"
		if x.GetMatter() {
			what = "matter file"
		}
		s.out.line("%-12s %s  made by %s%s%s", what, minute(x.GetTime().AsTime(), true), visible(s.register.of(x.GetMember())), withIdentity(x), visible(because(x.GetReason())))
		s.out.line("             %s", visible(x.GetName()))
	}
	for _, i := range reach.GetInterventions() {
		s.out.line("%-12s %s  to %s", "intervention", visible(firstOf(i.GetDate(), "undated")), visible(firstOf(i.GetAddressee(), "whom is not recorded")))
		s.out.line("             %s", visible(i.GetName()))
	}
	if len(reach.GetExports())+len(reach.GetInterventions()) == 0 {
		s.out.line("no export and no intervention that you may know of has them in it")
	}
	if n := reach.GetExportsWithheld(); n > 0 {
		s.out.line("%d more exports are not for you to know: ask an auditor", n)
	}
	if n := reach.GetInterventionsWithheld(); n > 0 {
		s.out.line("%d more interventions are not for you to know: ask who works on their cases", n)
	}
	s.presentAskedErasure(reach)
}

func (s *session) presentAskedErasure(reach *tumenv1.WithdrawalReach) {
	switch {
	case reach.GetErasure() != nil:
		s.out.line("")
		s.out.line("To forget them, another member, a reviewer or administrator, confirms:")
		s.out.line("tumen erasure confirm %s", visible(reach.GetErasure().GetName()))
	case reach.GetErasureMissing() == "ALREADY_REQUESTED":
		s.out.line("")
		s.out.line("somebody has asked already for them to be erased; it waits to be confirmed")
	case reach.GetErasureMissing() != "":
		s.out.line("")
		s.out.line("they are not erased yet, and you can't ask for it (%s): have a colleague do it who sees all of it (erase)", visible(strings.ToLower(strings.ReplaceAll(reach.GetErasureMissing(), "_", " "))))
	}
}

// withIdentity says that identity was asked for with an export.
func withIdentity(x *tumenv1.ReachedExport) string {
	if x.GetMatter() || slices.Contains(x.GetClasses(), tumenv1.Protection_PROTECTION_IDENTITY) || slices.Contains(x.GetClasses(), tumenv1.Protection_PROTECTION_SOURCE_IDENTITY) {
		return ", with identity"
	}
	return ""
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprintf(": %s", reason)
}
