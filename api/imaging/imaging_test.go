package imaging_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/imaging"
)

// small limits keep the tests quick; the proportions are those of a node.
func small() imaging.Limits {
	return imaging.Limits{
		MaxBytes: 1 << 20, MaxPixels: 1 << 20, MaxFrames: 20, MaxFramePixels: 2 << 20,
		MaxEdge: 512, ThumbEdge: 64, Memory: 64 << 20,
	}
}

func process(t *testing.T, data []byte) imaging.Image {
	t.Helper()
	img, err := imaging.New(small()).Process(t.Context(), data)
	require.NoError(t, err)
	return img
}

// decode reads what came out, and checks that it is what it says.
func decode(t *testing.T, f imaging.File) image.Image {
	t.Helper()
	img, name, err := image.Decode(bytes.NewReader(f.Bytes))
	require.NoError(t, err)
	require.Equal(t, f.Mime, "image/"+name)
	return img
}

func TestTypesThatComeOut(t *testing.T) {
	t.Parallel()
	glass := paint(80, 40)
	glass.Set(0, 0, color.NRGBA{})
	tests := []struct {
		name        string
		data        []byte
		mime, thumb string
		w, h        int
	}{
		{"JPEG stays", jpegOf(t, paint(80, 40)), imaging.JPEG, imaging.JPEG, 80, 40},
		{"grey JPEG stays", jpegOf(t, image.NewGray(image.Rect(0, 0, 9, 7))), imaging.JPEG, imaging.JPEG, 9, 7},
		{"PNG stays", pngOf(t, paint(80, 40)), imaging.PNG, imaging.JPEG, 80, 40},
		{"PNG with transparency", pngOf(t, glass), imaging.PNG, imaging.PNG, 80, 40},
		{"PNG of 16 bits", pngOf(t, image.NewGray16(image.Rect(0, 0, 5, 5))), imaging.PNG, imaging.JPEG, 5, 5},
		{"still GIF stays", gifOf(t, 1, 60, 30), imaging.GIF, imaging.JPEG, 60, 30},
		{"animated GIF stays", gifOf(t, 3, 60, 30), imaging.GIF, imaging.JPEG, 60, 30},
		{"WebP becomes JPEG", webpLossy, imaging.JPEG, imaging.JPEG, 1, 1},
		{"WebP with transparency becomes PNG", webpAlpha, imaging.PNG, imaging.PNG, 1, 1},
		{"lossless WebP with transparency becomes PNG", webpLossless, imaging.PNG, imaging.PNG, 1, 1},
		{"wide JPEG is scaled", jpegOf(t, paint(1024, 256)), imaging.JPEG, imaging.JPEG, 512, 128},
		{"tall PNG is scaled", pngOf(t, paint(300, 900)), imaging.PNG, imaging.JPEG, 171, 512},
		{"a line is scaled", pngOf(t, paint(1, 5000)), imaging.PNG, imaging.JPEG, 1, 512},
		{"large still GIF becomes a scaled PNG", gifOf(t, 1, 600, 600), imaging.PNG, imaging.JPEG, 512, 512},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := process(t, tt.data)
			require.Equal(t, tt.mime, out.Main.Mime)
			require.Equal(t, tt.thumb, out.Thumb.Mime)
			require.Equal(t, [2]int{tt.w, tt.h}, [2]int{out.Width, out.Height})
			require.Equal(t, image.Pt(tt.w, tt.h), decode(t, out.Main).Bounds().Size())
			thumb := decode(t, out.Thumb).Bounds().Size()
			require.LessOrEqual(t, max(thumb.X, thumb.Y), 64)
			require.Equal(t, min(64, max(tt.w, tt.h)), max(thumb.X, thumb.Y))
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	jpg, pic := jpegOf(t, paint(300, 200)), pngOf(t, paint(300, 200))
	moving := gifOf(t, 3, 60, 30)
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, imaging.ErrUnsupported},
		{"text", []byte("hello"), imaging.ErrUnsupported},
		{"HTML", []byte("<!doctype html><script>alert(1)</script>"), imaging.ErrUnsupported},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), imaging.ErrUnsupported},
		{"script that begins like a GIF", []byte("GIF89a=1;alert(document.cookie)//"), imaging.ErrTooManyPixels},
		{"script that begins like a small GIF", []byte("GIF89a\x01\x00\x01\x00=1;alert(document.cookie)//"), imaging.ErrBroken},
		{"HTML that begins like a JPEG", []byte("\xff\xd8\xff\xe0<script>alert(1)</script>"), imaging.ErrBroken},
		{"PDF", []byte("%PDF-1.7\n"), imaging.ErrUnsupported},
		{"animated WebP", webpAnimated, imaging.ErrUnsupported},
		{"JPEG cut short", jpg[:len(jpg)/2], imaging.ErrBroken},
		{"JPEG header only", jpg[:20], imaging.ErrBroken},
		{"PNG cut short", pic[:len(pic)/2], imaging.ErrBroken},
		{"GIF cut short", moving[:len(moving)/2], imaging.ErrBroken},
		{"GIF without its end", moving[:len(moving)-1], imaging.ErrBroken},
		{"GIF without a frame", append(bytes.Clone(moving[:13]), 0x3b), imaging.ErrBroken},
		{"WebP cut short", webpLossy[:len(webpLossy)-12], imaging.ErrBroken},
		{"PNG that claims a billion pixels", pngBomb(t, 40_000, 30_000), imaging.ErrTooManyPixels},
		{"JPEG that claims four billion", jpegClaim(t, 65_535, 65_535), imaging.ErrTooManyPixels},
		{"GIF of too many frames", gifOf(t, 21, 2, 2), imaging.ErrTooManyPixels},
		{"GIF of too many pixels in all", gifOf(t, 10, 500, 500), imaging.ErrTooManyPixels},
		{"large animation", gifOf(t, 2, 600, 20), imaging.ErrTooManyPixels},
		{"too many bytes", append(bytes.Clone(jpg), make([]byte, 1<<20)...), imaging.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := imaging.New(small()).Process(t.Context(), tt.data)
			require.ErrorIs(t, err, tt.want)
		})
	}
}

