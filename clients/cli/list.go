package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// filterHelp says what the filters of lists do; the contract decides which list
// has which.
var filterHelp = map[string]string{
	"show_deleted": "deleted ones too",
	"within":       "only what happened, or began and ended, within this `EDTF` period",
	"ongoing_in":   "only lasting acts under way in this `EDTF` period",
	"place":        "only at this `PLACE` or inside it",
	"act":          "only with this `ACT` (code)",
	"outcome":      "only where the finding on the occurrence has this `STATE`",
	"source":       "only with an active claim of this `SOURCE`",
	"owner":        "only of this `ORGANISATION`",
	"marking":      "only with this `MARKING`",
	"external_id":  "only the one called so: `ISSUER:ID`",
	"stale":        "only where a finding is stale",
	"assignee":     "only assigned to this `MEMBER`",
	"state":        "only in this `STATE`",
	"event":        "only in this `EVENT`",
	"person":       "only of this `PERSON`",
	"kind":         "only of this `KIND`",
	"case":         "only with a claim in this `CASE`",
	"record":       "only those of this `RECORD`",
	"subject":      "only on this `SUBJECT`",
	"aspect":       "only on this `ASPECT`",
	"stance":       "only with this `STANCE`",
	"query":        "only whose name, in any script, begins with this `TEXT`",
	"contained_in": "only inside this `PLACE`",
	"vocabulary":   "only of this `LIST`",
	"sent":         "those that your organisation has sent, instead of those to it",
	"to_me":        "those to you or your organisation, instead of those that it has made",
}

// filters are the bindings of a list request's fields.
func filters(request protoreflect.MessageDescriptor) []binding {
	var bindings []binding
	for i := range request.Fields().Len() {
		fd := request.Fields().Get(i)
		name := string(fd.Name())
		switch name {
		case "parent", "page_size", "page_token":
			continue
		}
		b := binding{flag: kebab(name), path: name, help: filterHelp[name], bare: fd.Kind() == protoreflect.BoolKind}
		if name == "external_id" {
			b.set = setExternalID
		}
		bindings = append(bindings, b)
	}
	return bindings
}

func kebab(name string) string { return strings.ReplaceAll(name, "_", "-") }

func (s *session) listCommand(n *noun) *cobra.Command {
	method := "List" + n.plural
	bindings := filters(client.NewMessage(method + "Request").Descriptor())
	use, args := "list", cobra.NoArgs
	if n.parent != "" {
		use, args = "list ["+strings.ToUpper(n.parent)+"]", cobra.MaximumNArgs(1)
	}
	var limit int
	cmd := &cobra.Command{
		Use:   use,
		Short: "List those that all filters fit",
		Args:  args,
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			request := client.NewMessage(method + "Request")
			if n.parent != "" {
				setString(request, "parent", n.parent+"s/-")
				if len(args) > 0 {
					if err := s.setParent(ctx, n, request, args); err != nil {
						return err
					}
				}
			}
			in := &input{ctx: ctx, s: s, message: request}
			if _, err := in.apply(cmd.Flags(), bindings); err != nil {
				return err
			}
			return s.list(ctx, n.service, method, request, limit, n.columns, n.flex)
		}),
	}
	s.declare(cmd, bindings, client.NewMessage(method+"Request").Descriptor())
	limitFlag(cmd, &limit)
	return cmd
}

// list walks all pages and prints what is on them.
func (s *session) list(ctx context.Context, service, method string, request protoreflect.Message, limit int, columns []column, flex ...int) error {
	p := s.listPrinter(request, method, columns, flex)
	request.Set(field(request, "page_size"), protoreflect.ValueOfInt32(pageSize(limit)))
	for {
		reply, err := s.conn.Call(ctx, service, method, request)
		if err != nil {
			p.table.flush()
			return err
		}
		more, err := p.page(ctx, reply, limit)
		next := getString(reply, "next_page_token")
		if err != nil || !more || next == "" || s.out.err != nil {
			if err == nil {
				p.end()
			}
			return err
		}
		setString(request, "page_token", next)
	}
}

