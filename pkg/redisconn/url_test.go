package redisconn

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	tests := map[string]target{
		"redis://h":                             {addrs: []string{"h:6379"}},
		"redis://h/":                            {addrs: []string{"h:6379"}},
		"redis://10.0.0.1:7000/5":               {addrs: []string{"10.0.0.1:7000"}, db: 5},
		"redis://[::1]:7000":                    {addrs: []string{"[::1]:7000"}},
		"redis://[::1]":                         {addrs: []string{"[::1]:6379"}},
		"redis://:secret@h":                     {addrs: []string{"h:6379"}, password: "secret"},
		"redis://me:s%40c:r%2F%25t@h":           {addrs: []string{"h:6379"}, user: "me", password: "s@c:r/%t"},
		"rediss://h:1":                          {addrs: []string{"h:1"}, tls: true},
		"unix:///run/redis.sock":                {addrs: []string{"/run/redis.sock"}},
		"unix://:pw@/run/a%20b.sock?db=2":       {addrs: []string{"/run/a b.sock"}, password: "pw", db: 2},
		"redis+sentinel://a,b:1/main":           {kind: sentinel, addrs: []string{"a:26379", "b:1"}, master: "main"},
		"redis+sentinel://u:p@a,[::1]:2/main/3": {kind: sentinel, addrs: []string{"a:26379", "[::1]:2"}, master: "main", db: 3, user: "u", password: "p"},
		"rediss+sentinel://a/main":              {kind: sentinel, addrs: []string{"a:26379"}, master: "main", tls: true},
		"redis+cluster://a:1,b":                 {kind: cluster, addrs: []string{"a:1", "b:6379"}},
		"rediss+cluster://:p@a":                 {kind: cluster, addrs: []string{"a:6379"}, tls: true, password: "p"},
	}
	for raw, want := range tests {
		t.Run(raw, func(t *testing.T) {
			got, err := parse(raw)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]error{
		"":                           errScheme,
		"localhost:6379":             errScheme,
		"http://h":                   errScheme,
		"REDIS://h":                  errScheme,
		"redis:h":                    errScheme,
		"redis://":                   errHost,
		"redis://a b":                errHost,
		"redis://:6379":              errHost,
		"redis://[::1":               errHost,
		"redis://::1":                errHost,
		"redis://h:":                 errPort,
		"redis://h:0":                errPort,
		"redis://h:65536":            errPort,
		"redis://h,i":                errOneHost,
		"redis://h/x":                errDB,
		"redis://h/-1":               errDB,
		"redis://h/1/2":              errDB,
		"redis://h/99999999999":      errDB,
		"redis://h?db=1":             errExtras,
		"redis://h#x":                errExtras,
		"redis://me@h":               errUserOnly,
		"redis://me:@h":              errUserOnly,
		"redis://me:%zz@h":           errUserinfo,
		"redis://me:a@b@h":           errUserinfo,
		"unix://run/redis.sock":      errSocket,
		"unix://":                    errSocket,
		"unix:///":                   errSocket,
		"unix:///s?database=1":       errSocket,
		"unix:///s?db=x":             errDB,
		"redis+sentinel://a":         errMaster,
		"redis+sentinel://a/":        errMaster,
		"redis+sentinel://a/main/x":  errDB,
		"redis+sentinel://a/main/1/": errPath,
		"redis+sentinel://a,,b/main": errHost,
		"redis+cluster://a/0":        errNoDB,
		"redis+cluster://":           errHost,
	}
	for raw, want := range tests {
		t.Run(raw, func(t *testing.T) {
			_, err := parse(raw)
			require.ErrorIs(t, err, want)
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"redis://h", "redis://u:p@h:1/2", "rediss://[::1]:6379", "unix://:p@/s?db=1", "redis+sentinel://u:p@a,b:1/main/3",
		"redis+cluster://a:1,b", "redis://:%zz@h", "redis://me:a@b@h", "unix:///@",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := parse(raw)
		if err != nil {
			require.Equal(t, target{}, got)
			return
		}
		require.NotEmpty(t, got.addrs)
		for _, a := range got.addrs {
			if strings.HasPrefix(a, "/") {
				continue
			}
			require.NotContains(t, a, "@", "userinfo in an address")
			require.Contains(t, a, ":", "no port")
		}
		require.GreaterOrEqual(t, got.db, 0)
		require.Equal(t, got.kind == sentinel, got.master != "")
		if got.user != "" {
			require.NotEmpty(t, got.password)
		}
	})
}

// FuzzErrors: whatever stands around a password, no error shows it.
func FuzzErrors(f *testing.F) {
	f.Add("redis://:", "@h:x")
	f.Add("", "://h")
	f.Add("redis+sentinel://u:%", "@/")
	f.Fuzz(func(t *testing.T, before, after string) {
		const password = "correct-horse-battery"
		if _, err := Open(before+password+after, ""); err != nil {
			require.NotContains(t, err.Error(), password)
		}
	})
}
