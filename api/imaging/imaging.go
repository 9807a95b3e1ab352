// Package imaging turns what somebody uploaded into images that are safe to keep and show: the
// type is read from the content, everything is decoded and encoded anew, so that neither metadata
// nor anything that hides behind the picture survives.
package imaging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"

	"golang.org/x/sync/semaphore"
)

// The errors that Process returns; test with errors.Is. Any other is an internal fault.
var (
	// ErrTooLarge: more bytes than allowed, before or after encoding anew.
	ErrTooLarge = errors.New("image has too many bytes")
	// ErrTooManyPixels: more pixels than allowed, in one picture or in all frames of an animation.
	ErrTooManyPixels = errors.New("image has too many pixels")
	// ErrUnsupported: not a JPEG, PNG, GIF or WebP image, or one with a feature that can't be read.
	ErrUnsupported = errors.New("image type is not supported")
	// ErrBroken: damaged, or cut short.
	ErrBroken = errors.New("image is broken")
)

// The types of images that come out.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	GIF  = "image/gif"
)

// What DefaultLimits accept.
const (
	MaxBytes       = 10 << 20
	MaxPixels      = 40_000_000
	MaxFramePixels = 100_000_000
)

// Limits bound what is accepted and what comes out.
type Limits struct {
	// MaxBytes bounds what comes in, and each file that comes out.
	MaxBytes int64
	// MaxPixels bounds one picture, before it is decoded.
	MaxPixels int64
	// MaxFrames and MaxFramePixels bound an animation: its frames, and the pixels of all of them.
	MaxFrames      int
	MaxFramePixels int64
	// MaxEdge and ThumbEdge are the longest edges in pixels; larger stills are scaled down.
	MaxEdge   int
	ThumbEdge int
	// Memory bounds, in bytes, what all images take that are being worked on at a time, by a
	// generous estimate; an image that would take more by itself is worked on alone.
	Memory int64
}

// DefaultLimits are the limits of an API node.
func DefaultLimits() Limits {
	return Limits{
		MaxBytes:       MaxBytes,
		MaxPixels:      MaxPixels,
		MaxFrames:      1_000,
		MaxFramePixels: MaxFramePixels,
		MaxEdge:        4096,
		ThumbEdge:      480,
		Memory:         640 << 20,
	}
}

// File is an encoded image.
type File struct {
	Bytes []byte
	// Mime is one of JPEG, PNG and GIF.
	Mime string
}

// Image is what came out of one upload.
type Image struct {
	Main File
	// Thumb fits a square of Limits.ThumbEdge; JPEG, or PNG where there is transparency.
	Thumb File
	// Width and Height are of Main, in pixels.
	Width, Height int
}

// Processor encodes images anew, within its limits; safe for use by many at once.
type Processor struct {
	limits Limits
	memory *semaphore.Weighted
}

// New is a processor with these limits.
func New(l Limits) *Processor {
	return &Processor{limits: l, memory: semaphore.NewWeighted(l.Memory)}
}

// Process reads the image in data. It fails with ErrTooLarge, ErrTooManyPixels, ErrUnsupported or
// ErrBroken, or with ctx's error while it waits for its turn.
func (p *Processor) Process(ctx context.Context, data []byte) (Image, error) {
	if int64(len(data)) > p.limits.MaxBytes {
		return Image{}, ErrTooLarge
	}
	src, err := p.inspect(data)
	if err != nil {
		return Image{}, err
	}
	need := min(src.memory, p.limits.Memory)
	if err := p.memory.Acquire(ctx, need); err != nil {
		return Image{}, fmt.Errorf("wait for other images: %w", err)
	}
	defer p.memory.Release(need)

	if src.format == formatGIF {
		return p.gif(src)
	}
	img, err := src.format.decode(bytes.NewReader(data))
	if err != nil {
		return Image{}, broken(err)
	}
	return p.still(img, src.format, orientationOf(data, src.format))
}

// gif keeps a GIF a GIF, unless it is a still that is too large: that becomes a PNG.
func (p *Processor) gif(src source) (Image, error) {
	g, err := gif.DecodeAll(bytes.NewReader(src.bare))
	if err != nil {
		return Image{}, broken(err)
	}
	if !src.fits(p.limits.MaxEdge) {
		return p.still(onCanvas(g), formatPNG, upright)
	}
	return p.animation(g)
}

// still scales img down to MaxEdge, turns it upright, and encodes it anew in at most MaxBytes.
func (p *Processor) still(img image.Image, from format, o orientation) (Image, error) {
	if from == formatWebP && !opaque(img) {
		from = formatPNG // there is no WebP encoder in Go, and JPEG has no transparency
	}
	size := img.Bounds().Size()
	for edge := min(p.limits.MaxEdge, max(size.X, size.Y)); edge > 0; edge = edge * 3 / 4 {
		fitted := o.apply(fit(img, edge))
		file, err := encode(fitted, from)
		if err != nil {
			return Image{}, err
		}
		if int64(len(file.Bytes)) > p.limits.MaxBytes {
			continue // what was packed better than we can: it has to get smaller
		}
		thumb, err := p.thumb(fitted)
		if err != nil {
			return Image{}, err
		}
		size = fitted.Bounds().Size()
		return Image{Main: file, Thumb: thumb, Width: size.X, Height: size.Y}, nil
	}
	return Image{}, ErrTooLarge
}

func (p *Processor) thumb(img image.Image) (File, error) {
	small := fit(img, p.limits.ThumbEdge)
	if opaque(small) {
		return encode(small, formatJPEG)
	}
	return encode(small, formatPNG)
}