// limitFlag declares --limit.
func limitFlag(cmd *cobra.Command, limit *int) {
	cmd.Flags().Var((*most)(limit), "limit", "at most `N`; 0 means all")
}

// most is a number of items to stop at.
type most int

// String implements pflag.Value.
func (m *most) String() string { return strconv.Itoa(int(*m)) }

// Type implements pflag.Value.
func (m *most) Type() string { return "N" }

// Set implements pflag.Value.
func (m *most) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return errors.New("a whole number from 0 is expected")
	}
	*m = most(n)
	return nil
}

// pageSize asks for no more than is wanted.
func pageSize(limit int) int32 {
	if limit > 0 && limit < 200 {
		return int32(limit)
	}
	return 200
}

// listPrinter prints a list as it arrives, as a table or as JSON.
type listPrinter struct {
	s       *session
	columns []column
	table   *table
	json    *jsonList
	items   protoreflect.Name // the field of a page that holds its items
	match   bool              // an item is a match, which holds the record and says how sure it is
	count   int
}

func (s *session) listPrinter(request protoreflect.Message, method string, columns []column, flex []int) *listPrinter {
	p := &listPrinter{s: s, columns: columns}
	fields := client.NewMessage(method + "Response").Descriptor().Fields()
	items := fields.Get(0)
	p.items = items.Name()
	p.match = items.Message().Fields().ByName("dating") != nil
	if p.match && (getString(request, "within") != "" || getString(request, "ongoing_in") != "") {
		p.columns = append([]column{{title: "DATED"}}, columns...)
		for i := range flex {
			if flex[i] >= 0 {
				flex[i]++
			}
		}
	}
	var titles []string
	for _, c := range p.columns {
		titles = append(titles, c.title)
	}
	p.table = s.out.table(flex, titles...)
	if s.json {
		p.json = s.out.jsonList(items.JSONName())
	}
	return p
}

// page prints the items of a page and says whether more are wanted.
func (p *listPrinter) page(ctx context.Context, reply protoreflect.Message, limit int) (bool, error) {
	items := reply.Get(reply.Descriptor().Fields().ByName(p.items)).List()
	p.lookUp(ctx, items)
	for i := range items.Len() {
		if limit > 0 && p.count == limit {
			break
		}
		p.count++
		item := items.Get(i).Message()
		if p.json != nil {
			if err := p.json.add(item.Interface()); err != nil {
				return false, err
			}
			continue
		}
		p.table.add(p.cells(item)...)
	}
	p.table.flush()
	return limit == 0 || p.count < limit, nil
}

// cells are the columns of an item, which is a record or a match that holds one.
func (p *listPrinter) cells(item protoreflect.Message) []string {
	var cells []string
	columns := p.columns
	if columns[0].title == "DATED" {
		cells = append(cells, words(tumenv1.Dating(item.Get(field(item, "dating")).Enum())))
		columns = columns[1:]
	}
	record := p.record(item)
	for _, c := range columns {
		if c.named != nil {
			cells = append(cells, c.named(record, p.s.register))
			continue
		}
		cells = append(cells, c.cell(record))
	}
	return cells
}

// record is what an item is about: itself, or what a match holds.
func (p *listPrinter) record(item protoreflect.Message) proto.Message {
	if p.match {
		item = item.Get(item.Descriptor().Fields().Get(0)).Message()
	}
	return item.Interface()
}

// lookUp asks what those are called that the cells of a page call by name.
func (p *listPrinter) lookUp(ctx context.Context, items protoreflect.List) {
	if p.json != nil {
		return
	}
	var names []string
	for _, c := range p.columns {
		for i := 0; c.refers != nil && i < items.Len(); i++ {
			names = append(names, c.refers(p.record(items.Get(i).Message()))...)
		}
	}
	p.s.register.lookUp(ctx, names...)
}

func (p *listPrinter) end() {
	switch {
	case p.json != nil:
		p.json.end()
	case p.count == 0:
		fmt.Fprintln(p.s.err, "none")
	}
}

func count64(n int64) string { return strconv.FormatInt(n, 10) }
