package web_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// A form with a file may be long, but only from somebody who is known, and not in its
// fields: what a stranger sends to its address is neither kept in memory nor on the disk.
func TestStrangersCantFillTheMachineByWayOfUploads(t *testing.T) {
	p := start(t)
	one := strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n", 1<<14)
	named := "--x\r\nContent-Disposition: form-data; name=\"" + strings.Repeat("n", 1<<20) + "\"\r\n\r\n\r\n"
	file := "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\n" + strings.Repeat("y", 1<<20)
	for name, tc := range map[string]struct {
		begin  func() io.Reader
		origin string
	}{
		"many fields of nothing": {func() io.Reader { return strings.NewReader(strings.Repeat(one, 64)) }, ""},
		"fields with long names": {func() io.Reader { return strings.NewReader(strings.Repeat(named, 64)) }, ""},
		"a file from another site": {func() io.Reader {
			return io.MultiReader(strings.NewReader(file), bytes.NewReader(make([]byte, 64<<20)))
		}, "https://example.org"},
		"a long form from another site": {func() io.Reader { return strings.NewReader("a=" + strings.Repeat("y", 64<<20)) }, "https://example.org"},
	} {
		for _, path := range []string{"/sources/x/captures", "/cases/x/bulk"} {
			t.Run(name+" to "+path, func(t *testing.T) {
				var taken atomic.Int64
				r, err := http.NewRequest(http.MethodPost, p.url+path, counted{tc.begin(), &taken})
				ok(t, err)
				r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
				if strings.Contains(name, "long form") {
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				}
				if tc.origin != "" {
					r.Header.Set("Origin", tc.origin)
				}
				if reply, err := p.browser().http.Do(r); err == nil { // the server may have closed the connection before it was all sent
					reply.Body.Close()
					if reply.StatusCode < 300 {
						t.Error(reply.Status)
					}
				}
				if n := taken.Load(); n > 8<<20 {
					t.Errorf("%d bytes were taken", n)
				}
			})
		}
	}
}
