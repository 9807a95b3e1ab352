// Command tally adds up what the test runners wrote and prints one line: N passed, N failed, N skipped.
//
// It reads every file of the directory that it is given: `*.go.json` are events of `go test -json`, `*.vitest.json` and
// `*.playwright.json` are reports of these two, and `steps` has a line "name ok|failed" for each step of the run. A step that failed without a failed
// test of its own (a linter, a build) counts as one failure, and so does a Go package that broke outside its tests, so
// that "0 failed" always means that all is well. It exits with 1 if anything failed, and with 2 if there was nothing to add.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Tally is how many tests ended how.
type Tally struct {
	Passed, Failed, Skipped int
}

func (t *Tally) add(o Tally) {
	t.Passed += o.Passed
	t.Failed += o.Failed
	t.Skipped += o.Skipped
}

func (t Tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.Passed, t.Failed, t.Skipped)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "tally: give the directory of the reports")
		os.Exit(2)
	}
	total, err := Directory(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(2)
	}
	fmt.Println(total)
	if total.Failed > 0 {
		os.Exit(1)
	}
}

// Directory adds up the reports in dir. It is an error if there are none.
func Directory(dir string) (Tally, error) {
	var total Tally
	failedIn := map[string]int{} // by the name of the step that wrote the report
	found := false
	for suffix, read := range map[string]func(io.Reader) (Tally, error){".go.json": Go, ".vitest.json": Vitest, ".playwright.json": Playwright} {
		paths, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
		if err != nil {
			return Tally{}, fmt.Errorf("look for reports: %w", err)
		}
		for _, path := range paths {
			t, err := readFile(path, read)
			if err != nil {
				return Tally{}, err
			}
			found = true
			total.add(t)
			failedIn[strings.TrimSuffix(filepath.Base(path), suffix)] += t.Failed
		}
	}
	steps, err := os.ReadFile(filepath.Join(dir, "steps"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return Tally{}, fmt.Errorf("read the steps: %w", err)
	}
	for line := range strings.Lines(string(steps)) {
		name, result, _ := strings.Cut(strings.TrimSpace(line), " ")
		if result != "ok" && failedIn[name] == 0 {
			total.Failed++
		}
		found = true
	}
	if !found {
		return Tally{}, fmt.Errorf("no reports in %s", dir)
	}
	return total, nil
}

func readFile(path string, read func(io.Reader) (Tally, error)) (Tally, error) {
	f, err := os.Open(path)
	if err != nil {
		return Tally{}, fmt.Errorf("open a report: %w", err)
	}
	defer f.Close()
	t, err := read(f)
	if err != nil {
		return Tally{}, fmt.Errorf("read %s: %w", path, err)
	}
	return t, nil
}

// Go counts the tests and subtests in the events of `go test -json`.
func Go(r io.Reader) (Tally, error) {
	type event struct{ Action, Package, Test string }
	var t Tally
	failedIn := map[string]int{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		// Lines that are no events come from a compiler or a crashing process; the package's event says that it failed.
		if json.Unmarshal(line, &e) == nil {
			switch {
			case e.Test == "" && e.Action == "fail" && failedIn[e.Package] == 0:
				t.Failed++
			case e.Test == "":
			case e.Action == "pass":
				t.Passed++
			case e.Action == "skip":
				t.Skipped++
			case e.Action == "fail":
				t.Failed++
				failedIn[e.Package]++
			}
		}
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return Tally{}, fmt.Errorf("read events: %w", err)
		}
	}
}

// Vitest counts the tests in a report of vitest's json reporter. A file that failed as a whole (it didn't load) is one failure.
func Vitest(r io.Reader) (Tally, error) {
	var report struct {
		TestResults []struct {
			Status           string
			AssertionResults []struct{ Status string }
		}
	}
	if err := json.NewDecoder(r).Decode(&report); err != nil {
		return Tally{}, fmt.Errorf("decode the report: %w", err)
	}
	var t Tally
	for _, file := range report.TestResults {
		failed := 0
		for _, test := range file.AssertionResults {
			switch test.Status {
			case "passed":
				t.Passed++
			case "failed":
				failed++
			default: // skipped, pending, todo, disabled
				t.Skipped++
			}
		}
		if file.Status == "failed" && failed == 0 {
			failed = 1
		}
		t.Failed += failed
	}
	return t, nil
}

// Playwright counts the tests in a report of Playwright's json reporter. One that passed at a second try passed; an error
// outside of all tests (the server didn't start) is one failure.
func Playwright(r io.Reader) (Tally, error) {
	var report struct {
		Stats  struct{ Expected, Unexpected, Flaky, Skipped int }
		Errors []json.RawMessage
	}
	if err := json.NewDecoder(r).Decode(&report); err != nil {
		return Tally{}, fmt.Errorf("decode the report: %w", err)
	}
	s := report.Stats
	return Tally{Passed: s.Expected + s.Flaky, Failed: s.Unexpected + len(report.Errors), Skipped: s.Skipped}, nil
}
