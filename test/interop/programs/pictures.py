"""Makes pictures with metadata, and tells what a widely used library reads of pictures: `make FOLDER`, `read FOLDER` (a JSON per file)."""

import hashlib
import json
import sys
from pathlib import Path

from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

MAIL = "anna.muster@example.com"
XMP = (
    '<?xpacket begin="" id="any"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description exif:GPSLatitude="52,31.2057N" exif:GPSLongitude="13,24.945E"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()


def exif():
    made = Image.Exif()
    made[0x0112] = 6
    made[0x8298] = MAIL
    gps = made.get_ifd(0x8825)
    gps.update({1: "N", 2: (IFDRational(52), IFDRational(31), IFDRational(1234, 100)), 3: "W", 4: (IFDRational(13), IFDRational(24), IFDRational(567, 10))})
    made.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "call 202-555-0143".encode("utf-16-le")
    return made


def make(folder):
    image = Image.new("RGB", (640, 480))
    image.putdata([((x * 3) % 256, (y * 5) % 256, (x * y) % 256) for y in range(480) for x in range(640)])
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", MAIL)
    text.add_itxt("Note", f"über {MAIL}", zip=True)
    image.save(folder / "exif.jpg", exif=exif(), xmp=XMP, comment=f"by {MAIL}".encode())
    image.save(folder / "progressive.jpg", exif=exif(), progressive=True)
    image.save(folder / "text.png", pnginfo=text, exif=exif())
    image.save(folder / "lossy.webp", exif=exif(), xmp=XMP)
    image.save(folder / "lossless.webp", exif=exif(), lossless=True)
    image.convert("P").save(folder / "comment.gif", comment=f"by {MAIL} ".encode() * 20)
    frames = [image.convert("P"), image.rotate(90).convert("P")]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:], comment=f"by {MAIL}".encode())


def read(folder):
    for path in sorted(folder.iterdir()):
        with Image.open(path) as image:
            pixels = hashlib.sha256()
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                pixels.update(image.convert("RGBA").tobytes())
            read_exif = image.getexif()
            places = {str(key): str(value) for key, value in read_exif.get_ifd(0x8825).items()}
            print(json.dumps({"name": path.name, "pixels": pixels.hexdigest(), "turned": read_exif.get(0x0112), "places": places, "info": repr(sorted(image.info.items(), key=str))}))


{"make": make, "read": read}[sys.argv[1]](Path(sys.argv[2]))
