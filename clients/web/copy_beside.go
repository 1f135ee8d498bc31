package web

import (
	"bytes"
	"context"
	"mime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// What a source says is typed beside its preserved copy. Plain text stands on the page,
// as text; anything else comes from strangers in a form that a browser would run or lay
// out, and is handed out as a file alone.
const (
	copyOfField  = "copy"      // which capture
	copyAtField  = "copy-page" // which part of it, from 1
	copyPart     = 48 << 10    // bytes of text on a page
	longestShown = 4 << 20     // bytes of a text that is shown at all
	copiesListed = 50
)

// copyBeside is what of a source's preserved copies stands beside a form.
type copyBeside struct {
	Source   string
	Language string
	Captures []*tumenv1.Capture
	More     bool // there are others

	Shown    *tumenv1.Capture // the one whose text follows; nil for none
	Text     string
	Part, Of int
	Unshown  string // why the one that was asked for is not shown
}

// Here says whether a capture is the one that is shown.
func (c *copyBeside) Here(of *tumenv1.Capture) bool {
	return c.Shown != nil && c.Shown.GetName() == of.GetName()
}

// Before and After are the parts beside the one that is shown.
func (c *copyBeside) Before() int { return c.Part - 1 }

// After is the next part.
func (c *copyBeside) After() int { return c.Part + 1 }

// Readable says whether the text of a capture can be shown.
func (c *copyBeside) Readable(of *tumenv1.Capture) bool { return readable(of) }

func readable(of *tumenv1.Capture) bool {
	kind, _, err := mime.ParseMediaType(of.GetMediaType())
	return err == nil && kind == "text/plain" && of.GetSize() <= longestShown
}

// copyFor is the preserved copy of the source that a form of a claim names; nil where it
// names none, or one without copies that the member sees.
func (v *visit) copyFor(ctx context.Context, k *entry.Kind, in string, texts entry.Texts) (*copyBeside, error) {
	if k.Name != "claim" || texts["source"] == "" || !v.may("SourceService/ListCaptures") {
		return nil, nil
	}
	name, problem := v.choices(ctx, in).named("Source", texts["source"])
	if problem != "" || labels.KindOf(name) != "Source" {
		return nil, nil
	}
	reply, err := v.site.conn.Sources.ListCaptures(ctx, &tumenv1.ListCapturesRequest{Parent: name, PageSize: copiesListed})
	if client.Unseen(err) || err == nil && len(reply.GetCaptures()) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := &copyBeside{Source: name, Captures: reply.GetCaptures(), More: reply.GetNextPageToken() != ""}
	if source, err := v.site.conn.Sources.GetSource(ctx, &tumenv1.GetSourceRequest{Name: name}); err == nil {
		c.Language = source.GetSource().GetLanguage()
	}
	return c, v.fillCopy(ctx, c)
}

// fillCopy reads the part of the text that is asked for.
func (v *visit) fillCopy(ctx context.Context, c *copyBeside) error {
	wanted := v.got(copyOfField)
	at := slices.IndexFunc(c.Captures, func(of *tumenv1.Capture) bool {
		return readable(of) && (wanted == "" || of.GetName() == wanted)
	})
	if at < 0 {
		return nil
	}
	var raw bytes.Buffer
	if _, err := v.site.conn.DownloadCapture(ctx, c.Captures[at].GetName(), &raw, client.Download{}); err != nil {
		if client.Unseen(err) {
			return nil
		}
		return err
	}
	text := strings.TrimPrefix(raw.String(), "\ufeff")
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		c.Unshown = v.say().Say("copy.no_text")
		return nil
	}
	parts := inParts(text, copyPart)
	part, _ := strconv.Atoi(v.got(copyAtField))
	part = max(min(part, len(parts)), 1)
	c.Shown, c.Text, c.Part, c.Of = c.Captures[at], parts[part-1], part, len(parts)
	return nil
}

// inParts cuts a text into parts of at most so many bytes: at the end of a line where
// there is one in the last half of a part, and never within a letter. At least one part.
func inParts(text string, most int) []string {
	var parts []string
	for len(text) > most {
		cut := most
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		if line := strings.LastIndexByte(text[:cut], '\n') + 1; line > most/2 {
			cut = line
		}
		parts, text = append(parts, text[:cut]), text[cut:]
	}
	return append(parts, text)
}