func TestNothingBehindThePictureSurvives(t *testing.T) {
	t.Parallel()
	const script = "<script>alert(1)</script>"
	tests := map[string][]byte{
		"behind a JPEG":          append(jpegOf(t, paint(40, 40)), script...),
		"behind a PNG":           append(pngOf(t, paint(40, 40)), script...),
		"behind a GIF":           append(gifOf(t, 2, 40, 40), script...),
		"in a JPEG's comment":    withSegment(jpegOf(t, paint(40, 40)), 0xfe, []byte(script)),
		"in a PNG's text":        withChunk(pngOf(t, paint(40, 40)), "tEXt", []byte("Comment\x00"+script)),
		"in a GIF's comment":     withExtension(gifOf(t, 2, 40, 40), 0xfe, []byte(script)),
		"in a GIF's application": withExtension(gifOf(t, 2, 40, 40), 0xff, []byte(script)),
		"in a GIF's plain text":  withExtension(gifOf(t, 2, 40, 40), 0x01, []byte(script)),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, string(data), script)
			out := process(t, data)
			require.NotContains(t, string(out.Main.Bytes), "script")
			require.NotContains(t, string(out.Thumb.Bytes), "script")
		})
	}
}

func TestAnimationIsKept(t *testing.T) {
	t.Parallel()
	data := gifOf(t, 4, 60, 30)
	before, err := gif.DecodeAll(bytes.NewReader(data))
	require.NoError(t, err)
	after, err := gif.DecodeAll(bytes.NewReader(process(t, data).Main.Bytes))
	require.NoError(t, err)
	require.Equal(t, before.Delay, after.Delay)
	require.Equal(t, before.LoopCount, after.LoopCount)
	require.Equal(t, before.Disposal, after.Disposal)
	require.Len(t, after.Image, 4)
	for i := range before.Image {
		require.Equal(t, before.Image[i].Pix, after.Image[i].Pix)
	}
}

