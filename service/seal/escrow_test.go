package seal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"pgregory.net/rapid"

	"tumen/service/seal"
)

// custodians gives identities and their recipients.
func custodians(n int) (identities []age.Identity, recipients []string) {
	for range n {
		identity := must(age.GenerateX25519Identity())
		identities, recipients = append(identities, identity), append(recipients, identity.Recipient().String())
	}
	return identities, recipients
}

func splitShares(t testing.TB, keys *seal.Keys, k, n int) []seal.Share {
	t.Helper()
	identities, recipients := custodians(n)
	files, _, err := keys.Split(k, recipients)
	if err != nil {
		t.Fatal(err)
	}
	shares := make([]seal.Share, n)
	for i, file := range files {
		shares[i] = must(seal.OpenShare(file, identities[i]))
	}
	return shares
}

func TestAnyKOfNSharesRestoreTheKeys(t *testing.T) {
	keys, _, _ := newKeys(t)
	owner := []byte("a record")
	key := seal.NewDataKey()
	wrapped := must(keys.Epoch().Wrap(key, owner))
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(rt, "n")
		k := rapid.IntRange(2, n).Draw(rt, "k")
		shares := splitShares(t, keys, k, n)
		for i, share := range shares {
			if share.Index != i+1 || share.K != k || share.N != n || share.Epoch != 1 || share.Set != shares[0].Set {
				rt.Fatalf("labelled %+v", share)
			}
		}
		some := rapid.Permutation(shares).Draw(rt, "order")[:rapid.IntRange(0, n).Draw(rt, "count")]
		restored, err := seal.Combine(append(some, some...)) // each twice: counts once
		if len(some) < k {
			if !errors.Is(err, seal.ErrTooFew) {
				rt.Fatalf("%d of %d: %v", len(some), k, err)
			}
			return
		}
		if err != nil || restored.Epoch() != 1 {
			rt.Fatal(err)
		}
		dir, root := filepath.Join(t.TempDir(), "keys"), must(seal.Passphrase("another root key", 1))
		again, err := restored.Create(context.Background(), dir, root)
		if err != nil || !bytes.Equal(permanentOf(again), permanentOf(keys)) {
			rt.Fatal("the permanent keys", err)
		}
		if got, err := reopen(t, dir, root).Epoch().Unwrap(wrapped, owner); err != nil || got.Raw() != key.Raw() {
			rt.Fatal("the data key", err)
		}
	})
}

