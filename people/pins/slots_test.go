package pins

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
)

func TestNoMoreThanTwoHashesAreMadeAtOnce(t *testing.T) {
	var p Pins
	var now, most atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			err := p.inSlot(t.Context(), func(context.Context) error {
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				now.Add(-1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() > 2 {
		t.Errorf("%d at once", most.Load())
	}
	slots <- struct{}{}
	slots <- struct{}{}
	defer func() { <-slots; <-slots }()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.inSlot(gone, func(context.Context) error { t.Error("a third one began"); return nil }); err == nil {
		t.Error("whoever gives up waiting is not told")
	}
}
