package chaos

import (
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/e2e/chaos/faults"
	"github.com/parley-chat/parley/e2e/cluster"
)

// hogs are faults of a database that is a file: somebody holds its write lock and doesn't let go.
func hogs(c *cluster.Cluster) []faults.Fault {
	var held io.Closer
	begin := func() (err error) {
		held, err = c.HoldDatabase()
		return err
	}
	return []faults.Fault{{Kind: "database", Name: "takes no writes", Begin: begin, End: func() error { return held.Close() }}}
}

// server is the address of the database's server, and its URL by way of another address; "" if it is a file, or more
// than one server.
func server(database string) (address string, by func(string) string) {
	u, err := url.Parse(database)
	if err != nil || u.Scheme != "mongodb" || strings.Contains(u.Host, ",") {
		return "", nil
	}
	address = u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Host, "27017")
	}
	return address, func(other string) string {
		through := *u
		through.Host = other
		query := through.Query()
		query.Set("directConnection", "true") // or the driver would go around the wire
		through.RawQuery = query.Encode()
		return through.String()
	}
}
