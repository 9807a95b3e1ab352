package redisconn

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// kind is how the servers behind a URL belong together.
type kind int

const (
	single kind = iota
	sentinel
	cluster
)

// target is what a URL says.
type target struct {
	kind     kind
	tls      bool
	addrs    []string // host:port, or the path of a socket
	user     string
	password string
	master   string // sentinel's name for the master
	db       int
}

type scheme struct {
	kind kind
	tls  bool
	unix bool
}

var schemes = map[string]scheme{
	"redis":           {kind: single},
	"rediss":          {kind: single, tls: true},
	"unix":            {kind: single, unix: true},
	"redis+sentinel":  {kind: sentinel},
	"rediss+sentinel": {kind: sentinel, tls: true},
	"redis+cluster":   {kind: cluster},
	"rediss+cluster":  {kind: cluster, tls: true},
}

const (
	redisPort    = "6379"
	sentinelPort = "26379"
	// maxDB is the highest number that a server can be configured for.
	maxDB = 1<<31 - 2
)

// The messages of parse never quote the URL: what stands in the wrong place may be the password.
var (
	errScheme   = errors.New("must start with redis://, rediss://, unix://, redis+sentinel://, rediss+sentinel://, redis+cluster:// or rediss+cluster://")
	errUserinfo = errors.New("user and password must be percent-encoded (an \"@\", \"/\", \"?\", \"#\" or \"%\" in them is %40, %2F, %3F, %23 or %25)")
	errUserOnly = errors.New("there is a user without a password; a password alone is written :password@host")
	errExtras   = errors.New("nothing may follow the database: no ? and no #")
	errHost     = errors.New("a host is missing or malformed: host, host:port or [IPv6]:port")
	errPort     = errors.New("a port must be a number from 1 to 65535")
	errOneHost  = errors.New("a single server has one host; for several use redis+sentinel:// or redis+cluster://")
	errDB       = errors.New("the database, after the last /, must be a number from 0")
	errMaster   = errors.New("the name of the master is missing: redis+sentinel://host,host/master")
	errPath     = errors.New("redis+sentinel://host,host/master/db is the longest path there is")
	errNoDB     = errors.New("a cluster has no databases")
	errSocket   = errors.New("unix:// needs the absolute path of a socket, and may end in ?db=number")
)

func parse(raw string) (target, error) {
	name, rest, ok := strings.Cut(raw, "://")
	s, known := schemes[name]
	if !ok || !known {
		return target{}, errScheme
	}
	if s.unix {
		return parseUnix(rest)
	}
	if strings.ContainsAny(rest, "?#") {
		return target{}, errExtras
	}
	authority, path, _ := strings.Cut(rest, "/")
	t := target{kind: s.kind, tls: s.tls}
	hosts, err := t.takeUserinfo(authority)
	if err != nil {
		return target{}, err
	}
	if t.addrs, err = parseHosts(hosts, t.kind); err != nil {
		return target{}, err
	}
	if err := t.takePath(path); err != nil {
		return target{}, err
	}
	return t, nil
}

func parseUnix(rest string) (target, error) {
	t := target{kind: single}
	rest, query, asked := strings.Cut(rest, "?")
	authority, path, ok := strings.Cut(rest, "/")
	if !ok || path == "" || strings.Contains(rest, "#") {
		return target{}, errSocket
	}
	host, err := t.takeUserinfo(authority)
	if err != nil {
		return target{}, err
	}
	path, err = url.PathUnescape(path)
	if err != nil || host != "" {
		return target{}, errSocket
	}
	t.addrs = []string{"/" + path}
	if asked {
		number, ok := strings.CutPrefix(query, "db=")
		if !ok {
			return target{}, errSocket
		}
		if t.db, err = parseDB(number); err != nil {
			return target{}, err
		}
	}
	return t, nil
}

// takeUserinfo sets user and password, and returns what follows them.
func (t *target) takeUserinfo(authority string) (hosts string, err error) {
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return authority, nil
	}
	user, password, ok := strings.Cut(authority[:at], ":")
	if !ok {
		return "", errUserOnly
	}
	var userErr, passwordErr error
	t.user, userErr = url.PathUnescape(user)
	t.password, passwordErr = url.PathUnescape(password)
	if userErr != nil || passwordErr != nil || strings.Contains(authority[:at], "@") {
		return "", errUserinfo
	}
	if t.password == "" {
		return "", errUserOnly
	}
	return authority[at+1:], nil
}

func parseHosts(list string, k kind) ([]string, error) {
	hosts := strings.Split(list, ",")
	if k == single && len(hosts) > 1 {
		return nil, errOneHost
	}
	port := redisPort
	if k == sentinel {
		port = sentinelPort
	}
	addrs := make([]string, 0, len(hosts))
	for _, h := range hosts {
		addr, err := parseHost(h, port)
		if err != nil {
			return nil, err
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}

func parseHost(h, port string) (string, error) {
	// url.Parse knows brackets, zones and which characters a host may have. Its errors quote, so they stay here.
	u, err := url.Parse("redis://" + h)
	if err != nil || u.Host != h || u.Hostname() == "" || u.User != nil {
		return "", errHost
	}
	if strings.Contains(u.Hostname(), ":") && !strings.HasPrefix(h, "[") {
		return "", errHost
	}
	if strings.HasSuffix(h, ":") {
		return "", errPort
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return "", errPort
		}
		port = p
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// takePath sets what stands after the hosts.
func (t *target) takePath(path string) (err error) {
	switch t.kind {
	case cluster:
		if path != "" {
			return errNoDB
		}
		return nil
	case sentinel:
		master, db, _ := strings.Cut(path, "/")
		t.master, err = url.PathUnescape(master)
		if err != nil || t.master == "" {
			return errMaster
		}
		if strings.Contains(db, "/") {
			return errPath
		}
		path = db
	case single:
	}
	if path != "" {
		t.db, err = parseDB(path)
	}
	return err
}

func parseDB(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || n > maxDB {
		return 0, errDB
	}
	return int(n), nil
}
