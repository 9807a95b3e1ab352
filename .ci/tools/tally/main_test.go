package main

import (
	"os"
	"path/filepath"
	"testing"
)

const goEvents = `{"Action":"start","Package":"p"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestB/one"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}
not an event: a process that crashed
{"Action":"fail","Package":"broken"}
{"Action":"pass","Package":"q"}
`

const vitestReport = `{"testResults":[
 {"status":"passed","assertionResults":[{"status":"passed"},{"status":"pending"},{"status":"todo"}]},
 {"status":"failed","assertionResults":[{"status":"failed"},{"status":"passed"}]},
 {"status":"failed","assertionResults":[]}]}`

func TestDirectory(t *testing.T) {
	cases := map[string]struct {
		files map[string]string
		want  Tally
	}{
		"go: a package that broke outside its tests is one failure": {
			map[string]string{"unit.go.json": goEvents}, Tally{Passed: 2, Failed: 2, Skipped: 1},
		},
		"vitest: a file that didn't load is one failure": {
			map[string]string{"web.vitest.json": vitestReport}, Tally{Passed: 2, Failed: 2, Skipped: 2},
		},
		"playwright: an error outside of tests is one failure": {
			map[string]string{"browser.playwright.json": `{"stats":{"expected":3,"unexpected":1,"flaky":1,"skipped":2},"errors":[{}]}`},
			Tally{Passed: 4, Failed: 2, Skipped: 2},
		},
		"a failed linter counts, a failed test step doesn't count twice": {
			map[string]string{"unit.go.json": goEvents, "steps": "unit failed\nlint failed\nfmt ok\n"},
			Tally{Passed: 2, Failed: 3, Skipped: 1},
		},
		"only steps": {map[string]string{"steps": "fmt ok\n"}, Tally{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range c.files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Directory(dir)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestNothingToAddIsAnError(t *testing.T) {
	if _, err := Directory(t.TempDir()); err == nil {
		t.Error("an empty directory added up")
	}
}
