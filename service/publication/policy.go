package publication

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"tumen/service/ledger"
)

// Policy says who has to have cosigned a checkpoint before it is published. It has
// the form of the policy that `tumen verify` reads, one statement a line; what
// follows # is a comment:
//
//	log <verifier key>                    a log, by its key; where there are any, ours is one of them
//	witness <name> <verifier key> <url>   who cosigns, and where: <url>/add-checkpoint
//	quorum <n>                            so many of the witnesses must have cosigned
//
// Without any witness, the ledger's own signature is enough.
type Policy struct {
	logs      []string
	witnesses []*witness
	quorum    int
}

// witness is somebody who cosigns.
type witness struct {
	*ledger.Witness
	label string // as the policy calls it
	url   string // without a slash at its end
}

// maxWitnesses is far below the signatures that readers of notes take.
const maxWitnesses = 32

// ParsePolicy reads a policy. It refuses what could be relied on by mistake:
// unknown lines, a witness named twice or without a URL, a quorum that is missing
// or can't be reached.
func ParsePolicy(text []byte) (*Policy, error) {
	p := &Policy{quorum: -1}
	for i, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := p.statement(words); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	switch {
	case p.quorum < 0 && len(p.witnesses) > 0:
		return nil, errors.New("where there are witnesses, a quorum line must say how many of them it takes")
	case p.quorum > len(p.witnesses):
		return nil, fmt.Errorf("a quorum of %d of %d witnesses can't be reached", p.quorum, len(p.witnesses))
	}
	p.quorum = max(p.quorum, 0)
	return p, nil
}

func (p *Policy) statement(words []string) error {
	switch {
	case words[0] == "log" && len(words) == 2:
		p.logs = append(p.logs, words[1])
	case words[0] == "witness" && len(words) == 3:
		return fmt.Errorf("the witness %s has no URL, at which it is asked: witness NAME KEY URL", words[1])
	case words[0] == "witness" && len(words) == 4:
		return p.witness(words[1], words[2], words[3])
	case words[0] == "quorum" && len(words) == 2:
		n, err := strconv.Atoi(words[1])
		if err != nil || n < 0 || strconv.Itoa(n) != words[1] {
			return errors.New("quorum takes a number")
		}
		if p.quorum >= 0 {
			return errors.New("there is a quorum already")
		}
		p.quorum = n
	default:
		return errors.New("expected: log KEY, witness NAME KEY URL, or quorum N")
	}
	return nil
}

func (p *Policy) witness(label, key, at string) error {
	w, err := ledger.NewWitness(key)
	if err != nil {
		return err
	}
	for _, other := range p.witnesses {
		// The same key under two names would count twice.
		if other.label == label || other.Key() == w.Key() {
			return fmt.Errorf("the witness %s is named twice", label)
		}
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("the URL of the witness %s is not that of a witness: https://HOST/PATH", label)
	}
	if p.witnesses = append(p.witnesses, &witness{w, label, strings.TrimSuffix(at, "/")}); len(p.witnesses) > maxWitnesses {
		return fmt.Errorf("there are more than %d witnesses", maxWitnesses)
	}
	return nil
}

// fits refuses a policy about other logs than that with this key.
func (p *Policy) fits(verifierKey string) error {
	for _, key := range p.logs {
		if key == verifierKey {
			return nil
		}
	}
	if len(p.logs) == 0 {
		return nil
	}
	return fmt.Errorf("none of its logs is this server's: log %s", verifierKey)
}
