// Package mediacloudinary keeps uploads with Cloudinary, which serves them.
package mediacloudinary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/cloudinary/cloudinary-go/v2"
	"github.com/cloudinary/cloudinary-go/v2/api"
	"github.com/cloudinary/cloudinary-go/v2/api/uploader"
	"github.com/cloudinary/cloudinary-go/v2/config"

	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/pkg/chat"
)

// Timeout bounds one call to Cloudinary, FileTimeout one that passes on a file as it comes.
const (
	Timeout     = 20 * time.Second
	FileTimeout = 3 * time.Minute
)

// folder is before each public id, so that an account may hold other things too.
const folder = "parley/"

// thumbnail is the transformation for which Cloudinary makes the thumbnail when it is first asked for.
const thumbnail = "c_limit,h_480,w_480/q_auto"

// ErrSettings: the account's name, key or secret is missing, or the URL is none.
var ErrSettings = errors.New("the Cloudinary account is not fully named")

// Account names an account: by URL, cloudinary://key:secret@name, or by its three parts.
type Account struct {
	URL                    string
	CloudName, Key, Secret string
}

// Cloudinary keeps images in one account.
type Cloudinary struct{ client *cloudinary.Cloudinary }

// New is for the account; it does not call Cloudinary. It fails with ErrSettings.
func New(a Account) (*Cloudinary, error) {
	conf, err := a.config()
	if err != nil {
		return nil, err
	}
	conf.API.Timeout = int64(Timeout.Seconds())
	conf.API.UploadTimeout = int64(FileTimeout.Seconds())
	conf.URL.Secure = true
	conf.URL.Analytics = false // the addresses are kept; they tell nothing of the library
	client, err := cloudinary.NewFromConfiguration(*conf)
	if err != nil {
		return nil, fmt.Errorf("cloudinary: %w", err)
	}
	client.Upload.Client.Timeout = FileTimeout
	return &Cloudinary{client}, nil
}

// configuring guards the library's decoder of URLs, which all calls share.
var configuring sync.Mutex

// config keeps the library's own errors to itself: they may quote the secret.
func (a Account) config() (*config.Configuration, error) {
	configuring.Lock()
	defer configuring.Unlock()
	var (
		conf *config.Configuration
		err  error
	)
	if a.URL == "" {
		conf, err = config.NewFromParams(a.CloudName, a.Key, a.Secret)
	} else {
		if !strings.HasPrefix(a.URL, "cloudinary://") {
			return nil, ErrSettings
		}
		conf, err = config.NewFromURL(a.URL)
	}
	if err != nil || conf.Cloud.CloudName == "" || conf.Cloud.APIKey == "" || conf.Cloud.APISecret == "" {
		return nil, ErrSettings
	}
	return conf, nil
}

// Put keeps img.Main under an id of our own, and tells where Cloudinary serves it and its thumbnail. A
// second Put of the same id replaces the first.
func (c *Cloudinary) Put(ctx context.Context, id chat.UploadID, img imaging.Image) (mainURL, thumbnailURL string, err error) {
	if !chat.ValidID(id) {
		return "", "", fmt.Errorf("cloudinary: no upload id: %q", string(id))
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	answer, err := c.upload(ctx, folder+string(id), "image", bytes.NewReader(img.Main.Bytes))
	if err != nil {
		return "", "", err
	}
	small, err := c.client.Image(folder + string(id) + ending(img.Thumb.Mime))
	if err != nil {
		return "", "", fmt.Errorf("cloudinary: thumbnail: %w", err)
	}
	small.Version = answer.Version
	small.Transformation = thumbnail
	thumbnailURL, err = small.String()
	if err != nil {
		return "", "", fmt.Errorf("cloudinary: thumbnail: %w", err)
	}
	return answer.SecureURL, thumbnailURL, nil
}

// PutFile keeps content as it comes, as a file that Cloudinary lets people save and does nothing else with. Its public id has the
// ending of the name, because Cloudinary names what is saved by it.
func (c *Cloudinary) PutFile(ctx context.Context, id chat.UploadID, name string, content io.Reader) (string, error) {
	if !chat.ValidID(id) {
		return "", fmt.Errorf("cloudinary: no upload id: %q", string(id))
	}
	answer, err := c.upload(ctx, fileID(id, name), "raw", content)
	if err != nil {
		return "", err
	}
	// Cloudinary decides by the content what it is; the address has its decision.
	before, after, ok := strings.Cut(answer.SecureURL, "/upload/")
	if !ok {
		return "", fmt.Errorf("cloudinary: upload answered with the address %q", answer.SecureURL)
	}
	return before + "/upload/fl_attachment/" + after, nil
}

func (c *Cloudinary) upload(ctx context.Context, publicID, kind string, content io.Reader) (*uploader.UploadResult, error) {
	answer, err := c.client.Upload.Upload(ctx, content, uploader.UploadParams{PublicID: publicID, Overwrite: api.Bool(true), ResourceType: kind})
	if err != nil {
		return nil, fmt.Errorf("cloudinary: upload: %w", err)
	}
	if answer.Error.Message != "" {
		return nil, fmt.Errorf("cloudinary: upload refused: %s", answer.Error.Message)
	}
	if at, err := url.Parse(answer.SecureURL); err != nil || at.Scheme != "https" || at.Host == "" {
		return nil, fmt.Errorf("cloudinary: upload answered with the address %q", answer.SecureURL)
	}
	return answer, nil
}

// plain are endings that need no care in an address.
var plain = regexp.MustCompile(`^\.[A-Za-z0-9]{1,10}$`)

func fileID(id chat.UploadID, name string) string {
	ending := path.Ext(name)
	if !plain.MatchString(ending) {
		ending = ""
	}
	return folder + string(id) + ending
}

// Delete removes an upload and what is cached of it; it is no error if it is not there. name is that of a file, "" for an image.
func (c *Cloudinary) Delete(ctx context.Context, id chat.UploadID, name string) error {
	if !chat.ValidID(id) {
		return nil
	}
	kinds := []string{"raw", "image", "video"}
	if name == "" {
		kinds = []string{"image"}
	}
	for _, kind := range kinds {
		answer, err := c.client.Upload.Destroy(ctx, uploader.DestroyParams{
			PublicID: fileID(id, name), ResourceType: kind, Invalidate: api.Bool(true),
		})
		if err != nil {
			return fmt.Errorf("cloudinary: delete: %w", err)
		}
		if answer.Result != "ok" && answer.Result != "not found" {
			return fmt.Errorf("cloudinary: delete refused: %s %s", answer.Result, answer.Error.Message)
		}
	}
	return nil
}

// ending asks Cloudinary for the thumbnail in this type; of an animation it gives the first frame.
func ending(mime string) string {
	if mime == imaging.PNG {
		return ".png"
	}
	return ".jpg"
}
