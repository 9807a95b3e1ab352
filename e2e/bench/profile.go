package bench

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// profile begins to take a CPU profile of one of Parley's processes, if that is asked for; the function that it returns waits for the end.
func (r *rig) profile(address string) (done func()) {
	if r.Profiles == "" || address == r.Floor {
		return func() {}
	}
	var taking sync.WaitGroup
	taking.Go(func() {
		if err := r.takeProfile(address); err != nil {
			fmt.Fprintln(r.Progress, "no profile:", err)
		}
	})
	return taking.Wait
}

func (r *rig) takeProfile(address string) error {
	res, err := http.Get(fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", address, max(1, int(r.Duration.Seconds()))))
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	defer res.Body.Close()
	name := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, r.measuring)
	file, err := os.Create(filepath.Join(r.Profiles, name+".pprof"))
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	defer file.Close()
	if _, err := io.Copy(file, res.Body); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}
