package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/mail"
	"github.com/parley-chat/parley/api/maillog"
	"github.com/parley-chat/parley/api/mailresend"
	"github.com/parley-chat/parley/api/mailsmtp"
	"github.com/parley-chat/parley/api/mediacloudinary"
	"github.com/parley-chat/parley/api/mediadisk"
	settings "github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/lifecycle"
	"github.com/parley-chat/parley/pkg/memorylimit"
	"github.com/parley-chat/parley/pkg/mongostore"
	"github.com/parley-chat/parley/pkg/ops"
	"github.com/parley-chat/parley/pkg/redisbus"
	"github.com/parley-chat/parley/pkg/redisconn"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

// openStore opens the store that PARLEY_DATABASE_URL names, by its scheme.
func openStore(ctx context.Context, conf *config.Config, log *slog.Logger) (store Store, closeStore func(context.Context) error, err error) {
	if rest, ok := strings.CutPrefix(conf.DatabaseURL, "sqlite:"); ok {
		path, err := url.PathUnescape(strings.TrimPrefix(rest, "//"))
		if err != nil || path == "" {
			return nil, nil, settings.Wrong(conf, "PARLEY_DATABASE_URL")
		}
		s, err := sqlitestore.Open(ctx, path)
		if err != nil {
			return nil, nil, fmt.Errorf("database: %w", err)
		}
		return s, s.Close, nil
	}
	s, err := mongostore.Open(ctx, conf.DatabaseURL, mongostore.Options{Logger: log})
	if err != nil {
		return nil, nil, settings.Wrong(conf, "PARLEY_DATABASE_URL")
	}
	return s, s.Close, nil
}

// connectRedis makes the ports that Redis serves. It need not be there yet, or always.
func connectRedis(conf *config.Config, reg *prometheus.Registry, cleanup *lifecycle.Stack, ports *Ports) error {
	client, err := redisconn.Open(conf.RedisURL, conf.NodeID)
	if err != nil {
		return settings.Wrong(conf, "PARLEY_REDIS_URL")
	}
	cleanup.Add("redis", func(context.Context) error { return client.Close() })
	publisher := redisbus.NewPublisher(client, redisbus.PublisherOptions{Registerer: reg})
	cleanup.Add("publisher", publisher.Close)
	ports.Publisher = publisher
	ports.Limiter = memorylimit.New(memorylimit.Options{})
	ports.Checks = append(ports.Checks, ops.Check{Name: "bus", Run: func(context.Context) error { return publisher.Healthy() }})
	return nil
}

// openMedia makes the store of images: Cloudinary where an account is named, else files.
func openMedia(conf *config.Config, cleanup *lifecycle.Stack, ports *Ports) error {
	if conf.CloudinaryURL != "" || conf.CloudinaryCloudName != "" {
		media, err := mediacloudinary.New(mediacloudinary.Account{
			URL: conf.CloudinaryURL, CloudName: conf.CloudinaryCloudName, Key: conf.CloudinaryAPIKey, Secret: conf.CloudinaryAPISecret,
		})
		if err != nil {
			return settings.Wrong(conf, "CLOUDINARY_URL")
		}
		ports.Media = media
		return nil
	}
	disk, err := mediadisk.New(conf.MediaDir)
	if err != nil {
		return fmt.Errorf("PARLEY_MEDIA_DIR: %w", err)
	}
	cleanup.Add("media", func(context.Context) error { return disk.Close() })
	ports.Media, ports.Files = disk, disk
	return nil
}

// openMail makes the mailer: Resend or an SMTP server where one is named, else the log.
func openMail(conf *config.Config, log *slog.Logger, reg *prometheus.Registry, cleanup *lifecycle.Stack, ports *Ports) error {
	sender, err := mailSender(conf, log)
	if err != nil {
		return err
	}
	queue := mail.NewQueue(mail.QueueOptions{Sender: sender, Logger: log, Registry: reg})
	cleanup.Add("mail", queue.Close)
	ports.Welcomer = mail.NewGreeter(queue, conf.PublicURL, log)
	return nil
}

func mailSender(conf *config.Config, log *slog.Logger) (mail.Sender, error) {
	switch {
	case conf.ResendAPIKey != "":
		sender, err := mailresend.New(mailresend.Options{APIKey: conf.ResendAPIKey, From: conf.MailFrom})
		if err != nil {
			return nil, settings.Wrong(conf, "PARLEY_MAIL_FROM")
		}
		return sender, nil
	case conf.SMTPURL != "":
		sender, err := mailsmtp.New(mailsmtp.Options{URL: conf.SMTPURL, From: conf.MailFrom})
		if err != nil {
			return nil, settings.Wrong(conf, "PARLEY_SMTP_URL")
		}
		return sender, nil
	default:
		return maillog.New(log), nil
	}
}
