package callbacks

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Callers are the addresses a channel may be called from; the zero value is all of them.
type Callers struct {
	allow   []netip.Prefix
	proxies []netip.Prefix // what they say of who called them is believed
}

// ErrCaller is a callback from an address that is not on the channel's list. It is answered with status 403.
var ErrCaller = errors.New("address: is not on the list of those that may call this channel")

// Admits reports whether a callback comes from an address of the list. Whoever the socket is with counts; only where that is a trusted
// proxy, it is the last address in X-Forwarded-For that is none.
func (c Callers) Admits(r *http.Request) bool {
	return len(c.allow) == 0 || within(c.allow, c.Address(r))
}

// Address is where a callback comes from; the zero address when that cannot be told.
func (c Callers) Address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap()
	if !within(c.proxies, address) {
		return address
	}
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(said) {
		if address, err = netip.ParseAddr(strings.TrimSpace(text)); err != nil {
			return netip.Addr{}
		}
		if address = address.Unmap(); !within(c.proxies, address) {
			break
		}
	}
	return address
}

func within(list []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(address) })
}

// Callers are the addresses that the entry at a path allows.
func (f *File) Callers(path string, e *Entry) (c Callers, err error) {
	if c.allow, err = f.networks(path+".allow", e.Allow); err != nil {
		return c, err
	}
	if c.proxies, err = f.networks(path+".trusted_proxies", e.Proxies); err != nil {
		return c, err
	}
	if len(c.proxies) > 0 && len(c.allow) == 0 {
		return c, f.At(path+".trusted_proxies", "is of use beside allow only")
	}
	for i, p := range c.proxies {
		if p.Bits() == 0 {
			return c, f.At(fmt.Sprintf("%s.trusted_proxies.%d", path, i), "whoever calls would be believed")
		}
	}
	return c, nil
}

func (f *File) networks(path string, texts []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for i, text := range texts {
		p, err := netip.ParsePrefix(text)
		if address, no := netip.ParseAddr(text); no == nil && address.Zone() == "" {
			p, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || p != p.Masked() || p.Addr().Is4In6() {
			return nil, f.At(fmt.Sprintf("%s.%d", path, i), "is neither an address nor a network as 192.0.2.0/24, with nothing behind its mask")
		}
		list = append(list, p)
	}
	return list, nil
}

// Timeout is what the entry at a path says of how long something may take; 0 when it does not say.
func (f *File) Timeout(path string, e *Entry, least, most time.Duration) (time.Duration, error) {
	if e.Timeout != 0 && (e.Timeout < least || e.Timeout > most) {
		return 0, f.At(path+".timeout", fmt.Sprintf("a timeout is %s to %s here", least, most))
	}
	return e.Timeout, nil
}
