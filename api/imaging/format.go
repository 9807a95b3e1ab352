package imaging

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/image/webp"
)

// format is a type of image that can be read.
type format int

const (
	formatJPEG format = iota
	formatPNG
	formatGIF
	formatWebP
)

// sniff tells the format by the content alone; whatever a client calls it counts for nothing.
func sniff(data []byte) (format, error) {
	switch found := mimetype.Detect(data); {
	case found.Is(JPEG):
		return formatJPEG, nil
	case found.Is(PNG), found.Is("image/vnd.mozilla.apng"):
		return formatPNG, nil
	case found.Is(GIF):
		return formatGIF, nil
	case found.Is("image/webp"):
		if animatedWebP(data) {
			return 0, fmt.Errorf("%w: animated WebP", ErrUnsupported)
		}
		return formatWebP, nil
	default:
		return 0, fmt.Errorf("%w: %s", ErrUnsupported, found)
	}
}

// HeadBytes is how much of a file Readable looks at.
const HeadBytes = 3072

// Readable tells, by the beginning of a file, whether it claims to be an image of a type that Process reads.
func Readable(head []byte) bool {
	_, err := sniff(head)
	return err == nil
}

// animatedWebP reads the flag in the extended header (VP8X), which comes first if it is there.
func animatedWebP(data []byte) bool {
	const flags, animation = 20, 1 << 1
	return len(data) > flags && bytes.Equal(data[12:16], []byte("VP8X")) && data[flags]&animation != 0
}

func (f format) config(r io.Reader) (image.Config, error) {
	switch f {
	case formatPNG:
		return png.DecodeConfig(r)
	case formatGIF:
		return gif.DecodeConfig(r)
	case formatWebP:
		return webp.DecodeConfig(r)
	case formatJPEG:
		return jpeg.DecodeConfig(r)
	}
	return image.Config{}, ErrUnsupported
}

func (f format) decode(r io.Reader) (image.Image, error) {
	switch f {
	case formatPNG:
		return png.Decode(r)
	case formatGIF:
		return gif.Decode(r)
	case formatWebP:
		return webp.Decode(r)
	case formatJPEG:
		return jpeg.Decode(r)
	}
	return nil, ErrUnsupported
}

// source is what is known of an image before it is decoded.
type source struct {
	format        format
	width, height int
	// memory is an upper estimate, in bytes, of what work on it takes.
	memory int64
	// bare is set for a GIF: what of it has to be decoded.
	bare []byte
}

func (s source) fits(edge int) bool { return s.width <= edge && s.height <= edge }

// bytesPerPixel is the worst case of a still: a progressive JPEG keeps 12 bytes of coefficients and
// 3 of colours, a PNG of 16 bits 8 and then two turned copies of 4.
const bytesPerPixel = 16

// inspect reads the headers alone, and refuses what would take too much to decode.
func (p *Processor) inspect(data []byte) (source, error) {
	f, err := sniff(data)
	if err != nil {
		return source{}, err
	}
	cfg, err := f.config(bytes.NewReader(data))
	if err != nil {
		return source{}, broken(err)
	}
	if cfg.Width <= 0 || cfg.Height <= 0 {
		return source{}, fmt.Errorf("%w: no pixels", ErrBroken)
	}
	pixels := int64(cfg.Width) * int64(cfg.Height)
	if pixels > p.limits.MaxPixels {
		return source{}, ErrTooManyPixels
	}
	src := source{format: f, width: cfg.Width, height: cfg.Height, memory: bytesPerPixel * pixels}
	if f == formatGIF {
		return p.inspectGIF(src, data)
	}
	return src, nil
}

func (p *Processor) inspectGIF(src source, data []byte) (source, error) {
	bare, err := stripGIF(data)
	if err != nil {
		return source{}, err
	}
	if bare.frames > 1 && !src.fits(p.limits.MaxEdge) {
		return source{}, fmt.Errorf("%w: an animation can't be scaled down", ErrTooManyPixels)
	}
	if bare.frames > p.limits.MaxFrames || bare.pixels > p.limits.MaxFramePixels {
		return source{}, fmt.Errorf("%w: %d frames", ErrTooManyPixels, bare.frames)
	}
	src.bare = bare.data
	src.memory += 2 * bare.pixels
	return src, nil
}

// broken sorts a decoder's error: a feature that it lacks, or damage.
func broken(err error) error {
	var (
		noJPEG jpeg.UnsupportedError
		noPNG  png.UnsupportedError
	)
	if errors.As(err, &noJPEG) || errors.As(err, &noPNG) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
