package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tumen/service/issuer"
)

// issuer is whose ID tokens count, as the settings say; false where they name none.
func (s *Settings) issuer() (issuer.Settings, bool) {
	return issuer.Settings{
		URL: s.OIDCIssuer, Audiences: s.OIDCAudiences, SubjectClaim: s.OIDCSubjectClaim, FactorClaim: s.OIDCFactorClaim, FactorValues: s.OIDCFactorValues,
	}, s.OIDCIssuer != ""
}

func (s *Settings) checkIssuer() error {
	set, ok := s.issuer()
	if !ok {
		if len(s.OIDCAudiences) > 0 {
			return errors.New("oidc_audiences is set, and oidc_issuer, whose tokens they are for, isn't")
		}
		return nil
	}
	if err := set.Check(); err != nil {
		return fmt.Errorf("oidc_issuer: %w", err)
	}
	return nil
}

// useIssuer has the services take the ID tokens of the issuer in the settings, if any.
func (s *Server) useIssuer() error {
	set, ok := s.settings.issuer()
	if !ok {
		return s.opened.service.UseIssuer(context.Background(), nil)
	}
	from, err := issuer.New(set, time.Now, func(err error) {
		s.log.Warn("the issuer of ID tokens was not reached; the keys that are known go on counting", "error", err)
	})
	if err != nil {
		return fmt.Errorf("oidc_issuer: %w", err)
	}
	return s.opened.service.UseIssuer(context.Background(), from)
}

// list sets a list of words with commas between them.
func list(field func(*Settings) *[]string) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		*field(s) = nil
		for word := range strings.SplitSeq(value, ",") {
			if word = strings.TrimSpace(word); word != "" {
				*field(s) = append(*field(s), word)
			}
		}
		return nil
	}
}
