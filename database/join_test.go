package database

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestASecondStartJoinsAndItsStopLeavesTheServerRunning(t *testing.T) {
	dir := home(t)
	first := start(t, dir)
	makeTrips(t, first)
	second := start(t, dir)
	wantTrips(t, second)
	stop(t, second)
	wantTrips(t, first)
}

func TestTheLastUserStopsTheServer(t *testing.T) {
	dir := home(t)
	first, second := start(t, dir), start(t, dir)
	stop(t, first)
	if err := second.ping(t.Context()); err != nil {
		t.Fatalf("the server is gone while one user is left: %v", err)
	}
	stop(t, second)
	if err := second.ping(t.Context()); err == nil {
		t.Error("the server still answers after its last user left")
	}
}

func TestStopWorksAtTheEndOfAProgramWhenItsContextIsCancelled(t *testing.T) {
	c := start(t, home(t))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Stop(ended); err != nil {
		t.Fatal(err)
	}
	if err := c.ping(t.Context()); err == nil {
		t.Error("the server still answers after Stop")
	}
}

func TestAServerLeftBehindByAKilledProcessIsJoinedAndStopped(t *testing.T) {
	dir := home(t)
	die(t, start(t, dir))
	next := start(t, dir)
	stop(t, next)
	if err := next.ping(t.Context()); err == nil {
		t.Error("the server still answers after its last user left")
	}
}

func TestStartsAtTheSameTimeShareOneServer(t *testing.T) {
	dir := home(t)
	clusters := make([]*Cluster, 4)
	var all sync.WaitGroup
	for i := range clusters {
		all.Go(func() {
			c, err := Start(t.Context(), dir, Fast())
			if err != nil {
				t.Error(err)
				return
			}
			clusters[i] = c
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	for _, c := range clusters {
		if c.readPidFile().pid != clusters[0].readPidFile().pid {
			t.Error("two servers run")
		}
		stop(t, c)
	}
}

func TestAStartThatIsGivenUpEndsInTime(t *testing.T) {
	dir := home(t)
	c := start(t, dir)
	turn, err := lockFile(t.Context(), c.turnFile(), exclusive)
	if err != nil {
		t.Fatal(err)
	}
	defer turn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, dir, Fast()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
}
