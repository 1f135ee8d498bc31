package web

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

// asking is a doorkeeper whose clock the test puts forward.
func asking(l Limits) (d *doorkeeper, forward func(time.Duration)) {
	now := time.Date(2023, 10, 9, 0, 0, 0, 0, time.UTC)
	d = newDoorkeeper(l, func() time.Time { return now })
	return d, func(by time.Duration) { now = now.Add(by) }
}

// asks is how many requests are answered before one is not.
func asks(d *doorkeeper, from netip.Addr, cost int) (n int) {
	for n < 10_000 && d.stranger(from, cost) {
		n++
	}
	return n
}

func TestStrangersShareWhatTheirAddressAndAllMayAskFor(t *testing.T) {
	one, other, nowhere := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.Addr{}
	t.Run("one address leaves the rest to others", func(t *testing.T) {
		d, forward := asking(Limits{Address: 10, Strangers: 15})
		if n := asks(d, one, 1); n != 40 {
			t.Errorf("the first is answered %d times", n)
		}
		if n := asks(d, other, 1); n != 20 {
			t.Errorf("the second is answered %d times", n)
		}
		forward(time.Second)
		if n := asks(d, one, 1); n != 10 {
			t.Errorf("a second later the first is answered %d times", n)
		}
	})
	t.Run("to sign in counts for more", func(t *testing.T) {
		d, _ := asking(Limits{Address: 10, Strangers: 100})
		if n := asks(d, one, signInCosts); n != 4 {
			t.Errorf("%d attempts", n)
		}
	})
	t.Run("without addresses all share", func(t *testing.T) {
		d, _ := asking(Limits{Address: 10, Strangers: 15})
		if n := asks(d, nowhere, 1); n != 60 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("without limits nobody does", func(t *testing.T) {
		d, _ := asking(Limits{})
		if n := asks(d, one, 1); n != 10_000 {
			t.Errorf("%d requests", n)
		}
		for range 100 {
			if _, ok := d.beginSignIn(); !ok {
				t.Fatal("an attempt is not looked at")
			}
		}
	})
}

func TestAFewAttemptsAreLookedAtAtOnce(t *testing.T) {
	d, _ := asking(Limits{SignIns: 2})
	first, ok := d.beginSignIn()
	if _, second := d.beginSignIn(); !ok || !second {
		t.Fatal("two are too many")
	}
	if _, third := d.beginSignIn(); third {
		t.Error("a third is looked at")
	}
	first()
	if _, ok := d.beginSignIn(); !ok {
		t.Error("none is looked at after the first")
	}
}

func TestAddressesAreForgotten(t *testing.T) {
	d, forward := asking(Limits{Address: 10, Strangers: 1000})
	for i := range uint32(3 * maxAddresses) {
		d.stranger(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, i))), 1)
		if i%1000 == 0 {
			forward(time.Second)
		}
		if len(d.addresses) > maxAddresses {
			t.Fatalf("%d addresses are remembered", len(d.addresses))
		}
	}
}
