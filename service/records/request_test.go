package records

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

const someRequest = "9c9f7d9e-93b1-4d8a-a4f7-6d83f3c2a1b0"

// once makes a source under a request id.
func (o *office) once(edit func(*Author)) (Result, int, error) {
	a := o.author()
	a.RequestID, a.Payload = someRequest, []byte("digest")
	if edit != nil {
		edit(&a)
	}
	runs := 0
	r, err := o.store.Change(context.Background(), a, func(tx *Tx) error {
		runs++
		s := &tumenv1.Source{Kind: "x", Title: "y"}
		if err := tx.Create(s, ""); err != nil {
			return err
		}
		tx.Names(o.matter, s.GetName())
		tx.Extra([]byte("extra"))
		return nil
	})
	return r, runs, err
}

func TestRepeatedRequest(t *testing.T) {
	o := openOffice(t, nil)
	first, _, err := o.once(nil)
	must(t, err)
	if first.Repeated || first.Record(first.Names[1]) == nil {
		t.Errorf("first: %+v", first)
	}
	for _, c := range []struct {
		name   string
		edit   func(*Author)
		reason string // of the refusal
		fresh  bool   // it is another call
	}{
		{"the same call", nil, "", false},
		{"the same call for another reason", func(a *Author) { a.Reason = "again" }, "", false},
		{"another payload", func(a *Author) { a.Payload = []byte("other") }, "REQUEST_ID_REUSED", false},
		{"another method", func(a *Author) { a.Method = "SourceService/Other" }, "REQUEST_ID_REUSED", false},
		{"bytes moved from payload to method", func(a *Author) { a.Method += "d"; a.Payload = a.Payload[1:] }, "REQUEST_ID_REUSED", false},
		{"another member", func(a *Author) { a.Member = o.org + "/members/x" }, "", true},
		{"another id", func(a *Author) { a.RequestID = "6d83f3c2-93b1-4d8a-a4f7-9c9f7d9e0001" }, "", true},
		{"no id", func(a *Author) { a.RequestID = "" }, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, runs, err := o.once(c.edit)
			switch {
			case c.reason != "":
				if runs != 0 || reasonOf(t, err) != c.reason {
					t.Errorf("%v, run %d times", err, runs)
				}
			case err != nil:
				t.Error(err)
			case c.fresh:
				if runs != 1 || r.Repeated || r.Names[1] == first.Names[1] {
					t.Errorf("%+v, run %d times", r, runs)
				}
			default:
				if runs != 0 || !r.Repeated || !slices.Equal(r.Names, first.Names) || !slices.Equal(r.Revisions, []int64{0, 1}) || string(r.Extra) != "extra" {
					t.Errorf("%+v, run %d times", r, runs)
				}
			}
		})
	}
}

// TestRequestRemembersOnlyWhatWasDone: after an error the same id may be used
// again, also with another payload.
func TestRequestRemembersOnlyWhatWasDone(t *testing.T) {
	o := openOffice(t, nil)
	a := o.author()
	a.RequestID = someRequest
	failed := errors.New("failed")
	if _, err := o.store.Change(context.Background(), a, func(*Tx) error { return failed }); err != failed {
		t.Fatal(err)
	}
	if r, _, err := o.once(nil); err != nil || r.Repeated {
		t.Errorf("%+v %v", r, err)
	}
	// A call that wrote no record has been done all the same.
	a.RequestID = "another"
	for i := range 2 {
		r, err := o.store.Change(context.Background(), a, func(*Tx) error { return nil })
		if err != nil || r.Repeated != (i == 1) {
			t.Errorf("%+v %v", r, err)
		}
	}
}

// TestConcurrentRequests: of many calls under one id, one is done, and all are
// told the same.
func TestConcurrentRequests(t *testing.T) {
	o := openOffice(t, nil)
	results := make([]Result, 24)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			var err error
			if results[i], _, err = o.once(nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	first := 0
	for _, r := range results {
		if !r.Repeated {
			first++
		}
		if !slices.Equal(r.Names, results[0].Names) {
			t.Errorf("%v, %v", r.Names, results[0].Names)
		}
	}
	if first != 1 {
		t.Errorf("%d calls were the first", first)
	}
	if n := len(titles(o)); n != 2 { // with the one that was there
		t.Errorf("%d sources", n)
	}
}

func TestRequestExtraIsBounded(t *testing.T) {
	o := openOffice(t, nil)
	a := o.author()
	a.RequestID = someRequest
	if _, err := o.store.Change(context.Background(), a, func(tx *Tx) error { tx.Extra(make([]byte, maxExtra+1)); return nil }); err == nil {
		t.Error("taken")
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendBytes(appendBytes(appendBytes(nil, []byte("digest")), []byte("cases/x")), nil))
	f.Add(appendBytes(appendResulted(appendBytes(nil, []byte("digest")), "cases/x", 300), []byte("extra")))
	f.Fuzz(func(t *testing.T, value []byte) {
		r, err := parseRequest(value)
		if err != nil {
			if !errors.Is(err, storage.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again := appendBytes(nil, r.digest)
		for i, n := range r.names {
			again = appendResulted(again, n, r.revisions[i])
		}
		if r2, err := parseRequest(appendBytes(again, r.extra)); err != nil || !slices.Equal(r2.names, r.names) || !slices.Equal(r2.revisions, r.revisions) || string(r2.extra) != string(r.extra) {
			t.Fatalf("%+v, %+v, %v", r, r2, err)
		}
	})
}
