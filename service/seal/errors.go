package seal

import "errors"

var (
	// ErrSealed: a value, a wrapped key or a capture doesn't open. It never says
	// why: damaged, under another key, or moved from another place.
	ErrSealed = errors.New("seal: this doesn't open")

	// ErrWrongRoot: wrapped by another root key.
	ErrWrongRoot = errors.New("the root key is another one")

	// ErrDamaged: a key file or a share isn't as it was written.
	ErrDamaged = errors.New("damaged")

	// ErrTurnover: not while a turnover is under way.
	ErrTurnover = errors.New("a turnover of the epoch is under way")

	// ErrNoTurnover: there is no turnover to finish.
	ErrNoTurnover = errors.New("no turnover of the epoch is under way")

	// ErrTooLarge: a capture has more than MaxCapture bytes.
	ErrTooLarge = errors.New("seal: the capture is too large")

	// ErrTooFew: fewer shares than restore the keys.
	ErrTooFew = errors.New("too few shares")

	// ErrMixed: shares that don't belong together.
	ErrMixed = errors.New("the shares are of different splits")
)
