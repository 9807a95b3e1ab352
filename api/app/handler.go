package app

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/httpapi"
	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chatlog"
	"github.com/parley-chat/parley/pkg/peer"
	"github.com/parley-chat/parley/pkg/ratelimit"
	"github.com/parley-chat/parley/pkg/token"
)

// mailsAtOnce is how many links may be mailed to one address at once; each comes back after mailEvery.
const (
	mailsAtOnce = 3
	mailEvery   = 20 * time.Minute
)

// limits are the rate limits that the settings ask for.
type limits struct {
	message, edit, reaction, upload, search, invite, mail ratelimit.Limit

	auth httpapi.AuthLimits
}

func limitsOf(c config.Config) limits {
	return limits{
		message:  limit("message", c.MessageRate, c.MessageBurst),
		edit:     limit("edit", c.EditRate, c.EditBurst),
		reaction: limit("reaction", c.ReactionRate, c.ReactionBurst),
		upload:   limit("upload", c.UploadRate, c.UploadBurst),
		search:   limit("search", c.SearchRate, c.SearchBurst),
		invite:   limit("invite", c.InviteRate, c.InviteBurst),
		mail:     ratelimit.Limit{Name: "mail", PerMinute: float64(time.Minute) / float64(mailEvery), Burst: mailsAtOnce},
		auth: httpapi.AuthLimits{
			Signup:   limit("signup", c.SignupRate, c.SignupBurst),
			Login:    limit("login", c.LoginRate, c.LoginBurst),
			Recovery: limit("recovery", c.LoginRate, c.LoginBurst),
			LoginFailure: ratelimit.Limit{
				Name: "login-failure", PerMinute: float64(c.LoginRate) / 3, Burst: int(math.Ceil(float64(c.LoginBurst) / 3)),
			},
		},
	}
}

func limit(name string, perMinute, burst int) ratelimit.Limit {
	return ratelimit.Limit{Name: name, PerMinute: float64(perMinute), Burst: burst}
}

// services are what the routes call.
type services struct {
	auth          *service.Auth
	sessions      *service.Sessions
	users         *service.Users
	blocks        *service.Blocks
	conversations *service.Conversations
	groups        *service.Groups
	invites       *service.Invites
	messages      *service.Messages
	search        *service.Search
	uploads       *service.Uploads
}

func newServices(opts Options, log *chatlog.Log, pub service.Publisher, announcer *service.Announcer) (services, error) {
	ports, conf := opts.Ports, opts.Config
	lim := limitsOf(conf)
	issuer := token.NewIssuer(conf.JWTKeys, opts.Now)
	passwords, err := service.NewPasswords(conf.BcryptCost)
	if err != nil {
		return services{}, fmt.Errorf("passwords: %w", err)
	}
	sessions, err := service.NewSessions(ports.Store, token.NewKnown(issuer), pub, opts.Log, opts.Now)
	if err != nil {
		return services{}, fmt.Errorf("sessions: %w", err)
	}
	uploads := service.NewUploads(service.UploadsOptions{
		Store: ports.Store, Media: ports.Media, Images: imaging.New(imaging.DefaultLimits()), Logger: opts.Log, Now: opts.Now, Registry: opts.Registry,
		Kept: conf.UploadKept,
	})
	conversations := service.NewConversations(ports.Store, log, pub, opts.Log, opts.Now)
	groups := service.NewGroups(service.GroupsOptions{
		Store: ports.Store, Log: log, Conversations: conversations, Avatars: uploads, Announcer: announcer, Now: opts.Now,
		RoomThreshold: conf.RoomThreshold,
	})
	return services{
		auth: service.NewAuth(service.AuthOptions{
			Accounts: ports.Store, Links: ports.Store, Sessions: sessions, Tokens: issuer, Passwords: passwords,
			Mailer: ports.Mailer, Limiter: ports.Limiter, MailLimit: lim.mail,
			AccessTTL: conf.AccessTTL, RefreshTTL: conf.RefreshTTL, Log: opts.Log, Now: opts.Now,
		}),
		sessions:      sessions,
		users:         service.NewUsers(ports.Store, uploads, pub, opts.Log, opts.Now),
		blocks:        service.NewBlocks(ports.Store, pub, opts.Log, opts.Now),
		conversations: conversations,
		groups:        groups,
		invites:       service.NewInvites(ports.Store, groups, conf.PublicURL, opts.Now),
		messages: service.NewMessages(service.MessagesOptions{
			Store: ports.Store, Log: log, Attachments: uploads, Limiter: ports.Limiter,
			Limit: lim.message, EditLimit: lim.edit, ReactionLimit: lim.reaction,
			Announcer: announcer, Now: opts.Now,
		}),
		search:  service.NewSearch(ports.Store),
		uploads: uploads,
	}, nil
}

// newHandler is the HTTP API.
func newHandler(opts Options, s services) (http.Handler, error) {
	lim, limiter := limitsOf(opts.Config), httpapi.NewLimiter(opts.Ports.Limiter)
	peers := peer.NewRules(opts.Config.TrustedProxies, slices.Concat(opts.Config.AllowedOrigins, []string{opts.Config.PublicURL})...)
	docs, err := httpapi.NewDocs()
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return httpapi.New(httpapi.Options{
		Modules: []httpapi.Module{
			httpapi.NewAuth(s.auth, limiter, lim.auth, peers),
			httpapi.NewRecovery(s.auth, limiter, lim.auth),
			httpapi.NewSessions(s.sessions, peers),
			httpapi.NewUsers(s.users, lim.search),
			httpapi.NewBlocks(s.blocks),
			httpapi.NewConversations(s.conversations, s.groups, limiter, lim.search),
			httpapi.NewGroups(s.groups),
			httpapi.NewInvites(s.invites, lim.invite),
			httpapi.NewSettings(s.conversations),
			httpapi.NewReceipts(s.conversations),
			httpapi.NewMessages(s.messages),
			httpapi.NewSearch(s.search, lim.search),
			httpapi.NewSync(s.conversations),
			httpapi.NewUploads(s.uploads, opts.Ports.Files, lim.upload),
			docs,
		},
		Auth: s.sessions, Peers: peers, Limiter: limiter, Log: opts.Log, Registry: opts.Registry,
	}), nil
}
