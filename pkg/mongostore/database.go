package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
)

func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, operationTimeout)
}

// record is a document as Go sees it; domain is what it means.
type record[D any] interface{ domain() D }

// findOne gives chat.ErrNotFound if there is none.
func findOne[R record[D], D any](ctx context.Context, c *mongo.Collection, op string, filter any, opts ...options.Lister[options.FindOneOptions]) (D, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	var r R
	if err := c.FindOne(ctx, filter, opts...).Decode(&r); err != nil {
		var none D
		return none, fault(op, err)
	}
	return r.domain(), nil
}

// find reads everything that the filter finds.
func find[R record[D], D any](ctx context.Context, c *mongo.Collection, op string, filter any, opts ...options.Lister[options.FindOptions]) ([]D, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	cursor, err := c.Find(ctx, filter, opts...)
	if err != nil {
		return nil, fault(op, err)
	}
	var records []R
	if err := cursor.All(ctx, &records); err != nil {
		return nil, fault(op, err)
	}
	list := make([]D, 0, len(records))
	for _, r := range records {
		list = append(list, r.domain())
	}
	return list, nil
}

// findByID reads the documents with these ids that meet the conditions, in any order.
func findByID[R record[D], D any, ID ~string](ctx context.Context, c *mongo.Collection, op string, ids []ID, where bson.D, opts ...options.Lister[options.FindOptions]) ([]D, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > maxIDs {
		return nil, fault(op, errTooMany)
	}
	return find[R](ctx, c, op, append(bson.D{{Key: "_id", Value: in(ids)}}, where...), opts...)
}

// insert fails for a document that exists.
func insert(ctx context.Context, c *mongo.Collection, op string, document any) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := c.InsertOne(ctx, document)
	return fault(op, err)
}

// update changes the one document that the filter finds and tells whether there is one.
func update(ctx context.Context, c *mongo.Collection, op string, filter, set bson.D) (bool, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	result, err := c.UpdateOne(ctx, filter, bson.D{{Key: "$set", Value: set}})
	if err != nil {
		return false, fault(op, err)
	}
	return result.MatchedCount > 0, nil
}

func in[T any](values []T) bson.D { return bson.D{{Key: "$in", Value: values}} }

// is makes a condition on one field, as in is("$gt", 7).
func is(operator string, value any) bson.D { return bson.D{{Key: operator, Value: value}} }

// ascending sorts by fields.
func ascending(fields ...string) bson.D {
	var d bson.D
	for _, f := range fields {
		d = append(d, bson.E{Key: f, Value: 1})
	}
	return d
}

// instant is how times are kept: as dates, with 1970 for never.
func instant(t chat.Time) bson.DateTime { return bson.DateTime(t) }

// notPrimary are the codes with which a server says that it can't serve now: it is no primary (any
// more), shuts down, can't reach others, or could not keep the write concern.
var notPrimary = []int{6, 7, 50, 64, 79, 89, 91, 100, 112, 133, 189, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436, 14031}

// fault gives err the name of its operation, and its meaning for callers.
func fault(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return fmt.Errorf("mongostore: %s: %w", op, chat.ErrNotFound)
	case isUnavailable(err):
		return fmt.Errorf("mongostore: %s: %w: %w", op, chat.ErrUnavailable, err)
	default:
		return fmt.Errorf("mongostore: %s: %w", op, err)
	}
}

func isUnavailable(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, mongo.ErrClientDisconnected) || mongo.IsTimeout(err) || mongo.IsNetworkError(err) {
		return true
	}
	var labeled mongo.LabeledError
	if errors.As(err, &labeled) && (labeled.HasErrorLabel("RetryableWriteError") || labeled.HasErrorLabel("RetryableReadError")) {
		return true
	}
	var server mongo.ServerError
	if errors.As(err, &server) && slices.ContainsFunc(notPrimary, server.HasErrorCode) {
		return true
	}
	// The driver has no exported types for "no server can be selected", and for those who had no connection yet when the server went.
	text := err.Error()
	return strings.Contains(text, "server selection error") || strings.Contains(text, "connection pool for ") && strings.Contains(text, " was cleared because ")
}
