#!/usr/bin/env python3
"""Draw pages of a report as a scanner would give them: pages.py OUT TEXT… draws the first page of every text, clean, turned, noisy
and coarsely compressed, at 200 and 150 dots an inch, and leaves the words of each beside it (.txt)."""
import pathlib
import random
import re
import sys

from PIL import Image, ImageDraw, ImageFont

SERIF = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"
SANS = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"


def draw(text, font, points, dpi):
    """A page of A4 with a column of text, and the lines that are on it."""
    scale = dpi / 72
    page = Image.new("L", (round(595 * scale), round(842 * scale)), 255)
    pen = ImageDraw.Draw(page)
    face = ImageFont.truetype(font, round(points * scale))
    left, right, y, pitch = 80 * scale, 515 * scale, 80 * scale, points * 1.75 * scale
    lines = []
    for paragraph in text:
        rest = "\u3000\u3000" + paragraph
        while rest and y < 750 * scale:
            cut = 0
            while cut < len(rest) and pen.textlength(rest[: cut + 1], font=face) <= right - left:
                cut += 1
            pen.text((left, y), rest[:cut], font=face, fill=20)
            lines.append(rest[:cut].strip())
            rest, y = rest[cut:], y + pitch
        if y >= 750 * scale:
            break
    return page, lines


def noisy(page, seed):
    random.seed(seed)
    width, height = page.size
    grain = Image.effect_noise((width, height), 28)
    page = Image.blend(page, grain, 0.25)
    pen = ImageDraw.Draw(page)
    for _ in range(width * height // 4000):
        pen.point((random.randrange(width), random.randrange(height)), fill=random.choice((0, 255)))
    return page


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(sys.argv[2:]):
        raw = pathlib.Path(name).read_bytes()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("gb18030", "replace")
        paragraphs = [p.strip() for p in text.splitlines() if len(re.findall(r"[\u4e00-\u9fff]", p)) > 20]
        # From the middle, where the figures are.
        start = len(paragraphs) // 3
        font, points = [(SERIF, 16), (SANS, 12)][number % 2]
        for dpi in (200, 150):
            page, lines = draw(paragraphs[start:], font, points, dpi)
            kinds = {
                "clean": page,
                "turned": page.rotate(1, Image.BICUBIC, fillcolor=255),
                "noisy": noisy(page, number),
                "jpeg40": page,
            }
            for kind, image in kinds.items():
                stem = out / f"{number}-{dpi}-{kind}"
                if kind == "jpeg40":
                    image.save(stem.with_suffix(".jpg"), quality=40)
                else:
                    image.save(stem.with_suffix(".png"))
                stem.with_suffix(".txt").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
