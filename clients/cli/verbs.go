package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/client"
)

// nounCommand is a kind of record with all that the contract lets one do to it.
func (s *session) nounCommand(n *noun) *cobra.Command {
	cmd := &cobra.Command{
		Use:   n.name,
		Short: n.short,
		Args:  cobra.NoArgs,
		RunE:  needsMore,
	}
	if client.Method(n.service, "List"+n.plural) != nil {
		cmd.AddCommand(s.listCommand(n))
	}
	cmd.AddCommand(s.readCommand(n))
	if client.Method(n.service, "Create"+n.message) != nil {
		cmd.AddCommand(s.addCommand(n))
	}
	if client.Method(n.service, "Update"+n.message) != nil {
		cmd.AddCommand(s.updateCommand(n))
	}
	for _, verb := range transitions(n) {
		cmd.AddCommand(s.transitionCommand(n, verb))
	}
	if n.extra != nil {
		cmd.AddCommand(n.extra(s, n)...)
	}
	return cmd
}

// needsMore ends a command that does nothing by itself.
func needsMore(cmd *cobra.Command, args []string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if len(args) > 0 {
		return usagef("%s knows no %s; one of %s", cmd.CommandPath(), visible(args[0]), strings.Join(names, ", "))
	}
	return usagef("%s needs one of %s", cmd.CommandPath(), strings.Join(names, ", "))
}

// nameArgument is how the positional argument that names a record is written in help.
func nameArgument(n *noun) string { return strings.ToUpper(n.name) }

func (s *session) readCommand(n *noun) *cobra.Command {
	return &cobra.Command{
		Use:   "show " + nameArgument(n),
		Short: "Show one",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			_, record, err := s.named(cmd.Context(), n, args[0])
			if err != nil {
				return err
			}
			return s.showRecord(cmd.Context(), n, record)
		}),
	}
}

// named connects, resolves the name of a record and reads it.
func (s *session) named(ctx context.Context, n *noun, text string) (string, protoreflect.Message, error) {
	if err := s.connect(ctx); err != nil {
		return "", nil, err
	}
	name, err := s.resolve(ctx, text, n.message)
	if err != nil {
		return "", nil, err
	}
	record, err := s.get(ctx, n, name)
	return name, record, err
}

// showRecord prints a record that was read.
func (s *session) showRecord(ctx context.Context, n *noun, record protoreflect.Message) error {
	if n.present != nil {
		return n.present(s, ctx, record.Interface())
	}
	if s.json {
		return s.out.document(record.Interface())
	}
	s.printRecord(ctx, record)
	return nil
}

func (s *session) addCommand(n *noun) *cobra.Command {
	use, args := "add", cobra.NoArgs
	if n.parent != "" {
		use, args = "add "+strings.ToUpper(n.parent), cobra.ExactArgs(1)
	}
	var reason string
	cmd := &cobra.Command{
		Use:   use,
		Short: "Record a new one",
		Long:  longHelp(n, "Record a new one."),
		Args:  args,
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			request := client.NewMessage("Create" + n.message + "Request")
			if err := s.setParent(ctx, n, request, args); err != nil {
				return err
			}
			record := client.NewMessage(n.message)
			if _, err := s.fill(cmd, n, record); err != nil {
				return err
			}
			setMessage(request, n.name, record)
			setString(request, "reason", firstOf(reason, "recorded with tumen"))
			return s.write(ctx, n, "Create"+n.message, "recorded", request)
		}),
	}
	s.declareRecord(cmd, n)
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the revision")
	return cmd
}

// longHelp says below what a command does how names are given, where it takes any.
func longHelp(n *noun, what string) string {
	for _, b := range n.flags {
		if strings.HasSuffix(b.flag, "names") {
			return what + "\n\n" + namesHelp()
		}
	}
	return what
}

func (s *session) setParent(ctx context.Context, n *noun, request protoreflect.Message, args []string) error {
	if n.parent == "" {
		return nil
	}
	parent, err := s.resolve(ctx, args[0], strings.ToUpper(n.parent[:1])+n.parent[1:])
	if err == nil {
		setString(request, "parent", parent)
	}
	return err
}

