package outbound

import (
	"fmt"
	"net/netip"

	"github.com/parley-ops/parley/services/actioner/internal/action"
)

// notPublic are ranges beyond those that net/netip knows: shared (carrier)
// addresses, benchmarks, documentation, reserved, and IPv4 within IPv6.
// Source: IANA special-purpose address registries.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"),
}

// Public returns the guard for calls to the internet: whatever is not a public
// address is refused unless the host is listed.
func (a Address) Public() action.Guard {
	return func(host string, ip netip.Addr) error {
		if a.Lists(host) || public(ip.Unmap()) {
			return nil
		}
		return fmt.Errorf("%s is at %s, which is not a public address; list the host under `hosts:` if that is meant", host, ip)
	}
}

// Inside returns the guard for calls within one's own network, where only
// link-local addresses (a cloud's metadata) are refused unless listed.
func (a Address) Inside() action.Guard {
	return func(host string, ip netip.Addr) error {
		ip = ip.Unmap()
		if a.Lists(host) || !ip.IsLinkLocalUnicast() && !ip.IsMulticast() && ip != metadata6 {
			return nil
		}
		return fmt.Errorf("%s is at %s, a link-local address; list the host under `hosts:` if that is meant", host, ip)
	}
}

// metadata6 is where AWS has its metadata on IPv6.
var metadata6 = netip.MustParseAddr("fd00:ec2::254")

func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}
