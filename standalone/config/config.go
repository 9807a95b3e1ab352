// Package config holds the settings of the all-in-one process: those of an API node and of a gateway, with
// defaults that need nothing outside of one data directory.
package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	api "github.com/parley-chat/parley/api/config"
	gateway "github.com/parley-chat/parley/gateway/config"
	"github.com/parley-chat/parley/pkg/config"
)

// Settings are those that only the all-in-one has.
type Settings struct {
	Addr     string `env:"PARLEY_ADDR" envDefault:":8080" help:"host:port that browsers go to"`
	OpsAddr  string `env:"PARLEY_OPS_ADDR" envDefault:"127.0.0.1:9080" help:"host:port for operations: health, metrics; keep it away from the public"`
	DataDir  string `env:"PARLEY_DATA_DIR" envDefault:"./data" help:"directory for the database, uploaded images and the signing key"`
	Gateways int    `env:"PARLEY_GATEWAYS" envDefault:"2" help:"how many gateways run in the process, 1 to 16"`
}

// Validate checks what a type can't. Its error names the first wrong setting.
func (s *Settings) Validate() error {
	switch {
	case !config.ListenAddr(s.Addr):
		return config.Wrong(s, "PARLEY_ADDR")
	case !config.ListenAddr(s.OpsAddr):
		return config.Wrong(s, "PARLEY_OPS_ADDR")
	case s.Gateways < 1 || s.Gateways > 16:
		return config.Wrong(s, "PARLEY_GATEWAYS")
	}
	return nil
}

// Config is everything.
type Config struct {
	Settings
	API     api.Config
	Gateway gateway.Config
}

// own are the addresses at which the parts listen for the front, and what the all-in-one decides itself.
var own = map[string]string{
	"PARLEY_API_ADDR":     "127.0.0.1:0",
	"PARLEY_GATEWAY_ADDR": "127.0.0.1:0",
}

// Load reads environ ("KEY=value" each), makes the data directory, and in it what is missing: the key that signs
// tokens. Its error is one line.
func Load(environ []string) (Config, error) {
	var c Config
	if err := config.Load(&c.Settings, environ); err != nil {
		return c, err
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return c, fmt.Errorf("PARLEY_DATA_DIR: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return c, fmt.Errorf("PARLEY_DATA_DIR: %w", err)
	}
	env, err := withDefaults(environ, dir)
	if err != nil {
		return c, err
	}
	if err := config.Load(&c.API, env); err != nil {
		return c, err
	}
	return c, config.Load(&c.Gateway, env)
}

// withDefaults is environ with what the data directory gives where nothing is set.
func withDefaults(environ []string, dir string) ([]string, error) {
	set := map[string]bool{}
	var env []string
	for _, pair := range environ {
		key, value, _ := strings.Cut(pair, "=")
		if _, ours := own[key]; ours || value == "" || key == "PARLEY_OPS_ADDR" {
			continue
		}
		set[key] = true
		env = append(env, pair)
	}
	defaults := map[string]string{
		"PARLEY_DATABASE_URL": "sqlite://" + (&url.URL{Path: filepath.Join(dir, "parley.db")}).EscapedPath(),
		"PARLEY_MEDIA_DIR":    filepath.Join(dir, "media"),
		"PARLEY_LOG_FORMAT":   "text",
		// There is no other node for clients to go to.
		"PARLEY_DRAIN_TIMEOUT": "2s",
	}
	if !set["PARLEY_JWT_KEYS"] {
		key, err := signingKey(filepath.Join(dir, "signing.key"))
		if err != nil {
			return nil, err
		}
		defaults["PARLEY_JWT_KEYS"] = key
	}
	for key, value := range defaults {
		if !set[key] {
			env = append(env, key+"="+value)
		}
	}
	for key, value := range own {
		env = append(env, key+"="+value)
	}
	return env, nil
}

// signingKey is the key in the file, made at the first start. Deleting it signs everybody out.
func signingKey(path string) (string, error) {
	kept, err := os.ReadFile(path)
	switch {
	case err == nil:
		return strings.TrimSpace(string(kept)), nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("signing key: %w", err)
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails, by its contract
	key := "local:" + base64.RawURLEncoding.EncodeToString(secret)
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("signing key: %w", err)
	}
	return key, nil
}
