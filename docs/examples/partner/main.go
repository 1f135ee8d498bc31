// Command partner shows how a partner organisation works with a tumen server: it looks
// what is shared with it, offers what a source says about the first such case, and tells
// what has become of all that it has offered.
//
//	go run ./docs/examples/partner PROFILE
//
// PROFILE is the file with the server's address, its authority and the token.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/proto"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: partner PROFILE")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "partner:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, profileFile string, out io.Writer) error {
	profile, err := client.LoadProfile(profileFile)
	if err != nil {
		return err
	}
	conn, err := client.Dial(ctx, profile)
	if err != nil {
		return err
	}
	defer conn.Close()
	shared, err := sharedWithUs(ctx, conn, out)
	if err != nil || shared == "" {
		return err
	}
	if err := offer(ctx, conn, shared, out); err != nil {
		return err
	}
	return decisions(ctx, conn, out)
}

// sharedWithUs lists what is shared with us and names the first case.
func sharedWithUs(ctx context.Context, conn *client.Conn, out io.Writer) (string, error) {
	grants, err := conn.Grants.ListGrants(ctx, &tumenv1.ListGrantsRequest{Parent: "cases/-", ToMe: true})
	if err != nil {
		return "", err
	}
	if len(grants.GetGrants()) == 0 {
		fmt.Fprintln(out, "nothing is shared with us")
		return "", nil
	}
	g := grants.GetGrants()[0]
	name := g.GetName()[:len("cases/")+26] // cases/{case}/grants/{grant}
	c, err := conn.Cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: name})
	if err != nil {
		return "", err
	}
	fmt.Fprintf(out, "%s shares %s for %s: %s\n", g.GetOwnerHandle(), c.GetCase().GetReference(), g.GetPurpose(), c.GetCase().GetHeadline().GetText())
	return name, nil
}

// offer sends what a source says about the case's principal event.
func offer(ctx context.Context, conn *client.Conn, name string, out io.Writer) error {
	submission := &tumenv1.Submission{
		Case: name,
		Source: &tumenv1.SubmittedSource{
			Kind: "ngo-statement", Title: "Our field office", Language: "ko", Published: "2023-10-12",
			Basis: tumenv1.Basis_BASIS_OWN_CONTACTS,
		},
		Claims: []*tumenv1.SubmittedClaim{
			{Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: tumenv1.Stance_STANCE_ASSERTS, SaidOn: "2023-10-11"},
			{Aspect: tumenv1.Aspect_ASPECT_COUNT, Stance: tumenv1.Stance_STANCE_ASSERTS,
				Value: &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: proto.Int64(501), Words: "more than 500"}}}},
		},
	}
	// The client gives every write a request id, so that a repeated call does nothing twice.
	reply, err := conn.Submissions.CreateSubmission(ctx, &tumenv1.CreateSubmissionRequest{Submission: submission, Reason: "from our field office"})
	var failure *client.Error
	if errors.As(err, &failure) {
		return fmt.Errorf("%s: %w", failure.Reason, err) // and failure.Violations say which fields
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "offered %d claims\n", len(reply.GetSubmission().GetClaims()))
	return nil
}

// decisions tells what has become of what we have offered.
func decisions(ctx context.Context, conn *client.Conn, out io.Writer) error {
	sent, err := conn.Submissions.ListSubmissions(ctx, &tumenv1.ListSubmissionsRequest{Sent: true})
	if err != nil {
		return err
	}
	for _, s := range sent.GetSubmissions() {
		switch s.GetState() {
		case tumenv1.SubmissionState_SUBMISSION_STATE_WAITING:
			fmt.Fprintf(out, "%s: waiting\n", s.GetSource().GetTitle())
		case tumenv1.SubmissionState_SUBMISSION_STATE_ACCEPTED:
			fmt.Fprintf(out, "%s: accepted. %s\n", s.GetSource().GetTitle(), s.GetAnswer())
		case tumenv1.SubmissionState_SUBMISSION_STATE_RETURNED:
			fmt.Fprintf(out, "%s: returned. %s\n", s.GetSource().GetTitle(), s.GetAnswer())
		}
	}
	return nil
}
