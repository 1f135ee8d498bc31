package passphrase

import (
	"crypto/subtle"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// period is how long a code is shown, and drift how many periods a device's clock may be
// ahead or behind.
const (
	period = 30
	drift  = 1
)

var codes = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// NewDevice draws the secret of a device (base32), and gives it as the URI that an
// authenticator reads (otpauth://totp/…).
func NewDevice(issuer, account string) (secret, uri string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: strings.ReplaceAll(issuer, ":", " "), AccountName: strings.ReplaceAll(account, ":", " "), Period: period, SecretSize: 20, Digits: codes.Digits, Algorithm: codes.Algorithm,
	})
	if err != nil {
		return "", "", err
	}
	return key.Secret(), key.URL(), nil
}

// Step is the number of the period whose code this is, at a time or shortly before or
// after it; ok is false for any other code, and for one of the period used or before it:
// a code is good once.
func Step(secret, code string, at time.Time, used int64) (step int64, ok bool) {
	now := at.Unix() / period
	for s := now - drift; s <= now+drift; s++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), codes)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > used {
			step, ok = s, true
		}
	}
	return step, ok
}