func TestDuringATurnoverTheNewEpochAloneIsSplit(t *testing.T) {
	ctx, owner := context.Background(), []byte("a record")
	keys, _, _ := newKeys(t)
	old := must(keys.Epoch().Wrap(seal.NewDataKey(), owner))
	if err := keys.Epoch().Begin(ctx, made); err != nil {
		t.Fatal(err)
	}
	survivor := must(keys.Epoch().Rewrap(old, owner))
	restored := must(seal.Combine(splitShares(t, keys, 2, 2)))
	again := must(restored.Create(ctx, filepath.Join(t.TempDir(), "keys"), newIdentityRoot(t)))
	if got, want := again.Epoch().Status(), (seal.Status{Number: 2, Made: made}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, err := again.Epoch().Unwrap(survivor, owner); err != nil {
		t.Error(err)
	}
	if _, err := again.Epoch().Unwrap(old, owner); err != seal.ErrSealed {
		t.Errorf("the custodians were given the key that is about to be destroyed: %v", err)
	}
}

func TestSharesThatDontBelongTogetherAreRefused(t *testing.T) {
	keys, _, _ := newKeys(t)
	first, second := splitShares(t, keys, 2, 3), splitShares(t, keys, 2, 3)
	if err := errors.Join(keys.Epoch().Begin(context.Background(), made), keys.Epoch().Finish(context.Background())); err != nil {
		t.Fatal(err)
	}
	later := splitShares(t, keys, 2, 3)
	for name, tc := range map[string]struct {
		shares []seal.Share
		want   error
		says   string
	}{
		"of two splits":      {[]seal.Share{first[0], second[1]}, seal.ErrMixed, "share 2 (epoch 1"},
		"of two epochs":      {[]seal.Share{first[0], first[1], later[2]}, seal.ErrMixed, "share 3 (epoch 2"},
		"none":               {nil, seal.ErrTooFew, ""},
		"an empty one":       {[]seal.Share{first[0], {}}, seal.ErrDamaged, "empty"},
		"only empty ones":    {[]seal.Share{{}, {}}, seal.ErrDamaged, "empty"},
		"the same one twice": {[]seal.Share{first[0], first[0]}, seal.ErrTooFew, "1 different ones, and it takes 2 of 3"},
	} {
		if restored, err := seal.Combine(tc.shares); !errors.Is(err, tc.want) || restored != nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADamagedShareIsNamed(t *testing.T) {
	keys, _, _ := newKeys(t)
	text := must(seal.ParseShare(seal.ShareText(splitShares(t, keys, 2, 3)[1])))
	line := seal.ShareText(text)
	rapid.Check(t, func(t *rapid.T) {
		bit := rapid.IntRange(0, 8*len(line)-1).Draw(t, "bit")
		if _, err := seal.ParseShare(flipped(line, bit)); !errors.Is(err, seal.ErrDamaged) {
			t.Fatalf("bit %d: %v", bit, err)
		}
	})
	value := seal.ShareValue(text)
	forged := bytes.Replace(line, []byte(base64.RawURLEncoding.EncodeToString(value[:])), []byte(base64.RawURLEncoding.EncodeToString(make([]byte, 32))), 1)
	for name, changed := range map[string][]byte{
		"forged value":   forged,
		"another epoch":  bytes.Replace(line, []byte(`"epoch":1,`), []byte(`"epoch":2,`), 1),
		"white space":    bytes.Replace(line, []byte(`,"`), []byte(`, "`), 1),
		"a member more":  bytes.Replace(line, []byte(`,"check"`), []byte(`,"x":1,"check"`), 1),
		"without check":  append(line[:bytes.Index(line, []byte(`,"check"`)):bytes.Index(line, []byte(`,"check"`))], '}'),
		"half of it":     line[:len(line)/2],
		"nothing":        nil,
		"something else": []byte(`{"v":1}`),
		"too long":       make([]byte, 1<<20),
	} {
		_, err := seal.ParseShare(changed)
		if !errors.Is(err, seal.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		} else if name == "forged value" && !strings.Contains(err.Error(), "share 2 of epoch 1") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, end := range []string{"", "\n", "\r\n"} {
		if _, err := seal.ParseShare(append(slices.Clone(line), end...)); err != nil {
			t.Errorf("ended by %q: %v", end, err)
		}
	}
}

func TestAShareIsForItsCustodian(t *testing.T) {
	keys, _, _ := newKeys(t)
	identities, recipients := custodians(2)
	pq := must(age.GenerateHybridIdentity())
	files, _, err := keys.Split(2, append(recipients, pq.Recipient().String()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.OpenShare(files[0], identities[1]); !errors.Is(err, seal.ErrWrongRoot) {
		t.Errorf("another's: %v", err)
	}
	if share, err := seal.OpenShare(files[2], pq); err != nil || share.Index != 3 {
		t.Errorf("a post-quantum custodian: %v", err)
	}
	for name, damaged := range map[string][]byte{
		"cut": files[0][:len(files[0])/2], "nothing": nil, "text": []byte("a letter"),
		"changed": bytes.Replace(files[0], []byte("\n-----END"), []byte("AAA\n-----END"), 1),
	} {
		if _, err := seal.OpenShare(damaged, identities[0]); !errors.Is(err, seal.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	share := must(seal.OpenShare(files[0], identities[0]))
	if shown := fmt.Sprintf("%+v, %d", share, share); shown != "share 1 of 3 (any 2 restore epoch 1), share 1 of 3 (any 2 restore epoch 1)" {
		t.Errorf("shown as %s", shown)
	}
}

func TestOnlySensibleSplitsAreMade(t *testing.T) {
	keys, _, _ := newKeys(t)
	identities, three := custodians(3)
	_, many := custodians(256)
	for name, tc := range map[string]struct {
		k          int
		custodians []string
	}{
		"any one":           {1, three},
		"more than all":     {4, three},
		"nobody":            {2, nil},
		"too many":          {2, many},
		"one twice":         {2, []string{three[0], three[1], three[0] + " "}},
		"no recipient":      {2, []string{three[0], "the lawyer"}},
		"two in one":        {2, []string{three[0], three[1] + "\n" + three[2]}},
		"an identity given": {2, []string{three[0], identities[1].(*age.X25519Identity).String()}},
	} {
		files, _, err := keys.Split(tc.k, tc.custodians)
		if err == nil || files != nil || strings.Contains(err.Error(), "AGE-SECRET-KEY") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestShareVectors restores keys from shares that were written once and for all,
// and the shared scalar by interpolation in big integers.
func TestShareVectors(t *testing.T) {
	path := filepath.Join("testdata", "shares.txt")
	if *update {
		keys := must(seal.FixedKeys(counting(0x10), made))
		var lines []byte
		for _, share := range splitShares(t, keys, 2, 3) {
			lines = append(append(lines, seal.ShareText(share)...), '\n')
		}
		if err := os.WriteFile(path, lines, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lines := bytes.Split(bytes.TrimSpace(must(os.ReadFile(path))), []byte("\n"))
	shares := make([]seal.Share, len(lines))
	for i, line := range lines {
		shares[i] = must(seal.ParseShare(line))
	}
	secrets := map[string]bool{}
	for _, pair := range [][]seal.Share{{shares[0], shares[1]}, {shares[2], shares[0]}, {shares[1], shares[2]}} {
		restored, err := seal.Combine(pair)
		if err != nil {
			t.Fatal(err)
		}
		key := counting(0x10)
		if got := restored.PermanentKeys(); !bytes.Equal(got, bytes.Repeat(key[:], 5)) {
			t.Errorf("permanent keys %x", got)
		}
		secret := interpolate(pair)
		secrets[string(secret)] = true
		openByHand(t, lines[0], secret)
	}
	if len(secrets) != 1 {
		t.Errorf("%d secrets", len(secrets))
	}
}

// interpolate gives the value at 0 of the polynomial through the shares, modulo the
// order of ristretto255, as 32 bytes, little-endian.
func interpolate(shares []seal.Share) []byte {
	order, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	order.Add(order, new(big.Int).Lsh(big.NewInt(1), 252))
	sum := new(big.Int)
	for _, share := range shares {
		value := seal.ShareValue(share)
		slices.Reverse(value[:])
		term := new(big.Int).SetBytes(value[:])
		for _, other := range shares {
			if other.Index == share.Index {
				continue
			}
			x := big.NewInt(int64(other.Index))
			difference := new(big.Int).Mod(big.NewInt(int64(other.Index-share.Index)), order)
			term.Mul(term, x).Mul(term, new(big.Int).ModInverse(difference, order)).Mod(term, order)
		}
		sum.Add(sum, term).Mod(sum, order)
	}
	secret := sum.FillBytes(make([]byte, 32))
	slices.Reverse(secret)
	return secret
}

// openByHand checks a share's text and opens the keys in it by what the package's
// comment says, with the standard library.
func openByHand(t *testing.T, line, secret []byte) {
	t.Helper()
	var share struct{ Set, Keys, Share, Check string }
	if err := json.Unmarshal(line, &share); err != nil {
		t.Fatal(err)
	}
	check := sha256.Sum256(line[:bytes.Index(line, []byte(`,"check"`))])
	if got := base64.RawURLEncoding.EncodeToString(check[:]); got != share.Check {
		t.Errorf("check %s, want %s", share.Check, got)
	}
	decode := func(s string) []byte { return must(base64.RawURLEncoding.DecodeString(s)) }
	key := hkdfByHand(secret, decode(share.Set), "tumen escrow 1")
	text := string(line)
	ad := text[strings.Index(text, `"set"`):strings.Index(text, `,"index"`)] + text[strings.Index(text, `,"digests"`):strings.Index(text, `,"keys"`)]
	keys, err := openGCM(key, decode(share.Keys), []byte(ad))
	if err != nil || len(keys) < 161 || keys[0] != 1 {
		t.Errorf("%x, %v", keys, err)
	}
}

func FuzzParseShare(f *testing.F) {
	for line := range bytes.Lines(must(os.ReadFile(filepath.Join("testdata", "shares.txt")))) {
		f.Add(line)
	}
	f.Add([]byte(`{"v":1,"k":2,"n":2,"index":1,"digests":["",""]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		share, err := seal.ParseShare(text)
		if err != nil {
			if !errors.Is(err, seal.ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		if again := seal.ShareText(share); !bytes.Equal(again, bytes.TrimRight(text, "\r\n")) {
			t.Fatalf("%s is read as %s", text, again)
		}
		seal.Combine([]seal.Share{share, share})
	})
}
