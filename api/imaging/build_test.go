package imaging_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/imaging"
)

// place is what the test hides in the metadata.
const place = "52.5200N 13.4050E"

func TestOrientation(t *testing.T) {
	t.Parallel()
	upright := paint(80, 40)
	for o := 1; o <= 8; o++ {
		stored := asStored(upright, o)
		for name, data := range map[string][]byte{
			"JPEG": exifJPEG(t, stored, o),
			"PNG":  withChunk(pngOf(t, stored), "eXIf", tiff(o)),
		} {
			require.Contains(t, string(data), place)
			out := process(t, data)
			require.Equal(t, [2]int{80, 40}, [2]int{out.Width, out.Height}, "%s %d", name, o)
			img := decode(t, out.Main)
			for _, c := range []struct {
				x, y int
				want color.NRGBA
			}{{10, 10, red}, {70, 10, green}, {10, 30, blue}, {70, 30, yellow}} {
				require.True(t, near(img.At(c.x, c.y), c.want), "%s %d at %d,%d: %v", name, o, c.x, c.y, img.At(c.x, c.y))
			}
			require.True(t, near(decode(t, out.Thumb).At(60, 4), green), "%s %d thumb", name, o)
			for _, f := range []imaging.File{out.Main, out.Thumb} {
				require.NotContains(t, string(f.Bytes), place)
				require.NotContains(t, string(f.Bytes), "Exif")
				require.NotContains(t, string(f.Bytes), "eXIf")
			}
		}
	}
}

func TestLargePictureIsTurnedAfterScaling(t *testing.T) {
	t.Parallel()
	out := process(t, exifJPEG(t, asStored(paint(600, 1200), 6), 6))
	require.Equal(t, [2]int{256, 512}, [2]int{out.Width, out.Height})
	img := decode(t, out.Main)
	require.True(t, near(img.At(20, 20), red))
	require.True(t, near(img.At(230, 500), yellow))
}

func TestBrokenMetadataIsNoRefusal(t *testing.T) {
	t.Parallel()
	for _, exif := range [][]byte{nil, []byte("Exif\x00\x00"), []byte("Exif\x00\x00MM\x00*\xff\xff\xff\xff"), append([]byte("Exif\x00\x00"), tiff(77)...)} {
		out := process(t, withSegment(jpegOf(t, paint(80, 40)), 0xe1, exif))
		require.Equal(t, 80, out.Width)
	}
}

func near(c color.Color, want color.NRGBA) bool {
	r, g, b, _ := c.RGBA()
	alike := func(a uint32, b uint8) bool { return max(int(a>>8), int(b))-min(int(a>>8), int(b)) < 30 }
	return alike(r, want.R) && alike(g, want.G) && alike(b, want.B)
}

// asStored is how a camera held in orientation o stores what stands upright in img, by the words of
// the EXIF standard: where row 0 and column 0 of the stored picture are on the upright one.
func asStored(img *image.NRGBA, o int) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sw, sh := w, h
	if o >= 5 {
		sw, sh = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, sw, sh))
	for row := range sh {
		for col := range sw {
			var x, y int
			switch o {
			case 1: // row 0 top, column 0 left
				x, y = col, row
			case 2: // top, right
				x, y = w-1-col, row
			case 3: // bottom, right
				x, y = w-1-col, h-1-row
			case 4: // bottom, left
				x, y = col, h-1-row
			case 5: // left, top
				x, y = row, col
			case 6: // right, top
				x, y = w-1-row, col
			case 7: // right, bottom
				x, y = w-1-row, h-1-col
			case 8: // left, bottom
				x, y = row, h-1-col
			}
			out.Set(col, row, img.At(x, y))
		}
	}
	return out
}

// tiff is EXIF's body: the orientation, a description, and a GPS directory with the same text.
func tiff(orientation int) []byte {
	var b bytes.Buffer
	be := func(v any) { _ = binary.Write(&b, binary.BigEndian, v) }
	const ifd0, gps = 8, 8 + 2 + 3*12 + 4
	const text = gps + 2 + 12 + 4
	b.WriteString("MM\x00*")
	be(uint32(ifd0))
	be(uint16(3))
	be([]uint16{0x010e, 2}) // ImageDescription
	be([]uint32{uint32(len(place) + 1), text})
	be([]uint16{0x0112, 3, 0, 1, uint16(orientation), 0})
	be([]uint16{0x8825, 4}) // GPS directory
	be([]uint32{1, gps})
	be(uint32(0))
	be(uint16(1))
	be([]uint16{0x001b, 7}) // GPSProcessingMethod
	be([]uint32{uint32(len(place) + 1), text})
	be(uint32(0))
	b.WriteString(place + "\x00")
	return b.Bytes()
}

func exifJPEG(tb testing.TB, img image.Image, orientation int) []byte {
	tb.Helper()
	return withSegment(jpegOf(tb, img), 0xe1, append([]byte("Exif\x00\x00"), tiff(orientation)...))
}

// withSegment puts a segment at the beginning of a JPEG.
func withSegment(jpg []byte, marker byte, body []byte) []byte {
	out := append(bytes.Clone(jpg[:2]), 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(append(out, body...), jpg[2:]...)
}

// withChunk puts a chunk behind a PNG's header.
func withChunk(pic []byte, name string, body []byte) []byte {
	const header = 8 + 25
	out := binary.BigEndian.AppendUint32(bytes.Clone(pic[:header]), uint32(len(body)))
	named := append([]byte(name), body...)
	out = append(out, named...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(named))
	return append(out, pic[header:]...)
}

// withExtension puts an extension behind a GIF's header and colours.
func withExtension(g []byte, label byte, body []byte) []byte {
	at := 13
	if g[10]&0x80 != 0 {
		at += 3 << (1 + g[10]&7)
	}
	out := append(bytes.Clone(g[:at]), 0x21, label, byte(len(body)))
	out = append(append(out, body...), 0)
	return append(out, g[at:]...)
}

func gifOf(tb testing.TB, n, w, h int) []byte {
	tb.Helper()
	g := &gif.GIF{LoopCount: 3}
	for i := range n {
		frame := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{red, green, blue, yellow})
		frame.Pix[i%len(frame.Pix)] = 2
		g.Image = append(g.Image, frame)
		g.Delay = append(g.Delay, 5+i)
		g.Disposal = append(g.Disposal, gif.DisposalBackground)
	}
	var b bytes.Buffer
	require.NoError(tb, gif.EncodeAll(&b, g))
	return b.Bytes()
}

// pngBomb is a PNG whose header claims w × h pixels.
func pngBomb(tb testing.TB, w, h uint32) []byte {
	tb.Helper()
	pic := pngOf(tb, paint(2, 2))
	binary.BigEndian.PutUint32(pic[16:], w)
	binary.BigEndian.PutUint32(pic[20:], h)
	binary.BigEndian.PutUint32(pic[29:], crc32.ChecksumIEEE(pic[12:29]))
	return pic
}

// jpegClaim is a JPEG whose frame header claims w × h pixels.
func jpegClaim(tb testing.TB, w, h uint16) []byte {
	tb.Helper()
	jpg := jpegOf(tb, paint(2, 2))
	at := bytes.Index(jpg, []byte{0xff, 0xc0})
	require.Positive(tb, at)
	binary.BigEndian.PutUint16(jpg[at+5:], h)
	binary.BigEndian.PutUint16(jpg[at+7:], w)
	return jpg
}