// A plain text extension with a wrong size makes Go's decoder lose its place: it reads what is
// inside as frames, which nobody counted.
func TestHiddenFramesOfAGIFAreNotDecoded(t *testing.T) {
	t.Parallel()
	plain := gifOf(t, 1, 60, 30)
	frame := plain[bytes.IndexByte(plain, 0x2c) : len(plain)-1]
	block := make([]byte, 255)
	copy(block[10:], frame) // behind the 9 bytes that the decoder takes for text, and an empty block
	block[10+len(frame)] = 0x3b
	hidden := append(bytes.Clone(plain[:len(plain)-1]), 0x21, 0x01, 2, 'x', 'y', 255)
	hidden = append(append(hidden, block...), 0, 0x3b)

	fooled, err := gif.DecodeAll(bytes.NewReader(hidden))
	require.NoError(t, err)
	require.Len(t, fooled.Image, 2)
	after, err := gif.DecodeAll(bytes.NewReader(process(t, hidden).Main.Bytes))
	require.NoError(t, err)
	require.Len(t, after.Image, 1)
}

func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	limits := small()
	limits.MaxBytes = 20 << 10
	// Noise that repeats: it comes in small, and no longer repeats when it is scaled down.
	tile := image.NewNRGBA(image.Rect(0, 0, 600, 20))
	seed := uint32(1)
	for i := range tile.Pix {
		seed = seed*1664525 + 1013904223
		tile.Pix[i] = byte(seed >> 24)
	}
	img := image.NewNRGBA(image.Rect(0, 0, 600, 600))
	for y := range 600 {
		copy(img.Pix[y*img.Stride:][:img.Stride], tile.Pix[y%7*tile.Stride:])
	}
	data := pngOf(t, img)
	limits.MaxBytes = int64(len(data))
	out, err := imaging.New(limits).Process(t.Context(), data)
	require.NoError(t, err)
	require.LessOrEqual(t, len(out.Main.Bytes), len(data))
	require.Less(t, out.Width, limits.MaxEdge)
}

func TestWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	limits := small()
	limits.Memory = 1 // each image needs all of it
	p := imaging.New(limits)
	data := jpegOf(t, paint(200, 200))
	errs := make(chan error, 8)
	for range 8 {
		go func() {
			_, err := p.Process(t.Context(), data)
			errs <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-errs)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Process(ended, data)
	require.ErrorIs(t, err, context.Canceled)
}

func FuzzProcess(f *testing.F) {
	f.Add(jpegOf(f, paint(20, 10)))
	f.Add(pngOf(f, paint(20, 10)))
	f.Add(gifOf(f, 2, 20, 10))
	f.Add(exifJPEG(f, paint(20, 10), 6))
	f.Add(webpLossy)
	f.Add(webpAlpha)
	f.Add(webpAnimated)
	limits := imaging.Limits{
		MaxBytes: 64 << 10, MaxPixels: 1 << 14, MaxFrames: 5, MaxFramePixels: 1 << 15,
		MaxEdge: 64, ThumbEdge: 16, Memory: 1 << 20,
	}
	p := imaging.New(limits)
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := p.Process(t.Context(), data)
		if err != nil {
			known := false
			for _, e := range []error{imaging.ErrTooLarge, imaging.ErrTooManyPixels, imaging.ErrUnsupported, imaging.ErrBroken} {
				known = known || strings.Contains(err.Error(), e.Error())
			}
			require.True(t, known, err)
			return
		}
		size := decode(t, out.Main).Bounds().Size()
		require.Equal(t, image.Pt(out.Width, out.Height), size)
		require.LessOrEqual(t, max(size.X, size.Y), 64)
		require.LessOrEqual(t, len(out.Main.Bytes), 64<<10)
		thumb := decode(t, out.Thumb).Bounds().Size()
		require.LessOrEqual(t, max(thumb.X, thumb.Y), 16)
	})
}

var (
	webpLossy    = unbase64("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	webpLossless = unbase64("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	webpAlpha    = unbase64("UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==")
	webpAnimated = unbase64("UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA")
)

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

var (
	red, green   = color.NRGBA{R: 220, A: 255}, color.NRGBA{G: 200, A: 255}
	blue, yellow = color.NRGBA{B: 220, A: 255}, color.NRGBA{R: 230, G: 230, A: 255}
)

// paint has a colour of its own in each quarter.
func paint(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := red
			switch left, top := x < w/2, y < h/2; {
			case !left && top:
				c = green
			case left && !top:
				c = blue
			case !left && !top:
				c = yellow
			}
			img.Set(x, y, c)
		}
	}
	return img
}

func jpegOf(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	require.NoError(tb, jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

func pngOf(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	require.NoError(tb, png.Encode(&b, img))
	return b.Bytes()
}
