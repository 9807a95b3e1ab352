package backend

import (
	"context"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/failoverlimit"
	"github.com/parley-chat/parley/pkg/memorylimit"
	"github.com/parley-chat/parley/pkg/redisbus"
	"github.com/parley-chat/parley/pkg/redisconn"
	"github.com/parley-chat/parley/pkg/redisguard"
	"github.com/parley-chat/parley/pkg/redislimit"
	"github.com/parley-chat/parley/pkg/redispresence"
)

// openRedis keeps bus, presence and limits in Redis. Limits go on in this process while Redis is away.
func (b *Backend) openRedis(o Options) error {
	client, err := redisconn.Open(o.Common.RedisURL, o.Common.NodeID)
	if err != nil {
		return config.Wrong(o.Settings, "PARLEY_REDIS_URL")
	}
	b.cleanup.Add("redis", func(context.Context) error { return client.Close() })
	guard := redisguard.Watch(client, redisguard.Options{Registerer: o.Registry, Logger: o.Log})
	b.cleanup.Add("redis guard", func(context.Context) error {
		guard.Close()
		return nil
	})
	publisher := redisbus.NewPublisher(client, redisbus.PublisherOptions{Registerer: o.Registry})
	b.cleanup.Add("publisher", publisher.Close)
	b.Publisher = publisher
	b.Subscribe = func(h bus.Handler) Subscriber {
		return redisbus.NewSubscriber(client, h, redisbus.SubscriberOptions{Registerer: o.Registry})
	}
	b.Presence = redispresence.New(client, redispresence.Options{})
	b.Limiter = failoverlimit.New(redislimit.New(client), memorylimit.New(memorylimit.Options{}), failoverlimit.Options{
		Registerer: o.Registry, Logger: o.Log,
	})
	return nil
}
