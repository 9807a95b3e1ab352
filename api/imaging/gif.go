package imaging

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
)

// animation encodes a GIF anew: frames, times and the number of rounds stay.
func (p *Processor) animation(g *gif.GIF) (Image, error) {
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, g); err != nil {
		// The encoder is stricter than the decoder: on a frame without pixels, for one.
		return Image{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if int64(out.Len()) > p.limits.MaxBytes {
		return Image{}, ErrTooLarge
	}
	thumb, err := p.thumb(onCanvas(g))
	if err != nil {
		return Image{}, err
	}
	return Image{
		Main:  File{Bytes: out.Bytes(), Mime: GIF},
		Thumb: thumb,
		Width: g.Config.Width, Height: g.Config.Height,
	}, nil
}

// onCanvas is the first frame where it belongs: it may cover a part only.
func onCanvas(g *gif.GIF) *image.RGBA {
	canvas := image.NewRGBA(image.Rect(0, 0, g.Config.Width, g.Config.Height))
	first := g.Image[0]
	draw.Draw(canvas, first.Bounds(), first, first.Bounds().Min, draw.Src)
	return canvas
}

// bareGIF is a GIF without anything but its frames and the number of rounds.
type bareGIF struct {
	data   []byte
	frames int
	// pixels is the sum of all frames.
	pixels int64
}

// The blocks of a GIF.
const (
	gifHeader     = 13 // bytes: signature, version, screen
	gifExtension  = 0x21
	gifDescriptor = 0x2c
	gifTrailer    = 0x3b
	gifControl    = 0xf9 // an extension: time and transparency of the next frame
	gifApp        = 0xff // an extension: anything
)

// stripGIF copies what makes the picture, and adds up the frames by their headers without decoding
// one: a few kilobytes can hold thousands of large frames. As the copy has one reading only, the
// decoder can't find more frames in it than were counted here. It fails with ErrBroken.
func stripGIF(data []byte) (bareGIF, error) {
	s := gifScanner{rest: data}
	head := s.take(gifHeader)
	if s.cut {
		return bareGIF{}, s.broken()
	}
	out := bareGIF{data: make([]byte, 0, len(data))}
	out.data = append(out.data, head...)
	out.data = append(out.data, s.take(colours(head[10]))...)
	for {
		start := s.rest
		kind := s.take(1)
		switch {
		case s.cut:
			return bareGIF{}, s.broken()
		case kind[0] == gifTrailer:
			out.data = append(out.data, gifTrailer)
			return out, nil
		case kind[0] == gifDescriptor:
			out.frames++
			out.pixels += s.frame()
			out.data = append(out.data, start[:len(start)-len(s.rest)]...)
		case kind[0] == gifExtension:
			if wanted := s.extension(); wanted {
				out.data = append(out.data, start[:len(start)-len(s.rest)]...)
			}
		default:
			return bareGIF{}, fmt.Errorf("%w: unknown block 0x%02x", ErrBroken, kind[0])
		}
	}
}

// colours is the size in bytes of the table that flags announce.
func colours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

// gifScanner walks over bytes; cut says that there were not enough.
type gifScanner struct {
	rest []byte
	cut  bool
}

func (s *gifScanner) broken() error { return fmt.Errorf("%w: the GIF ends early", ErrBroken) }

func (s *gifScanner) take(n int) []byte {
	if s.cut || len(s.rest) < n {
		s.cut = true
		return nil
	}
	b := s.rest[:n]
	s.rest = s.rest[n:]
	return b
}

// frame passes one frame, from behind its first byte, and tells its pixels.
func (s *gifScanner) frame() (pixels int64) {
	d := s.take(9)
	if s.cut {
		return 0
	}
	s.take(colours(d[8]) + 1) // and the size of a code
	s.blocks()
	return (int64(d[4]) | int64(d[5])<<8) * (int64(d[6]) | int64(d[7])<<8)
}

// extension passes an extension, from behind its first byte, and tells whether it belongs to the
// picture: the control of a frame, and the number of rounds.
func (s *gifScanner) extension() (wanted bool) {
	label := s.take(1)
	body := s.rest
	s.blocks()
	if s.cut {
		return false
	}
	body = body[:len(body)-len(s.rest)]
	switch label[0] {
	case gifControl:
		return len(body) == 6 && body[0] == 4
	case gifApp:
		return len(body) == 17 && bytes.HasPrefix(body, []byte("\x0bNETSCAPE2.0\x03\x01"))
	default:
		return false
	}
}

// blocks passes sub-blocks, up to and with the empty one that ends them.
func (s *gifScanner) blocks() {
	for size := s.take(1); !s.cut && size[0] != 0; size = s.take(1) {
		s.take(int(size[0]))
	}
}
