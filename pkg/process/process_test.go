package process_test

import (
	"bytes"
	"errors"
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/process"
)

type settings struct {
	Size int `env:"SIZE" envDefault:"3" help:"how large, a whole number"`
}

func TestMain(t *testing.T) {
	wrong := &config.Error{Key: "SIZE", Value: "9", Allowed: "less"}
	for name, c := range map[string]struct {
		args, environ  []string
		run            error
		code           int
		stdout, stderr string
		failed         error
	}{
		"runs":             {code: process.ExitOK},
		"runs with a flag": {args: []string{"--twice"}, code: process.ExitOK},
		"help": {
			args: []string{"--help"}, code: process.ExitOK,
			stdout: "sizes things\n\nSettings are environment variables:\n  SIZE  3  how large, a whole number\n",
		},
		"unknown flag":  {args: []string{"--thrice"}, code: process.ExitUsage, stderr: "sizer: unknown arguments [\"--thrice\"]; see --help\n"},
		"argument":      {args: []string{"now"}, code: process.ExitUsage, stderr: "sizer: unknown arguments [\"now\"]; see --help\n"},
		"wrong setting": {environ: []string{"SIZE=x"}, code: process.ExitUsage, stderr: "sizer: SIZE is \"x\"; allowed: how large, a whole number\n"},
		"a setting that turns out wrong": {
			run: errors.Join(wrong), code: process.ExitUsage, stderr: "sizer: SIZE is \"9\"; allowed: less\n",
		},
		"fails": {run: errors.ErrUnsupported, code: process.ExitFailed, failed: errors.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			var failed error
			var s settings
			p := process.Program{
				Name: "sizer", Usage: "sizes things\n", Settings: []any{&s},
				Flags:  func(f *flag.FlagSet) { f.Bool("twice", false, "") },
				Load:   func(environ []string) error { return config.Load(&s, environ) },
				Run:    func() error { return c.run },
				Failed: func(err error) { failed = err },
			}
			require.Equal(t, c.code, p.Main(c.args, c.environ, &stdout, &stderr))
			require.Equal(t, c.stdout, stdout.String())
			require.Equal(t, c.stderr, stderr.String())
			require.Equal(t, c.failed, failed)
		})
	}
}
