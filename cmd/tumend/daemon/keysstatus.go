package daemon

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"tumen/service/escrow"
)

// KeysStatus is what `tumend keys status` prints with --json.
type KeysStatus struct {
	Epoch      uint64         `json:"epoch"`          // the newest
	Made       time.Time      `json:"made"`           // when that epoch was made
	Turnover   bool           `json:"turnover"`       // one is under way: the epoch before still opens
	Root       string         `json:"root_key"`       // where the root key comes from
	SameDisk   bool           `json:"keys_with_data"` // in one file system: whoever takes it takes both
	Escrow     *EscrowStatus  `json:"escrow"`         // of this epoch; null: none
	Superseded []EscrowStatus `json:"superseded"`     // former shares, the oldest first
}

// EscrowStatus is a set of shares.
type EscrowStatus struct {
	Set        string    `json:"set"`
	Epoch      uint64    `json:"epoch"` // whose keys they restore
	Threshold  int       `json:"threshold"`
	Custodians []string  `json:"custodians"` // names, in the order of the shares
	Made       time.Time `json:"made"`
	Destroyed  []int     `json:"destroyed"` // shares that were confirmed to be
	// Missing is how many more confirmations it takes until too few shares are left.
	Missing int `json:"confirmations_missing"`
}

// keysStatus reads the keys and the book of their shares.
func keysStatus(ctx context.Context, s *Settings) (*KeysStatus, error) {
	keys, err := findKeys(ctx, s)
	if err != nil {
		return nil, err
	}
	root, err := loadRoot(s)
	if err != nil {
		return nil, err
	}
	book, err := escrow.Read(s.KeysDir)
	if err != nil {
		return nil, err
	}
	epoch := keys.Epoch().Status()
	status := &KeysStatus{
		Epoch: epoch.Number, Made: epoch.Made, Turnover: epoch.Turnover, Root: root.Source(),
		SameDisk: sameDisk(s.DataDir, s.KeysDir), Superseded: []EscrowStatus{},
	}
	former := book.Superseded
	if set := book.Current; set != nil && set.Epoch == epoch.Number {
		shown := escrowStatus(*set)
		status.Escrow = &shown
	} else if set != nil { // the turnover has not come to it yet
		former = append(former, *set)
	}
	for _, set := range former {
		status.Superseded = append(status.Superseded, escrowStatus(set))
	}
	return status, nil
}

func escrowStatus(set escrow.Set) EscrowStatus {
	shown := EscrowStatus{
		Set: set.ID, Epoch: set.Epoch, Threshold: set.Threshold, Custodians: []string{}, Made: set.Made,
		Destroyed: append([]int{}, set.Destroyed...), Missing: set.Missing(),
	}
	for _, custodian := range set.Custodians {
		shown.Custodians = append(shown.Custodians, custodian.Name)
	}
	return shown
}

// minutes is how times are shown.
const minutes = "2006-01-02 15:04 MST"

func (k *KeysStatus) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "epoch %d, made %s\n", k.Epoch, k.Made.Format(minutes))
	if k.Turnover {
		fmt.Fprintf(&b, "a turnover is under way: epoch %d still opens\n", k.Epoch-1)
	}
	fmt.Fprintf(&b, "root key: %s\n", k.Root)
	if k.Escrow == nil {
		b.WriteString("shares: none: if this machine is lost, so is everything\n")
	} else {
		fmt.Fprintf(&b, "shares: any %d of %d restore epoch %d: %s (set %s, made %s)\n",
			k.Escrow.Threshold, len(k.Escrow.Custodians), k.Escrow.Epoch, strings.Join(k.Escrow.Custodians, ", "), k.Escrow.Set, k.Escrow.Made.Format(minutes))
	}
	for _, set := range k.Superseded {
		b.WriteString(set.former())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// former says in a line whether superseded shares still restore anything.
func (e *EscrowStatus) former() string {
	line := fmt.Sprintf("former shares of epoch %d (set %s): %d of %d confirmed destroyed", e.Epoch, e.Set, len(e.Destroyed), len(e.Custodians))
	switch e.Missing {
	case 0:
		return line + ": too few are left to restore it\n"
	case 1:
		return line + ", recoverable by custodians until 1 more is\n"
	}
	return fmt.Sprintf("%s, recoverable by custodians until %d more are\n", line, e.Missing)
}
