package imaging

import (
	"bytes"
	"image"
	"image/draw"
	"strings"

	"github.com/bep/imagemeta"
)

// orientation is EXIF's: how the stored pixels have to be turned to stand upright. 1 is upright.
type orientation int

const upright orientation = 1

// orientationOf reads the EXIF tag. Cameras write the pixels as the sensor had them and leave the
// turning to whoever shows the picture; as the tag does not survive, it has to be done now.
// Damaged metadata is no reason to refuse a picture: it counts as upright.
func orientationOf(data []byte, f format) orientation {
	var kind imagemeta.ImageFormat
	switch f {
	case formatJPEG:
		kind = imagemeta.JPEG
	case formatPNG:
		kind = imagemeta.PNG
	case formatWebP:
		kind = imagemeta.WebP
	case formatGIF:
		return upright
	}
	found := upright
	_, err := imagemeta.Decode(imagemeta.Options{
		R:           bytes.NewReader(data),
		ImageFormat: kind,
		Sources:     imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Tag == "Orientation" && strings.HasPrefix(tag.Namespace, "IFD0")
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			if v, ok := tag.Value.(uint16); ok && v >= 1 && v <= 8 {
				found = orientation(v)
			}
			return imagemeta.ErrStopWalking
		},
		LimitNumTags: 1000,
	})
	if err != nil {
		return upright
	}
	return found
}

// apply turns and mirrors img so that it stands upright.
func (o orientation) apply(img image.Image) image.Image {
	if o == upright {
		return img
	}
	src := toRGBA(img)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := o.target(x, y, w, h)
			copy(out.Pix[out.PixOffset(tx, ty):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return out
}

// target is where the pixel (x, y) of a w × h image goes.
func (o orientation) target(x, y, w, h int) (tx, ty int) {
	switch o {
	case 2: // mirrored
		return w - 1 - x, y
	case 3: // upside down
		return w - 1 - x, h - 1 - y
	case 4: // mirrored, upside down
		return x, h - 1 - y
	case 5: // mirrored, lying on the left side
		return y, x
	case 6: // lying on the left side
		return h - 1 - y, x
	case 7: // mirrored, lying on the right side
		return h - 1 - y, w - 1 - x
	case 8: // lying on the right side
		return y, w - 1 - x
	default:
		return x, y
	}
}

func toRGBA(img image.Image) *image.RGBA {
	b := img.Bounds()
	if rgba, ok := img.(*image.RGBA); ok && b.Min == (image.Point{}) {
		return rgba
	}
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Bounds(), img, b.Min, draw.Src)
	return out
}
