"""Makes the pictures of this folder: `python3 make.py` with Pillow. Each stands for a kind of file that programs decode differently.

They are of Chelsea the cat (Stéfan van der Walt, CC0). The two ICC profiles were written by moxcms.
"""

import struct
import zlib
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

HERE = Path(__file__).parent
CAT = Image.open(HERE / "../../www/pictures/chelsea.png").convert("RGB").crop((100, 20, 340, 200)).resize((120, 90))
P3 = (HERE / "display-p3.icc").read_bytes()
ADOBE = (HERE / "adobe-rgb.icc").read_bytes()


def save(name, image, **options):
    image.save(HERE / name, **options)


def png_with(name, *chunks):
    """A PNG with chunks of its own after the header."""
    buffer = BytesIO()
    CAT.save(buffer, "PNG")
    data = buffer.getvalue()
    made = b"".join(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
    (HERE / name).write_bytes(data[:33] + made + data[33:])


def gamma(value):
    return b"gAMA", struct.pack(">I", round(value * 100_000))


def primaries(*values):
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in values))


def oriented(number):
    exif = Image.Exif()
    exif[0x112] = number
    return exif


save("plain.png", CAT)
save("subsampled.jpg", CAT, quality=85)
save("progressive.jpg", CAT, quality=85, progressive=True)
save("grey.jpg", CAT.convert("L"), quality=85)
save("cmyk.jpg", ImageOps.invert(CAT).convert("CMYK"), quality=90)
save("display-p3.jpg", CAT, quality=90, icc_profile=P3)
save("display-p3.png", CAT, icc_profile=P3)
save("display-p3.webp", CAT, lossless=True, icc_profile=P3)
save("adobe-rgb.png", CAT, icc_profile=ADOBE)
save("broken-profile.png", CAT, icc_profile=b"not a profile" * 20)
D65 = (0.3127, 0.329)
png_with("gamma-and-primaries.png", gamma(0.45455), primaries(*D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06))
png_with("gamma-of-srgb.png", gamma(0.45455))
png_with("primaries-alone.png", primaries(*D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06))
png_with("cicp-p3.png", (b"cICP", bytes([12, 13, 0, 1])))
for number in (2, 3, 6, 7):
    for ending, options in (("jpg", {"quality": 90}), ("png", {}), ("webp", {"lossless": True})):
        save(f"orientation-{number}.{ending}", CAT, exif=oriented(number), **options)
save("palette.png", CAT.convert("P", palette=Image.Palette.ADAPTIVE))
cut_out = CAT.convert("RGBA")
cut_out.putalpha(Image.radial_gradient("L").resize(CAT.size).point(lambda value: 255 if value < 150 else 0))
save("cut-out.png", cut_out)
save("cut-out.webp", cut_out, lossless=True)
mirrored = ImageOps.mirror(CAT)
for ending, options in (("gif", {}), ("webp", {"lossless": True}), ("png", {})):
    save(f"animated.{ending}", CAT, save_all=True, append_images=[mirrored], duration=100, loop=0, **options)
# The still image is not part of the animation: the frame that is shown is the one after it.
save("animated-after-still.png", ImageOps.flip(CAT), save_all=True, append_images=[CAT, mirrored], duration=100, default_image=True)
whole = BytesIO()
CAT.save(whole, "JPEG", quality=85)
whole = whole.getvalue()
(HERE / "without-end-marker.jpg").write_bytes(whole[:-2])
(HERE / "half.jpg").write_bytes(whole[: len(whole) // 2])
(HERE / "bytes-after-end.jpg").write_bytes(whole + b"and more" * 20)
