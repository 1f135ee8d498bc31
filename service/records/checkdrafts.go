package records

import "tumen/storage"

// ownDrafts checks the rows of drafts: each head has its key and its content, and no
// content lies there alone.
func (c *checker) ownDrafts(r storage.Range) error {
	heads, texts := 0, 0
	err := c.each(func(row storage.Row) error {
		if len(row.Key) == 2+16 && row.Key[1] == draftText {
			texts++
			return nil
		}
		member, id, ok := parseDraftHeadKey(row.Key)
		if !ok {
			return c.stray(row)
		}
		heads++
		return c.ownDraft(member, id, row.Value)
	})(r)
	if err == nil && texts > heads {
		c.problem("drafts: there are %d contents, and %d drafts", texts, heads)
	}
	return err
}

func (c *checker) ownDraft(member, id ID, row []byte) error {
	d, err := c.view.openDraft(member, id, row)
	if err == nil && d == nil {
		return nil // told with the keys
	}
	var text []byte
	if err == nil {
		text, err = c.view.typed(member, id, d.GetSaves())
	}
	if err == nil && int64(len(text)) != d.GetDraft().GetSize() {
		err = errRow
	}
	if IsDamage(err) {
		c.problem("draft %x: it can't be read", id)
		return nil
	}
	return err
}
