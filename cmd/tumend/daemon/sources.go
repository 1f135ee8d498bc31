package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 1 << 20

// addFlags adds the flags of settings to a command: all of them, or those of
// use to a local command.
func addFlags(flags *pflag.FlagSet, all bool) {
	flags.String("config", "", "configuration `FILE` (YAML)")
	for _, s := range settings {
		switch usage := s.usage + " ($" + s.env() + ")"; {
		case !all && !s.local:
		case s.isSwitch():
			flags.Bool(s.flag(), false, usage)
		default:
			flags.String(s.flag(), s.fallback, usage)
		}
	}
}

// LoadSettings gathers the settings: a flag goes before an environment variable
// (TUMEN_…, as named by the help), that before the configuration file that
// --config names, and that before the default. An error names where the faulty
// value stands; a variable that looks like a setting and is none is one, too.
// environ is os.Environ().
func LoadSettings(flags *pflag.FlagSet, environ []string) (*Settings, error) {
	variables, err := readEnvironment(environ)
	if err != nil {
		return nil, err
	}
	file := map[string]string{}
	if path, _ := flags.GetString("config"); path != "" {
		if file, err = readConfig(path); err != nil {
			return nil, fmt.Errorf("configuration file %s: %w", path, err)
		}
	}
	s := new(Settings)
	for _, one := range settings {
		value, where := one.fallback, "default of "+one.key
		if v, ok := file[one.key]; ok {
			value, where = v, one.key+" in the configuration file"
		}
		if v, ok := variables[one.env()]; ok {
			value, where = v, "$"+one.env()
		}
		if f := flags.Lookup(one.flag()); f != nil && f.Changed {
			value, where = f.Value.String(), "--"+one.flag()
		}
		if err := one.set(s, value); err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
	}
	return s, s.Complete()
}

// readBounded reads a file of the size that configurations and policies have.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = errors.New("it is larger than any such file")
	}
	return text, err
}

func readConfig(path string) (map[string]string, error) {
	raw, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	return parseConfig(raw)
}

// parseConfig reads a configuration: one YAML mapping from the keys of settings
// to a scalar or a list of scalars. It gives the values as a flag would have
// them. Unknown and repeated keys are errors, with their line.
func parseConfig(raw []byte) (map[string]string, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("one document is expected, and there is more")
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: settings are expected, as key: value", root.Line)
	}
	values := map[string]string{}
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if !known(key.Value) {
			return nil, fmt.Errorf("line %d: there is no setting %q", key.Line, key.Value)
		}
		if _, twice := values[key.Value]; twice {
			return nil, fmt.Errorf("line %d: %s is stated twice", key.Line, key.Value)
		}
		s, err := scalar(value)
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", value.Line, key.Value, err)
		}
		values[key.Value] = s
	}
	return values, nil
}

func known(key string) bool {
	for _, s := range settings {
		if s.key == key {
			return true
		}
	}
	return false
}

// scalar is the value of a node as a flag would have it.
func scalar(n *yaml.Node) (string, error) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		return n.Value, nil
	case n.Kind == yaml.SequenceNode:
		var parts []string
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
				return "", errors.New("a list of plain values is expected")
			}
			parts = append(parts, item.Value)
		}
		return strings.Join(parts, ","), nil
	}
	return "", errors.New("a value is expected; leave the line out for the default")
}
