package client

import "context"

// A Caller is who makes the calls of a context, where one connection serves several
// people.
type Caller struct {
	Token   string // in the place of the profile's
	Purpose string // as the option [Purpose] states it; empty for none
}

type callerKey struct{}

// As gives a context in which calls are made by somebody of their own. The connection's
// profile then says only where the server is and whom to trust.
func As(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf is who As named.
func callerOf(ctx context.Context) (Caller, bool) {
	c, named := ctx.Value(callerKey{}).(Caller)
	return c, named
}
