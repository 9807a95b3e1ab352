// Package report gives results of runs to people and to programs.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Result can be written as people read it, and encoded as JSON.
type Result interface{ Write(w io.Writer) error }

// Show writes a result to w, and before that as JSON into a file; into none if that has no name.
func Show(w io.Writer, file string, result Result) error {
	if err := Save(file, result); err != nil {
		return err
	}
	return result.Write(w) //nolint:wrapcheck // says what it is
}

// Save writes a result as JSON into a file; into none if that has no name.
func Save(file string, result any) error {
	if file == "" {
		return nil
	}
	content, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	if err := os.WriteFile(file, append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
