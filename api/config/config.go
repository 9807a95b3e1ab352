// Package config holds an API node's settings.
package config

import (
	"net/mail"
	"time"

	"github.com/parley-chat/parley/pkg/config"
)

// Config is an API node's settings, read from the environment by config.Load.
type Config struct {
	config.Common
	Addr    string `env:"PARLEY_API_ADDR" envDefault:":8081" help:"host:port for the HTTP API"`
	OpsAddr string `env:"PARLEY_OPS_ADDR" envDefault:":9081" help:"host:port for operations: health, metrics; keep it away from the public"`

	MessageRate   int `env:"PARLEY_MESSAGE_RATE" envDefault:"10" help:"messages a minute of one user, 0 to 1000000; 0 is no limit"`
	MessageBurst  int `env:"PARLEY_MESSAGE_BURST" envDefault:"10" help:"messages that one user may send at once, 1 to 100000"`
	EditRate      int `env:"PARLEY_EDIT_RATE" envDefault:"30" help:"edits, deletions and pins a minute of one user, 0 to 1000000; 0 is no limit"`
	EditBurst     int `env:"PARLEY_EDIT_BURST" envDefault:"30" help:"edits, deletions and pins of one user at once, 1 to 100000"`
	ReactionRate  int `env:"PARLEY_REACTION_RATE" envDefault:"60" help:"reactions a minute of one user, taken back ones too, 0 to 1000000; 0 is no limit"`
	ReactionBurst int `env:"PARLEY_REACTION_BURST" envDefault:"60" help:"reactions of one user at once, 1 to 100000"`
	SignupRate    int `env:"PARLEY_SIGNUP_RATE" envDefault:"60" help:"sign-ups a minute from one address, 0 to 1000000; 0 is no limit"`
	SignupBurst   int `env:"PARLEY_SIGNUP_BURST" envDefault:"100" help:"sign-ups at once from one address, 1 to 100000"`
	LoginRate     int `env:"PARLEY_LOGIN_RATE" envDefault:"30" help:"log-ins a minute from one address, 0 to 1000000; a third of it for wrong passwords of one account; 0 is no limit"`
	LoginBurst    int `env:"PARLEY_LOGIN_BURST" envDefault:"30" help:"log-ins at once from one address, 1 to 100000; a third of it for wrong passwords of one account"`
	SearchRate    int `env:"PARLEY_SEARCH_RATE" envDefault:"120" help:"searches a minute of one user, 0 to 1000000; 0 is no limit"`
	SearchBurst   int `env:"PARLEY_SEARCH_BURST" envDefault:"120" help:"searches of one user at once, 1 to 100000"`
	InviteRate    int `env:"PARLEY_INVITE_RATE" envDefault:"30" help:"invites made, looked at and joined by, a minute, of one user, 0 to 1000000; 0 is no limit"`
	InviteBurst   int `env:"PARLEY_INVITE_BURST" envDefault:"30" help:"invites made, looked at and joined by, of one user at once, 1 to 100000"`
	UploadRate    int `env:"PARLEY_UPLOAD_RATE" envDefault:"30" help:"uploads a minute of one user, 0 to 1000000; 0 is no limit"`
	UploadBurst   int `env:"PARLEY_UPLOAD_BURST" envDefault:"30" help:"uploads of one user at once, 1 to 100000"`

	UploadKept time.Duration `env:"PARLEY_UPLOAD_KEPT" envDefault:"24h" help:"how long an upload is kept that no message and no picture uses, 1s to 8760h"`

	RoomThreshold int `env:"PARLEY_ROOM_THRESHOLD" envDefault:"32" help:"members beyond which a group gets a channel of its own on the bus, 2 to 10000"`

	BcryptCost int           `env:"PARLEY_BCRYPT_COST" envDefault:"10" help:"how slow hashing a password is, 4 to 20; one more is twice the time"`
	AccessTTL  time.Duration `env:"PARLEY_ACCESS_TTL" envDefault:"15m" help:"how long an access token is good, 1s to 24h"`
	RefreshTTL time.Duration `env:"PARLEY_REFRESH_TTL" envDefault:"720h" help:"how long a session lives without being used, 10s to 8760h"`

	MediaDir            string `env:"PARLEY_MEDIA_DIR" envDefault:"./data/media" help:"directory for uploaded images, shared by all API nodes; unused with Cloudinary"`
	CloudinaryURL       string `env:"CLOUDINARY_URL" secret:"true" help:"cloudinary://key:secret@name: keeps uploaded images there"`
	CloudinaryCloudName string `env:"CLOUDINARY_CLOUD_NAME" help:"with CLOUDINARY_API_KEY and CLOUDINARY_API_SECRET, another way to say CLOUDINARY_URL"`
	CloudinaryAPIKey    string `env:"CLOUDINARY_API_KEY" secret:"true" help:"see CLOUDINARY_CLOUD_NAME; all three or none"`
	CloudinaryAPISecret string `env:"CLOUDINARY_API_SECRET" secret:"true" help:"see CLOUDINARY_CLOUD_NAME; all three or none"`

	ResendAPIKey string `env:"RESEND_API_KEY" secret:"true" help:"sends mail through Resend; needs PARLEY_MAIL_FROM"`
	SMTPURL      string `env:"PARLEY_SMTP_URL" secret:"true" help:"smtp://user:password@host:587 (STARTTLS) or smtps://…:465: sends mail through it; needs PARLEY_MAIL_FROM"`
	MailFrom     string `env:"PARLEY_MAIL_FROM" help:"the sender of mails: Parley <chat@example.org>"`
}

