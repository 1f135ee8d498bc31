package flagtable

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

func TestEachFlagHasItsRowAndEachRowItsFlag(t *testing.T) {
	program := func() *cobra.Command {
		root, below := &cobra.Command{Use: "p"}, &cobra.Command{Use: "below", Run: func(*cobra.Command, []string) {}}
		root.AddCommand(below)
		below.Flags().String("name", "x", "")
		below.Flags().StringArray("many", nil, "")
		return root
	}
	const heading, name, many = "### p\n\n| flag | unless stated | why |\n|---|---|---|\n", "| `--name` | `x` | because |\n", "| `--many` | none | because |\n"
	for _, tc := range []struct {
		name, document string
		want           []string
	}{
		{"all there", "\n" + heading + name + many, nil},
		{"the rest in one row", "\n" + heading + name + "| every other flag | none | because |\n", nil},
		{"a flag too many", "\n" + heading + name, []string{`p below --many, "[]" unless stated, has no row`}},
		{"another default", "\n" + heading + "| `--name` | `y` | because |\n" + many, []string{`no flag is "name y"`, `p below --name, "x" unless stated, has no row`}},
		{"no default is not every default", "\n" + heading + "| every other flag | none | because |\n", []string{`p below --name, "x" unless stated, has no row`}},
		{"no reason", "\n" + heading + "| `--name` | `x` |  |\n" + many, []string{`"name x" says no reason`}},
		{"under another heading", "\n### q\n" + name + "\n" + heading + many, []string{`p below --name, "x" unless stated, has no row`}},
		{"beyond the section", "\n" + heading + many + "\n## q\n" + name, []string{`p below --name, "x" unless stated, has no row`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Faults(tc.document, "### p", program()); !slices.Equal(got, tc.want) {
				t.Errorf("%q\nwant %q", got, tc.want)
			}
		})
	}
}
