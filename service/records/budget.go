package records

import (
	"bytes"
	"encoding/binary"
	"time"

	"tumen/storage"
)

// Budgets: on how many records a member was shown, on a day (UTC), who somebody is.
// There is one row for each member, of the last such day.

// budgetRow is rowBudget and the member.
func budgetRow(member ID) []byte { return append([]byte{rowBudget}, member[:]...) }

// dayOf counts days from the beginning of 1970.
func dayOf(t time.Time) uint64 { return uint64(t.UTC().Unix()) / (24 * 60 * 60) }

// parseBudget reads a row: the day, and how much of that day's budget is spent.
func parseBudget(value []byte) (day, spent uint64, err error) {
	day, n := binary.Uvarint(value)
	if n <= 0 {
		return 0, 0, errRow
	}
	spent, m := binary.Uvarint(value[n:])
	if m <= 0 || n+m != len(value) {
		return 0, 0, errRow
	}
	return day, spent, nil
}

// Spent is on how many records a member was shown, on the day of a moment, who
// somebody is.
func (v *View) Spent(member string, at time.Time) (int64, error) {
	k, err := v.Key(member, Member)
	if err != nil {
		return 0, err
	}
	value, err := v.get(budgetRow(k.ID))
	if value == nil || err != nil {
		return 0, err
	}
	day, spent, err := parseBudget(value)
	if err != nil || day != dayOf(at) {
		return 0, err
	}
	return int64(spent), nil
}

// Spend notes that a member is shown so many more records that tell who somebody is,
// and returns how many that makes today.
func (t *Tx) Spend(member string, records int) (today int64, err error) {
	spent, err := t.Spent(member, t.now)
	if err != nil {
		return 0, err
	}
	k, err := t.Key(member, Member)
	if err != nil {
		return 0, err
	}
	spent += int64(records)
	t.wrote.put(budgetRow(k.ID), binary.AppendUvarint(binary.AppendUvarint(nil, dayOf(t.now)), uint64(spent)))
	return spent, nil
}

// budget checks the row of a member's budget.
func (c *checker) budget(row storage.Row) error {
	if len(row.Key) != len(budgetRow(ID{})) {
		return c.stray(row)
	}
	if _, _, err := parseBudget(row.Value); err != nil {
		return c.stray(row)
	}
	value, err := c.view.getBase(currentKey(Key{Member, ID(bytes.Clone(row.Key[1:]))}))
	if err == nil && value == nil {
		c.problem("a budget of a member who isn't there: %x", row.Key[1:])
	}
	return err
}
