package verify

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Policy is whom a reader believes. It comes from outside the bag: a bag can't
// vouch for itself.
//
// As text it has one statement a line; what follows # is a comment:
//
//	log <verifier key>              a log, by its key (C2SP signed-note); one for each epoch
//	witness <name> <verifier key>   who cosigns checkpoints (C2SP tlog-cosignature); where it is
//	                                asked may follow, and is of no use here
//	quorum <n>                      so many of the witnesses must have cosigned
//
// There is at least one log. Where there are witnesses there is a quorum.
type Policy struct {
	logs      []logKey
	witnesses []note.Verifier
	quorum    int
}

// maxWitnesses is far below the signatures that note.Open reads.
const maxWitnesses = 32

var errQuorum = errors.New("where there are witnesses, a quorum line must say how many of them it takes")

// ParsePolicy reads a policy. It refuses what could be believed by mistake:
// unknown lines, a log or witness named twice, a quorum that can't be reached.
func ParsePolicy(text []byte) (*Policy, error) {
	p := &Policy{quorum: -1}
	names := map[string]bool{}
	for i, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := p.statement(words, names); err != nil {
			return nil, fmt.Errorf("policy, line %d: %w", i+1, err)
		}
	}
	switch {
	case len(p.logs) == 0:
		return nil, errors.New("policy: no log line names a key to verify with")
	case p.quorum < 0 && len(p.witnesses) > 0:
		return nil, fmt.Errorf("policy: %w", errQuorum)
	case p.quorum > len(p.witnesses):
		return nil, fmt.Errorf("policy: a quorum of %d of %d witnesses can't be reached", p.quorum, len(p.witnesses))
	}
	p.quorum = max(p.quorum, 0)
	return p, nil
}

func (p *Policy) statement(words []string, names map[string]bool) error {
	switch {
	case words[0] == "log" && len(words) == 2:
		key, err := newLogKey(words[1])
		if err != nil {
			return err
		}
		if p.log(key.Name()) != nil {
			return fmt.Errorf("the log %s is named twice", key.Name())
		}
		p.logs = append(p.logs, key)
	case words[0] == "witness" && (len(words) == 3 || len(words) == 4):
		w, err := newWitness(words[2])
		if err != nil {
			return err
		}
		// The same key under two names would count twice.
		if names[words[1]] || names[w.key] {
			return fmt.Errorf("the witness %s is named twice", words[1])
		}
		names[words[1]], names[w.key] = true, true
		if p.witnesses = append(p.witnesses, w); len(p.witnesses) > maxWitnesses {
			return fmt.Errorf("there are more than %d witnesses", maxWitnesses)
		}
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
		return errors.New("expected: log KEY, witness NAME KEY [URL], or quorum N")
	}
	return nil
}

// log is the log of that origin; nil if the policy does not know it.
func (p *Policy) log(origin string) *logKey {
	for i := range p.logs {
		if p.logs[i].Name() == origin {
			return &p.logs[i]
		}
	}
	return nil
}
