package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// maxText bounds what is read for a flag, in bytes; the contract's longest text
// has 20,000 characters.
const maxText = 1 << 20

// secretValue is a flag whose text never stands on the command line, where
// other users of the machine and the shell's history would see it. It is refused
// there before anything else is done.
type secretValue struct {
	values []string
	list   bool
	keyed  bool // WHAT=@…
}

// String implements pflag.Value.
func (v *secretValue) String() string { return strings.Join(v.values, " ") }

// Type implements pflag.Value; it is shown in help.
func (v *secretValue) Type() string {
	if v.keyed {
		return "WHAT=@FILE"
	}
	return "@-|@FILE|@edit"
}

// Set implements pflag.Value.
func (v *secretValue) Set(text string) error {
	where := text
	if v.keyed {
		_, where, _ = strings.Cut(text, "=")
	}
	if len(where) < 2 || where[0] != '@' {
		return errors.New("its text is never given as an argument, where others could read it: give @- for standard input, @FILE for a file, or @edit for your editor" + map[bool]string{true: ", after WHAT="}[v.keyed])
	}
	if !v.list {
		v.values = nil
	}
	v.values = append(v.values, text)
	return nil
}

// Append implements pflag.SliceValue.
func (v *secretValue) Append(text string) error { return v.Set(text) }

// Replace implements pflag.SliceValue.
func (v *secretValue) Replace(texts []string) error { v.values = texts; return nil }

// GetSlice implements pflag.SliceValue.
func (v *secretValue) GetSlice() []string { return slices.Clone(v.values) }

// sensitive reads the text of a flag that takes none as an argument: @- for
// standard input, @FILE, or @edit for the editor.
func (s *session) sensitive(ctx context.Context, flag, value string) (string, error) {
	switch {
	case value == "@-":
		return s.standardInput(flag)
	case value == "@edit":
		return s.edited(ctx, flag)
	case len(value) > 1 && value[0] == '@':
		f, err := os.Open(value[1:])
		if err != nil {
			return "", fmt.Errorf("--%s: %w", flag, err)
		}
		defer f.Close()
		return readText(flag, value[1:], f)
	}
	return "", usagef("--%s: give @-, @FILE or @edit", flag)
}

// checkInput refuses a command line on which two flags want standard input,
// before the first has read it.
func (s *session) checkInput(flags *pflag.FlagSet, bindings []binding) error {
	reader := s.inUsed
	for _, b := range bindings {
		given := flags.Lookup(b.flag)
		secret, ok := given.Value.(*secretValue)
		if !ok || !given.Changed {
			continue
		}
		for _, where := range secret.values {
			if b.keyed {
				_, where, _ = strings.Cut(where, "=")
			}
			if where != "@-" {
				continue
			}
			if reader != "" {
				return inputTaken(reader, b.flag)
			}
			reader = b.flag
		}
	}
	return nil
}

func inputTaken(reader, flag string) error {
	return usagef("standard input was already read for --%s: give --%s a file or @edit", reader, flag)
}

func (s *session) standardInput(flag string) (string, error) {
	if s.inUsed != "" {
		return "", inputTaken(s.inUsed, flag)
	}
	s.inUsed = flag
	return readText(flag, "standard input", s.in)
}

// noTextError says that a flag was given nothing: a pipe that broke or a file
// that was never filled, which must not pass for text or empty a field unsaid.
type noTextError struct{ message string }

func (e *noTextError) Error() string { return e.message }

// readText reads text and drops the line break at its end. where says where it
// is read from.
func readText(flag, where string, r io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return "", fmt.Errorf("--%s: %w", flag, err)
	}
	if len(raw) > maxText {
		return "", fmt.Errorf("--%s: the text is too long", flag)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return "", &noTextError{fmt.Sprintf("--%s: there is no text in %s; nothing is sent", flag, where)}
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r"), nil
}

// edited lets the user write the text in an editor. The file lies in a folder
// that only the user can enter, in memory where the system offers that, and is
// removed afterwards.
func (s *session) edited(ctx context.Context, flag string) (text string, err error) {
	editor := strings.Fields(firstOf(os.Getenv("VISUAL"), os.Getenv("EDITOR")))
	if len(editor) == 0 {
		return "", usagef("--%s @edit needs an editor: set EDITOR", flag)
	}
	folder, err := os.MkdirTemp(os.Getenv("XDG_RUNTIME_DIR"), "tumen-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, flag+".txt")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, editor[0], append(editor[1:], path)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.in, os.Stderr, s.err
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("--%s: the editor: %w", flag, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err = readText(flag, path, f)
	var none *noTextError
	if errors.As(err, &none) {
		err = &noTextError{fmt.Sprintf("--%s: nothing was written; nothing is sent", flag)}
	}
	return text, err
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
