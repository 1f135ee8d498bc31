package service

import (
	"sync"

	"google.golang.org/grpc"

	tumenv1 "tumen/proto/tumen/v1"
)

// TurnEpochOver implements tumenv1.AdminServiceServer. Whoever hangs up stops it;
// whoever only stops listening keeps nobody waiting.
func (s admin) TurnEpochOver(req *tumenv1.TurnEpochOverRequest, stream grpc.ServerStreamingServer[tumenv1.TurnEpochOverResponse]) error {
	ctx := stream.Context()
	if _, err := s.local(ctx, req, aboutNothing); err != nil {
		return err
	}
	news := &turnoverNews{more: make(chan struct{}, 1)}
	done := make(chan error, 1)
	go func() {
		how := turning{given: int(req.GetSetDamagedAside()), progress: news.progress, aside: func(what string) {
			s.logger.Error("set aside for good", "damage", what)
			news.aside(what)
		}}
		done <- recovered(func() error { return s.turnover.turn(ctx, how) })
	}()
	for {
		select {
		case <-news.more:
			if err := news.send(stream); err != nil {
				<-done // ctx ends it
				return err
			}
		case err := <-done:
			if err == nil {
				err = news.send(stream)
			}
			if err != nil {
				return err
			}
			s.turnover.wake() // erasures may be over by it
			return stream.Send(&tumenv1.TurnEpochOverResponse{Epoch: int64(s.turnover.epoch.Status().Number)})
		}
	}
}

// turnoverNews is what is yet to be told of a turnover: how far it is, of which in each
// stage only the last counts, and all that was set aside.
type turnoverNews struct {
	more chan struct{} // there is some

	mu     sync.Mutex
	stages []*tumenv1.TurnEpochOverResponse
	given  []string
}

func (n *turnoverNews) progress(stage string, done int) {
	n.mu.Lock()
	if last := len(n.stages) - 1; last >= 0 && n.stages[last].GetStage() == stage {
		n.stages = n.stages[:last]
	}
	n.stages = append(n.stages, &tumenv1.TurnEpochOverResponse{Stage: stage, Done: int64(done)})
	n.mu.Unlock()
	n.wake()
}

func (n *turnoverNews) aside(what string) {
	n.mu.Lock()
	n.given = append(n.given, what)
	n.mu.Unlock()
	n.wake()
}

func (n *turnoverNews) wake() {
	select {
	case n.more <- struct{}{}:
	default:
	}
}

func (n *turnoverNews) send(stream grpc.ServerStreamingServer[tumenv1.TurnEpochOverResponse]) error {
	n.mu.Lock()
	stages, given := n.stages, n.given
	n.stages, n.given = nil, nil
	n.mu.Unlock()
	for _, what := range given {
		if err := stream.Send(&tumenv1.TurnEpochOverResponse{SetAside: what}); err != nil {
			return err
		}
	}
	for _, stage := range stages {
		if err := stream.Send(stage); err != nil {
			return err
		}
	}
	return nil
}