// Validate checks what a type can't. Its error names the first wrong setting.
func (c *Config) Validate() error {
	if err := config.ValidateCommon(c, &c.Common); err != nil {
		return err
	}
	if !config.ListenAddr(c.Addr) {
		return config.Wrong(c, "PARLEY_API_ADDR")
	}
	if !config.ListenAddr(c.OpsAddr) {
		return config.Wrong(c, "PARLEY_OPS_ADDR")
	}
	const maxRate, maxBurst = 1_000_000, 100_000
	ranges := []config.Range{
		{Key: "PARLEY_MESSAGE_RATE", Value: int64(c.MessageRate), Min: 0, Max: maxRate},
		{Key: "PARLEY_MESSAGE_BURST", Value: int64(c.MessageBurst), Min: 1, Max: maxBurst},
		{Key: "PARLEY_EDIT_RATE", Value: int64(c.EditRate), Min: 0, Max: maxRate},
		{Key: "PARLEY_EDIT_BURST", Value: int64(c.EditBurst), Min: 1, Max: maxBurst},
		{Key: "PARLEY_REACTION_RATE", Value: int64(c.ReactionRate), Min: 0, Max: maxRate},
		{Key: "PARLEY_REACTION_BURST", Value: int64(c.ReactionBurst), Min: 1, Max: maxBurst},
		{Key: "PARLEY_SIGNUP_RATE", Value: int64(c.SignupRate), Min: 0, Max: maxRate},
		{Key: "PARLEY_SIGNUP_BURST", Value: int64(c.SignupBurst), Min: 1, Max: maxBurst},
		{Key: "PARLEY_LOGIN_RATE", Value: int64(c.LoginRate), Min: 0, Max: maxRate},
		{Key: "PARLEY_LOGIN_BURST", Value: int64(c.LoginBurst), Min: 1, Max: maxBurst},
		{Key: "PARLEY_SEARCH_RATE", Value: int64(c.SearchRate), Min: 0, Max: maxRate},
		{Key: "PARLEY_SEARCH_BURST", Value: int64(c.SearchBurst), Min: 1, Max: maxBurst},
		{Key: "PARLEY_INVITE_RATE", Value: int64(c.InviteRate), Min: 0, Max: maxRate},
		{Key: "PARLEY_INVITE_BURST", Value: int64(c.InviteBurst), Min: 1, Max: maxBurst},
		{Key: "PARLEY_UPLOAD_RATE", Value: int64(c.UploadRate), Min: 0, Max: maxRate},
		{Key: "PARLEY_UPLOAD_BURST", Value: int64(c.UploadBurst), Min: 1, Max: maxBurst},
		{Key: "PARLEY_UPLOAD_KEPT", Value: int64(c.UploadKept), Min: int64(time.Second), Max: int64(8760 * time.Hour)},
		{Key: "PARLEY_ROOM_THRESHOLD", Value: int64(c.RoomThreshold), Min: 2, Max: 10_000},
		{Key: "PARLEY_BCRYPT_COST", Value: int64(c.BcryptCost), Min: 4, Max: 20},
		{Key: "PARLEY_ACCESS_TTL", Value: int64(c.AccessTTL), Min: int64(time.Second), Max: int64(24 * time.Hour)},
		{Key: "PARLEY_REFRESH_TTL", Value: int64(c.RefreshTTL), Min: int64(10 * time.Second), Max: int64(8760 * time.Hour)},
	}
	if err := config.CheckRanges(c, ranges...); err != nil {
		return err
	}
	return c.validateServices()
}

// validateServices checks the settings of what is outside: images and mail.
func (c *Config) validateServices() error {
	parts := []struct{ key, value string }{
		{"CLOUDINARY_CLOUD_NAME", c.CloudinaryCloudName},
		{"CLOUDINARY_API_KEY", c.CloudinaryAPIKey},
		{"CLOUDINARY_API_SECRET", c.CloudinaryAPISecret},
	}
	for _, p := range parts {
		if p.value == "" && c.CloudinaryCloudName+c.CloudinaryAPIKey+c.CloudinaryAPISecret != "" {
			return config.Wrong(c, p.key)
		}
	}
	if c.MailFrom == "" && c.ResendAPIKey+c.SMTPURL == "" {
		return nil
	}
	if _, err := mail.ParseAddress(c.MailFrom); err != nil {
		return config.Wrong(c, "PARLEY_MAIL_FROM")
	}
	return nil
}

// Default is the settings where nothing is set, for processes that embed an API node: what has no default
// (addresses of stores, keys) is the caller's to fill in.
func Default() Config {
	var c Config
	// The defaults parse; that the required settings are missing is what the error says.
	_ = config.Load(&c, nil)
	return c
}
