package laws_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Folders that hold nothing committed.
var built = []string{".git", "node_modules", "dist", "bin", "run", "data", "artifacts", "webdist"}

// files gives the text files of the repository by path, and what is in them.
func files(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(built, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || d.Name() == ".git" { // a file where the tree is a worktree of git's
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(content, 0) >= 0 {
			return err
		}
		name, err := filepath.Rel(root, path)
		all[filepath.ToSlash(name)] = string(content)
		return err
	})
	require.NoError(t, err)
	return all
}

// TestEveryPackageSaysWhatItIs: a reader who opens a folder learns from its package comment whether to stay.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for name, content := range files(t) {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		dir := filepath.Dir(name)
		f, err := parser.ParseFile(token.NewFileSet(), name, content, parser.PackageClauseOnly|parser.ParseComments)
		require.NoError(t, err)
		isTest := strings.HasSuffix(name, "_test.go")
		switch {
		case f.Doc != nil && strings.TrimSpace(f.Doc.Text()) != "":
			documented[dir] = true
		case !isTest || !documented[dir]:
			documented[dir] = documented[dir] || false
		}
	}
	require.NotEmpty(t, documented)
	for dir, ok := range documented {
		if !ok {
			t.Errorf("no file of %s has a package comment", dir)
		}
	}
}

// longFiles may be longer than the law allows, each for its reason.
var longFiles = map[string]string{}

// TestFilesStayShort: what doesn't fit into 400 lines has more than one job.
func TestFilesStayShort(t *testing.T) {
	const most = 400
	code := regexp.MustCompile(`(\.(go|ts|tsx|js|css|lua|sql|sh)|(^|/)Makefile)$`)
	for name, content := range files(t) {
		lines := strings.Count(content, "\n")
		if _, excused := longFiles[name]; code.MatchString(name) && lines > most && !excused {
			t.Errorf("%s has %d lines, more than %d: split it by what it does", name, lines, most)
		}
	}
	for name := range longFiles {
		require.Contains(t, files(t), name, "an exception for a file that is gone")
	}
}

// TestNoPathsOfOneMachine: what names a developer's folder works only there.
func TestNoPathsOfOneMachine(t *testing.T) {
	machine := regexp.MustCompile(`(^|[^\w.:/$}-])/(home|Users|work|root)/[\w.-]+`)
	// Build caches inside images: the images are made here, so their paths are ours.
	allowed := regexp.MustCompile(`target=/root/\.(cache|npm)`)
	for name, content := range files(t) {
		number := 0
		for line := range strings.Lines(content) {
			number++
			if machine.MatchString(allowed.ReplaceAllString(line, "")) {
				t.Errorf("%s:%d: a path of one machine: %s", name, number, strings.TrimSpace(line))
			}
		}
	}
}

// TestLocksNameNoAddress: with an address in a lock file, npm would go there also for those who use another registry.
func TestLocksNameNoAddress(t *testing.T) {
	locks := 0
	for name, content := range files(t) {
		if filepath.Base(name) == "package-lock.json" {
			locks++
			require.False(t, strings.Contains(content, `"resolved": "http`), name)
		}
	}
	require.Positive(t, locks)
}
