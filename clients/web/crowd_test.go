package web_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"tumen/clients/client"
	"tumen/clients/web"
)

// Fifty people who click at once are all served, each with their own pages.
func TestFiftyPeopleAtOnceAreServed(t *testing.T) {
	o := startOctober(t)
	members := []string{"case-worker", "reviewer", "reviewer-2"}
	paths := []string{"/", "/cases", o.path("/{october-2023}"), o.path("/{E1/count}"), o.path("/{S6}")}
	var people []*browser
	for i := range 50 {
		people = append(people, o.signedIn(members[i%len(members)], []string{"en", "ko", "zh-Hans"}[i%3]))
	}
	var g errgroup.Group
	for i, b := range people {
		g.Go(func() error {
			for j := range paths {
				path := paths[(i+j)%len(paths)]
				r, err := http.NewRequest(http.MethodGet, b.url+path, nil)
				if err != nil {
					return err
				}
				if reply := b.do(r); reply.StatusCode != http.StatusOK {
					t.Errorf("%s: %s", path, reply.Status)
				}
				b.shows(members[i%len(members)])
			}
			return nil
		})
	}
	ok(t, g.Wait())
}

// BenchmarkCasePage tells how long the case page of October takes, and how many times
// as long as the calls that it makes, one after the other.
func BenchmarkCasePage(b *testing.B) {
	calls := &callsMade{}
	o := startOctober(b)
	o.open(func(c *web.Config) {
		c.Dial = append(c.Dial, client.WithDialOptions(grpc.WithChainUnaryInterceptor(calls.unary)))
		c.Demonstration = []web.Member{{Name: "case-worker", Token: o.profiles["case-worker"].Token}}
	})
	person := o.signedIn("case-worker", "en")
	path := o.path("/{october-2023}")
	person.get(path)
	calls.begin()
	person.get(path)
	made := calls.end()
	conn := o.as("case-worker")
	for b.Loop() {
		person.get(path)
	}
	page := b.Elapsed() / time.Duration(b.N)
	began := time.Now()
	const rounds = 20
	for range rounds {
		for _, call := range made {
			ok(b, conn.Invoker().Invoke(b.Context(), call.method, call.request, proto.Clone(call.reply)))
		}
	}
	alone := time.Since(began) / rounds
	b.ReportMetric(float64(page)/float64(alone), "x-of-calls")
	b.ReportMetric(float64(len(made)), "calls")
}

// BenchmarkFiftyPeople has fifty people ask for pages as fast as they are served.
func BenchmarkFiftyPeople(b *testing.B) {
	o := startOctober(b)
	paths := []string{"/", "/cases", o.path("/{october-2023}"), o.path("/{E1/count}")}
	people := make(chan *browser, 50)
	for range cap(people) {
		people <- o.signedIn("case-worker", "en")
	}
	b.ResetTimer()
	var wait sync.WaitGroup
	var mu sync.Mutex
	var slowest time.Duration
	for i := range b.N {
		person := <-people
		wait.Go(func() {
			began := time.Now()
			person.get(paths[i%len(paths)])
			mu.Lock()
			slowest = max(slowest, time.Since(began))
			mu.Unlock()
			people <- person
		})
	}
	wait.Wait()
	b.ReportMetric(float64(slowest.Milliseconds()), "slowest-ms")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}

// callsMade are the calls of a page.
type callsMade struct {
	mu      sync.Mutex
	watched bool
	all     []callMade
}

type callMade struct {
	method         string
	request, reply proto.Message
}

func (c *callsMade) begin() { c.mu.Lock(); defer c.mu.Unlock(); c.watched = true }

func (c *callsMade) end() []callMade {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watched = false
	return c.all
}

func (c *callsMade) unary(ctx context.Context, method string, request, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	c.mu.Lock()
	if c.watched {
		c.all = append(c.all, callMade{method, proto.Clone(request.(proto.Message)), reply.(proto.Message)})
	}
	c.mu.Unlock()
	return invoke(ctx, method, request, reply, cc, opts...)
}
