package cli

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/client"
)

// nameForm is how names are given, of persons, places and terms alike.
const nameForm = `Names are given as LANGUAGE=NAME: ko=훈춘. What else is known of a name stands
before the = as well: ko,script:Latn,romanisation:mccune-reischauer,kind:alias=NAME.
Script (ISO 15924) and kind (%s)
are for names of persons. Without a language, write NAME alone, or =NAME where
there is an = in it.`

// namesHelp is nameForm with the kinds of name.
func namesHelp() string {
	kind := client.NewMessage("PersonName").Descriptor().Fields().ByName("kind")
	return fmt.Sprintf(nameForm, strings.Join(choices(kind), ", "))
}

// setNames reads names or labels, each in the form of nameForm. Sensitive ones
// come from a text with one in each line.
func setNames(in *input, b *binding, values []string) error {
	m, fd := in.at(b.path)
	if b.secret {
		values = linesOf(values)
	}
	for i, text := range values {
		name := m.Mutable(fd).List().NewElement().Message()
		if wrong := in.readName(name, b, text); wrong != "" {
			if b.secret {
				return usagef("--%s, name %d: %s", b.flag, i+1, wrong) // and nothing of its text
			}
			return usagef("--%s: %q: %s", b.flag, visible(text), wrong)
		}
		m.Mutable(fd).List().Append(protoreflect.ValueOfMessage(name))
	}
	return nil
}

// readName reads one name and says what is wrong with it.
func (in *input) readName(name protoreflect.Message, b *binding, text string) (wrong string) {
	about, own, found := strings.Cut(text, "=")
	if !found {
		about, own = "", text
	}
	if own = strings.TrimSpace(own); own == "" {
		return "there is no name after the ="
	}
	setString(name, "text", own)
	for i, part := range strings.Split(about, ",") {
		part = strings.TrimSpace(part)
		what, value, told := strings.Cut(part, ":")
		fd := name.Descriptor().Fields().ByName(protoreflect.Name(what))
		switch {
		case i == 0 && !told && !strings.Contains(part, " "):
			if part != "" {
				setString(name, "language", part)
			}
		case !told || fd == nil || what == "text" || value == "":
			return "what stands before the = is LANGUAGE, or LANGUAGE and " + strings.Join(nameParts(name), ", ")
		default:
			v, err := in.scalar(b.flag, fd, value)
			if err != nil {
				return "kind is one of " + strings.Join(choices(fd), ", ") // the only one that is no text
			}
			name.Set(fd, v)
		}
	}
	return ""
}

// nameParts are what can be said of such a name beside its language.
func nameParts(name protoreflect.Message) []string {
	var parts []string
	fields := name.Descriptor().Fields()
	for i := range fields.Len() {
		if n := string(fields.Get(i).Name()); n != "text" && n != "language" {
			parts = append(parts, n+":"+strings.ToUpper(n))
		}
	}
	return parts
}

// linesOf are the lines of texts that hold something.
func linesOf(texts []string) []string {
	var lines []string
	for line := range strings.Lines(strings.Join(texts, "\n")) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
