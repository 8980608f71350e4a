"""Pictures of every format that is read."""

import struct
import zlib

from seed_file import ROOT, put

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, color, rows=None, before=b"", interlace=0):
    """A PNG; without `rows`, of zeros."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    row = (width * depth * channels + 7) // 8 + 1
    if rows is None:
        packer = zlib.compressobj(9)
        rows = b"".join(packer.compress(bytes(row)) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pictures():
    folder = ROOT / "tests/pictures"
    for path in sorted(folder.iterdir()):
        if path.suffix in (".jpg", ".png", ".webp", ".gif") and path.stat().st_size < 9000:
            put("picture", path.name, path.read_bytes())
    for depth, color in [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 4), (16, 4), (8, 6), (16, 6)]:
        put("picture", f"grey-{color}-{depth}.png", png(5, 3, depth, color))
    put("picture", "palette-1.png", png(9, 2, 1, 3, before=chunk(b"PLTE", bytes(6))))
    put("picture", "palette-missing.png", png(9, 2, 1, 3))
    put("picture", "palette-transparent.png", png(9, 2, 8, 3, before=chunk(b"PLTE", bytes(6)) + chunk(b"tRNS", b"\0\x80")))
    put("picture", "interlaced.png", png(5, 3, 8, 0, interlace=1))
    put("picture", "million.png", png(1000, 1000, 1, 0))
    put("picture", "sides-huge.png", png(1, 1, 8, 0)[:16] + b"\x7f\xff\xff\xff" * 2 + png(1, 1, 8, 0)[24:])
    put("picture", "profile-inflates.png", png(2, 2, 8, 2, before=chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(1 << 20), 9))))
    put("picture", "gamma.png", png(2, 2, 8, 2, before=chunk(b"gAMA", struct.pack(">I", 100000))))
    put("picture", "gamma-zero.png", png(2, 2, 8, 2, before=chunk(b"gAMA", bytes(4))))
    put("picture", "primaries-in-a-line.png", png(2, 2, 8, 2, before=chunk(b"gAMA", struct.pack(">I", 50000)) + chunk(b"cHRM", struct.pack(">8I", *[30000] * 8))))
    put("picture", "code-points.png", png(2, 2, 8, 2, before=chunk(b"cICP", bytes([12, 16, 0, 1]))))
    control = chunk(b"acTL", struct.pack(">II", 1, 0)) + chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 5, 3, 0, 0, 1, 1, 0, 0))
    put("picture", "animated.png", png(5, 3, 8, 0, before=control))
    put("picture", "frame-outside.png", png(5, 3, 8, 0, before=control.replace(struct.pack(">I", 5), struct.pack(">I", 500))))
    for bits in (1, 4, 8, 24, 32):
        palette = bytes(4 << bits) if bits <= 8 else b""
        row = (4 * bits + 31) // 32 * 4
        data = struct.pack("<IiiHHIIiiII", 40, 4, 2, 1, bits, 0, row * 2, 0, 0, 0, 0) + palette + bytes(row * 2)
        put("picture", f"bits-{bits}.bmp", b"BM" + struct.pack("<IHHI", 14 + len(data), 0, 0, 54 + len(palette)) + data)
    put("picture", "runs.bmp", b"BM" + struct.pack("<IHHI", 100, 0, 0, 1078) + struct.pack("<IiiHHIIiiII", 40, 4, 2, 1, 8, 1, 0, 0, 0, 0, 0) + bytes(1024) + b"\xff\x01\0\2\xff\xff\0\1")
    gif = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + bytes(6)
    put("picture", "plain.gif", gif + b"," + struct.pack("<HHHHB", 0, 0, 4, 4, 0) + b"\x02\x02\x84\x51\0;")
    put("picture", "frame-larger.gif", gif + b"," + struct.pack("<HHHHB", 2, 2, 65535, 65535, 0) + b"\x02\x02\x84\x51\0;")
    tags = [(256, 3, 1, 4), (257, 3, 1, 2), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 3, 1, 2), (279, 4, 1, 8)]

    def tiff(tags):
        listed = b"".join(struct.pack("<HHII", *tag) for tag in tags)
        return b"II*\0" + struct.pack("<I", 16) + bytes(8) + struct.pack("<H", len(tags)) + listed + bytes(4)

    put("picture", "plain.tiff", tiff(tags))
    put("picture", "counts-huge.tiff", tiff([(tag, kind, 1 << 30, value) for tag, kind, _, value in tags]))
    put("picture", "strip-huge.tiff", tiff([(tag, kind, count, 1 << 31 if tag == 279 else value) for tag, kind, count, value in tags]))
    put("picture", "itself.tiff", tiff(tags)[:-4] + struct.pack("<I", 16))
    jpeg = (folder / "grey.jpg").read_bytes()
    scan = jpeg.rfind(b"\xff\xda")
    put("picture", "scans-many.jpg", jpeg[:scan] + jpeg[scan : scan + 10] * 100 + jpeg[scan:])
    for name, data in {"empty": b"", "page.html": b"<!doctype html>", "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "riff.webp": b"RIFF\xff\xff\xff\xffWEBPVP8L"}.items():
        put("picture", name, data)
