package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// pocketbasePeer is a running PocketBase and a client that keeps a connection
// for each caller.
type pocketbasePeer struct {
	records string // address of the collection
	token   string
	http    *http.Client
	made    atomic.Int64
}

// startPocketBase starts PocketBase, once, with subjects that lists can show.
func (l *lab) startPocketBase(ctx context.Context) (*pocketbasePeer, error) {
	if l.pocketbase != nil {
		return l.pocketbase, nil
	}
	dir, err := l.place("pocketbase")
	if err != nil {
		return nil, err
	}
	ready, err := l.peer(ctx, "pocketbase", "-dir", dir)
	if err != nil {
		return nil, err
	}
	address, token, _ := strings.Cut(ready, " ")
	p := &pocketbasePeer{
		records: "http://" + address + "/api/collections/claims/records", token: token,
		http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: maxCallers}},
	}
	if _, err := rateOf(ctx, perConnection, smallStore, p.create); err != nil {
		return nil, fmt.Errorf("filling PocketBase: %w", err)
	}
	l.pocketbase = p
	return p, nil
}

// create records what our CreateClaim records, field by field.
func (p *pocketbasePeer) create(ctx context.Context, _ int) error {
	n := p.made.Add(1)
	body, err := json.Marshal(map[string]any{
		"source": sourceKey(int(n)), "subject": subjectKey(int(n)), "aspect": "count", "stance": "asserts",
		"low": 540, "best": 600, "high": 660, "words": "about 600", "words_language": "en",
		"said_on": "2023-10-11", "speaker": "a spokesperson", "quote": prose(textSize), "quote_language": "en",
		"locator": "paragraph 3", "notes": prose(textSize), "reason": "recorded for the benchmark",
	})
	if err != nil {
		return err
	}
	return p.call(ctx, http.MethodPost, p.records, bytes.NewReader(body))
}

// list shows the first page of the claims on one subject, without counting the
// rest, which spares PocketBase a query.
func (p *pocketbasePeer) list(ctx context.Context, _ int) error {
	query := url.Values{
		"filter": {fmt.Sprintf("subject = %q", subjectKey(rand.IntN(subjects)))},
		"sort":   {"id"}, "perPage": {fmt.Sprint(pageSize)}, "skipTotal": {"1"},
	}
	return p.call(ctx, http.MethodGet, p.records+"?"+query.Encode(), nil)
}

func (p *pocketbasePeer) call(ctx context.Context, method, address string, body io.Reader) error {
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", p.token)
	request.Header.Set("Content-Type", "application/json")
	reply, err := p.http.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	said, err := io.ReadAll(reply.Body)
	if err == nil && reply.StatusCode != http.StatusOK {
		err = fmt.Errorf("PocketBase answered %s: %.200s", reply.Status, said)
	}
	return err
}

// Claims are spread over subjects and sources in the same way everywhere.
func subjectKey(n int) string { return fmt.Sprintf("subject-%05d", n%subjects) }
func sourceKey(n int) string  { return fmt.Sprintf("source-%03d", n%sources) }
