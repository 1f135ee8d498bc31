package client

import (
	"context"
	"errors"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// PageRequest is a request of a List method.
type PageRequest interface {
	proto.Message
	GetPageToken() string
}

// PageResponse is a reply of a List method.
type PageResponse interface {
	proto.Message
	GetNextPageToken() string
}

// ListFunc is a List method of one of the services.
type ListFunc[Req PageRequest, Resp PageResponse] func(context.Context, Req, ...grpc.CallOption) (Resp, error)

// Pages walks a list page by page, from the page that the request asks for. The
// request is not changed. After an error the walk ends.
//
//	for page, err := range client.Pages(ctx, conn.Cases.ListCases, &tumenv1.ListCasesRequest{}) { … }
func Pages[Req PageRequest, Resp PageResponse](ctx context.Context, list ListFunc[Req, Resp], request Req) iter.Seq2[Resp, error] {
	return func(yield func(Resp, error) bool) {
		req := proto.Clone(request).(Req)
		token := req.ProtoReflect().Descriptor().Fields().ByName("page_token")
		for {
			page, err := list(ctx, req)
			if err != nil {
				yield(*new(Resp), err)
				return
			}
			next := page.GetNextPageToken()
			if !yield(page, nil) || next == "" {
				return
			}
			if next == req.GetPageToken() {
				yield(*new(Resp), errors.New("the server gave the same page twice"))
				return
			}
			req.ProtoReflect().Set(token, protoreflect.ValueOfString(next))
		}
	}
}

// Items walks what the pages of a list hold; items takes it out of a page.
//
//	for match, err := range client.Items(ctx, conn.Cases.ListCases, req, (*tumenv1.ListCasesResponse).GetMatches) { … }
func Items[Req PageRequest, Resp PageResponse, T any](ctx context.Context, list ListFunc[Req, Resp], request Req, items func(Resp) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range Pages(ctx, list, request) {
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range items(page) {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}
