package gate

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
)

const openMethod = tumenv1.AdminService_CreateToken_FullMethodName

// opened runs a server with one method open to whoever reaches it.
func opened(t *testing.T, change func(*Door)) *running {
	return start(t, &handlers{}, func(d *Door) {
		d.Table[openMethod] = access.Rule{Open: true}
		if change != nil {
			change(d)
		}
	})
}

func createToken(ctx context.Context, r *running) (*tumenv1.CreateTokenResponse, error) {
	return tumenv1.NewAdminServiceClient(r).CreateToken(ctx, &tumenv1.CreateTokenRequest{Organisation: "o", Member: "m", Lifetime: durationpb.New(1)})
}

func TestAnOpenMethodAsksNobody(t *testing.T) {
	r := opened(t, nil)
	for name, ctx := range map[string]context.Context{
		"nobody": context.Background(), "a member": as("worker-token"), "an unknown token": as("guessed"), "a token that makes trouble": as("panic-token"),
	} {
		// Whatever comes with it, it is nobody's call.
		if answer, err := createToken(ctx, r); err != nil || answer.GetToken() != "for " {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
	}
	// It is validated like any other.
	_, err := tumenv1.NewAdminServiceClient(r).CreateToken(context.Background(), &tumenv1.CreateTokenRequest{})
	checkShape(t, err, codes.InvalidArgument, "STRING_PATTERN")
	// And it opens no other.
	_, err = get(context.Background(), r)
	checkShape(t, err, codes.Unauthenticated, "CREDENTIALS_MISSING")
	checkShape(t, r.sendRaw(strings.TrimPrefix(openMethod, "/")+"/", nil), codes.PermissionDenied, "UNKNOWN_METHOD")
}

func TestAnOpenMethodIsNotForTheAdminSocket(t *testing.T) {
	local := opened(t, func(d *Door) { d.Local, d.Authenticate = true, nil })
	_, err := createToken(context.Background(), local)
	checkShape(t, err, codes.PermissionDenied, "NOT_LOCAL")
}

// Whoever needs no credentials can't make the server wait for many messages.
func TestUnfinishedOpenCallsAreFew(t *testing.T) {
	r := opened(t, nil)
	stalled, release := context.WithCancel(t.Context())
	for range maxGuests {
		if _, err := r.NewStream(stalled, &grpc.StreamDesc{ClientStreams: true}, openMethod); err != nil {
			t.Fatal(err)
		}
	}
	_, err := createToken(t.Context(), r)
	checkShape(t, err, codes.ResourceExhausted, "SERVER_BUSY")
	if _, err := get(as("worker-token"), r); err != nil {
		t.Errorf("members have to wait for strangers: %v", err)
	}
	release()
	for status.Code(err) == codes.ResourceExhausted && t.Context().Err() == nil {
		_, err = createToken(t.Context(), r)
	}
	if err != nil {
		t.Errorf("after they ended: %v", err)
	}
}
