package daemon

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	"tumen/clients/cli"
	"tumen/clients/client"
	"tumen/demo"
	tumenv1 "tumen/proto/tumen/v1"
)

// loadDemo records the matter of October 2023 as the case worker would, and has
// the number of people of its main event decided by the two reviewers, all of it
// through the public API. It goes on where an earlier attempt ended: applying a
// matter twice changes nothing, and a finding is taken on from the state it is in.
func loadDemo(ctx context.Context, profiles string) error {
	if err := recordDemo(ctx, profiles); err != nil {
		return err
	}
	review, err := newDemoReview(ctx, profiles)
	if err != nil {
		return err
	}
	defer review.close()
	return review.decide(ctx)
}

// recordDemo applies the matter.
func recordDemo(ctx context.Context, profiles string) error {
	var complaint bytes.Buffer
	code := cli.Run(ctx, []string{
		"--profile", filepath.Join(profiles, "case-worker.yaml"), "apply", "-f", "-", "--reason", "demonstration",
	}, bytes.NewReader(demo.October2023), io.Discard, &complaint)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if code != 0 {
		return fmt.Errorf("the matter was refused: %s", bytes.TrimSpace(complaint.Bytes()))
	}
	return nil
}

// demoReview is how the two reviewers of the demonstration decide the finding
// on the number of people of event E1.
type demoReview struct {
	proposer, approver *client.Conn
}

func newDemoReview(ctx context.Context, profiles string) (*demoReview, error) {
	r := &demoReview{}
	for member, conn := range map[string]**client.Conn{"reviewer": &r.proposer, "reviewer-2": &r.approver} {
		profile, err := client.LoadProfile(filepath.Join(profiles, member+".yaml"))
		if err == nil {
			*conn, err = client.Dial(ctx, profile)
		}
		if err != nil {
			r.close()
			return nil, err
		}
	}
	return r, nil
}

func (r *demoReview) close() {
	for _, conn := range []*client.Conn{r.proposer, r.approver} {
		if conn != nil {
			conn.Close()
		}
	}
}

// decide takes the finding to an approved outcome, from wherever it is.
func (r *demoReview) decide(ctx context.Context) error {
	before := tumenv1.FindingState_FINDING_STATE_UNSPECIFIED
	for {
		finding, err := r.finding(ctx)
		if err != nil {
			return err
		}
		if finding.GetState() == before {
			return fmt.Errorf("the finding stays in %v", before)
		}
		before = finding.GetState()
		if done, err := r.step(ctx, finding); done || err != nil {
			return err
		}
	}
}

// finding reads the finding as the proposer sees it.
func (r *demoReview) finding(ctx context.Context) (*tumenv1.Finding, error) {
	event, err := r.named(ctx, "E1")
	if err != nil {
		return nil, err
	}
	found, err := r.proposer.Verification.ListFindings(ctx, &tumenv1.ListFindingsRequest{
		Parent: "cases/-", Subject: event, Aspect: tumenv1.Aspect_ASPECT_COUNT,
	})
	if err != nil {
		return nil, err
	}
	if len(found.GetFindings()) != 1 {
		return nil, fmt.Errorf("%d findings on the number of people, not one", len(found.GetFindings()))
	}
	return found.GetFindings()[0], nil
}

// step does what comes next for a finding, or says that nothing does.
func (r *demoReview) step(ctx context.Context, f *tumenv1.Finding) (done bool, err error) {
	switch f.GetState() {
	case tumenv1.FindingState_FINDING_STATE_REPORTED:
		_, err = r.proposer.Verification.OpenFinding(ctx, &tumenv1.OpenFindingRequest{
			Name: f.GetName(), Etag: f.GetEtag(), Reason: "demonstration",
		})
	case tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW:
		var conclusion *tumenv1.Conclusion
		if conclusion, err = r.conclusion(ctx); err != nil {
			return false, err
		}
		_, err = r.proposer.Verification.ProposeFinding(ctx, &tumenv1.ProposeFindingRequest{
			Name: f.GetName(), Etag: f.GetEtag(), Reason: "demonstration", Conclusion: conclusion,
		})
	case tumenv1.FindingState_FINDING_STATE_PROPOSED:
		// The etag is of the record as its reader sees it, so the approver reads it too.
		seen, err := r.approver.Verification.GetFinding(ctx, &tumenv1.GetFindingRequest{Name: f.GetName()})
		if err != nil {
			return false, err
		}
		_, err = r.approver.Verification.ApproveFinding(ctx, &tumenv1.ApproveFindingRequest{
			Name: f.GetName(), Etag: seen.GetFinding().GetEtag(), Reason: "demonstration",
		})
		return false, err
	default:
		return true, nil
	}
	return false, err
}

func (r *demoReview) conclusion(ctx context.Context) (*tumenv1.Conclusion, error) {
	var origins [2]string
	for i, key := range []string{"S1", "S4"} {
		var err error
		if origins[i], err = r.named(ctx, key); err != nil {
			return nil, err
		}
	}
	return &tumenv1.Conclusion{
		Outcome:    tumenv1.FindingState_FINDING_STATE_CORROBORATED,
		Value:      &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: proto.Int64(501), Words: "more than 500", WordsLanguage: "en"}}},
		Confidence: tumenv1.Confidence_CONFIDENCE_MODERATE,
		Standard:   tumenv1.StandardOfProof_STANDARD_OF_PROOF_REASONABLE_GROUNDS,
		Rationale: "Example for the demonstration. Two organisations that speak of contacts of their own give figures above 500, " +
			"one as about 600 and one as more than 500. No source denies the number; one says that it cannot confirm how many. " +
			"No upper bound is concluded: a single source gives one.",
		Independence: []*tumenv1.Independence{{
			A: origins[0], B: origins[1],
			Why: "Example for the demonstration. Each reports from contacts of its own, one in a statement of its own and one to Radio Free Asia, and neither cites the other.",
		}},
	}, nil
}

// named gives the record that the demonstration's matter calls by a key.
func (r *demoReview) named(ctx context.Context, key string) (string, error) {
	found, err := r.proposer.Records.FindRecord(ctx, &tumenv1.FindRecordRequest{
		By: &tumenv1.FindRecordRequest_ExternalId{ExternalId: &tumenv1.ExternalId{Issuer: demoOrganisation, Id: key}},
	})
	if err != nil {
		return "", err
	}
	if len(found.GetNames()) != 1 {
		return "", fmt.Errorf("%d records are called %s, not one", len(found.GetNames()), key)
	}
	return found.GetNames()[0], nil
}
