package imaging

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"

	xdraw "golang.org/x/image/draw"
)

// fit is img scaled down so that no edge is longer than edge; img itself if it fits.
func fit(img image.Image, edge int) image.Image {
	size := img.Bounds().Size()
	if size.X <= edge && size.Y <= edge {
		return img
	}
	w, h := edge, edge
	if size.X > size.Y {
		h = max(1, (size.Y*edge+size.X/2)/size.X)
	} else {
		w = max(1, (size.X*edge+size.Y/2)/size.Y)
	}
	// Halving reads each pixel once and is an exact mean of four; a larger step in one go would
	// pass over pixels, and a wider kernel needs hundreds of megabytes for a large picture.
	for size.X >= 2*w || size.Y >= 2*h {
		img = resize(img, max(w, size.X/2), max(h, size.Y/2))
		size = img.Bounds().Size()
	}
	if size.X == w && size.Y == h {
		return img
	}
	return resize(img, w, h)
}

func resize(img image.Image, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	xdraw.ApproxBiLinear.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// opaque tells whether nothing shines through img.
func opaque(img image.Image) bool {
	o, ok := img.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// quality of JPEG: no loss that one sees, at half the bytes of 95.
const quality = 88

// encode writes img as a PNG if as is formatPNG, else as a JPEG. The encoders write no metadata.
func encode(img image.Image, as format) (File, error) {
	var (
		buf  bytes.Buffer
		err  error
		mime string
	)
	if as == formatPNG {
		mime, err = PNG, png.Encode(&buf, img)
	} else {
		mime, err = JPEG, jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return File{}, fmt.Errorf("encode image: %w", err)
	}
	return File{Bytes: buf.Bytes(), Mime: mime}, nil
}
