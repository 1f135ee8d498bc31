package main

import (
	"context"
	"time"
)

// imports samples the claims a second that whole matters bring in, nil where
// there is no server of ours. Making them up is not timed.
func imports(s *server) sample {
	if s == nil {
		return nil
	}
	return func(ctx context.Context) (float64, error) {
		documents := s.matter(perMatter, perSubject)
		from := time.Now()
		if _, err := s.apply(ctx, documents); err != nil {
			return 0, err
		}
		return perMatter * perSubject / time.Since(from).Seconds(), nil
	}
}