func (s *session) updateCommand(n *noun) *cobra.Command {
	var reason, etag string
	var clear []string
	cmd := &cobra.Command{
		Use:     "update " + nameArgument(n),
		Aliases: []string{"edit"},
		Short:   "Change the fields given; flags of a list replace it",
		Long:    longHelp(n, "Change the fields given; flags of a list replace it."),
		Args:    cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			_, record, err := s.named(cmd.Context(), n, args[0])
			if err != nil {
				return err
			}
			mask, err := s.fill(cmd, n, record)
			if err != nil {
				return err
			}
			request, err := updateRequest(n, record, mask, clear)
			if err != nil {
				return err
			}
			if etag != "" {
				setString(messageField(request, n.name), "etag", etag)
			}
			setString(request, "reason", firstOf(reason, "changed with tumen"))
			return s.write(cmd.Context(), n, "Update"+n.message, "changed", request)
		}),
	}
	s.declareRecord(cmd, n)
	cmd.Flags().StringArrayVar(&clear, "clear", nil, "empty this `FIELD`, named as in the contract (repeatable)")
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` that the change rests on, where not the one read now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the revision")
	return cmd
}

// updateRequest names the fields to change and carries nothing else of the
// record than its name and etag.
func updateRequest(n *noun, record protoreflect.Message, mask, clear []string) (protoreflect.Message, error) {
	for _, name := range clear {
		name = strings.ReplaceAll(name, "-", "_")
		fd := record.Descriptor().Fields().ByName(protoreflect.Name(name))
		if fd == nil {
			return nil, usagef("--clear: %s has no field %s", n.name, visible(name))
		}
		record.Clear(fd)
		mask = append(mask, name)
	}
	if len(mask) == 0 {
		return nil, usagef("nothing to change: give a field's flag, or --clear FIELD")
	}
	request := client.NewMessage("Update" + n.message + "Request")
	sent := client.NewMessage(n.message)
	for _, name := range append([]string{"name", "etag"}, mask...) {
		if fd := field(record, name); record.Has(fd) {
			sent.Set(fd, record.Get(fd))
		}
	}
	setMessage(request, n.name, sent)
	paths := request.Mutable(field(request, "update_mask")).Message()
	list := paths.Mutable(field(paths, "paths")).List()
	for _, path := range mask {
		list.Append(protoreflect.ValueOfString(path))
	}
	return request, nil
}

// transition is a verb that needs nothing but the record's name, etag and a reason.
type transition struct {
	verb   string
	method string
}

// transitions reads them off the contract: DeleteCase, CloseCase, OpenFinding.
func transitions(n *noun) []transition {
	var found []transition
	methods := client.Method(n.service, "Get"+n.message).Parent().(protoreflect.ServiceDescriptor).Methods()
	for i := range methods.Len() {
		m := methods.Get(i)
		verb, matches := strings.CutSuffix(string(m.Name()), n.message)
		fields := m.Input().Fields()
		if matches && !m.IsStreamingClient() && fields.Len() == 4 && fields.ByName("name") != nil && fields.ByName("etag") != nil {
			found = append(found, transition{strings.ToLower(verb), string(m.Name())})
		}
	}
	return found
}

var transitionHelp = map[string]string{
	"delete":   "Delete one; it can be undeleted",
	"undelete": "Take a deletion back",
	"close":    "Close one",
	"reopen":   "Open a closed or decided one again",
	"retract":  "Take a claim back; it stays readable",
	"open":     "Open the review of a reported finding",
	"approve":  "Approve a proposed outcome",
	"return":   "Return a proposal to review",
	"confirm":  "Confirm what another member asked to erase: it is gone at once",
	"withdraw": "Take back what nobody has confirmed",
	"revoke":   "Take one back: the next call of who had it finds nothing",
}

// needReason are the verbs after which somebody will ask why.
var needReason = map[string]bool{"delete": true, "retract": true, "return": true, "reopen": true, "confirm": true, "withdraw": true, "revoke": true}

func (s *session) transitionCommand(n *noun, t transition) *cobra.Command {
	var reason, etag string
	cmd := &cobra.Command{
		Use:   t.verb + " " + nameArgument(n),
		Short: transitionHelp[t.verb],
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if reason == "" && needReason[t.verb] {
				return usagef("why? Give --reason")
			}
			request := client.NewMessage(string(client.Method(n.service, t.method).Input().Name()))
			if err := s.addressed(cmd.Context(), n, request, args[0], etag, firstOf(reason, t.verb+" with tumen")); err != nil {
				return err
			}
			return s.write(cmd.Context(), n, t.method, t.verb, request)
		}),
	}
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` that the change rests on, where not the one read now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the revision")
	return cmd
}

// addressed fills in which record a request is about, as last read, and why.
func (s *session) addressed(ctx context.Context, n *noun, request protoreflect.Message, text, etag, reason string) error {
	name, record, err := s.named(ctx, n, text)
	if err != nil {
		return err
	}
	setString(request, "name", name)
	setString(request, "etag", firstOf(etag, getString(record, "etag")))
	setString(request, "reason", reason)
	return nil
}

// write sends a change and prints the record as it is now.
func (s *session) write(ctx context.Context, n *noun, methodName, done string, request protoreflect.Message) error {
	reply, err := s.conn.Call(ctx, n.service, methodName, request)
	if err != nil {
		return err
	}
	changed := messageField(reply, n.name)
	if s.json {
		return s.out.document(changed.Interface())
	}
	s.out.line("%s %s (revision %d)", visible(getString(changed, "name")), pastTense(done), changed.Get(field(changed, "revision")).Int())
	return nil
}

// pastTense says of a verb that it was done.
func pastTense(verb string) string {
	switch {
	case verb == "withdraw":
		return "withdrawn"
	case strings.HasSuffix(verb, "ed"):
		return verb
	case strings.HasSuffix(verb, "e"):
		return verb + "d"
	}
	return verb + "ed"
}
