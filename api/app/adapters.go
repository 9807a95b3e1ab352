package app

import (
	"context"
	"fmt"
	"log/slog"

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
)

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
	sender, err := mailSender(conf)
	if err != nil {
		return err
	}
	if sender == nil {
		kept := maillog.New(log)
		sender, ports.KeptMail = kept, kept
	}
	queue := mail.NewQueue(mail.QueueOptions{Sender: sender, Logger: log, Registry: reg})
	cleanup.Add("mail", queue.Close)
	ports.Mailer = mail.NewLetters(queue, conf.PublicURL, log)
	return nil
}

// mailSender is nil where no mail server is set.
func mailSender(conf *config.Config) (mail.Sender, error) {
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
		return nil, nil //nolint:nilnil // nobody to send through, which is no error
	}
}
