#!/usr/bin/env python3
"""What a user does with scans, on the real command: end_to_end.py WENBAO MODELS, where MODELS has what `wenbao model pull` and
`wenbao model pull ocr` leave. Documents are ingested before the OCR's models are there, and again after; then questions are asked
whose answers stand in pictures alone, and the page that is cited must be the picture's. Needs Pillow and the fonts of pages.py."""
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

from PIL import Image

import pages

WENBAO, MODELS = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()


def drawn(*paragraphs, dpi=200):
    return pages.draw(paragraphs, pages.SERIF, 16, dpi)[0]


def jpeg(page):
    out = io.BytesIO()
    page.save(out, "JPEG", quality=60)
    return out.getvalue()


def pdf(*contents):
    """A PDF whose pages are text (a list of lines) or a picture (JPEG's bytes and its size)."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"",
               b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font"
               b"/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>]>>"]
    kids = []

    def add(head, stream=None):
        if stream is not None:
            head = b"<<%s/Length %d>>stream\n%s\nendstream" % (head, len(stream), stream)
        objects.append(head)
        return len(objects)

    for content in contents:
        picture = b""
        if isinstance(content, list):
            lines = b"".join(b"<%s> Tj T*\n" % line.encode("utf-16-be").hex().encode() for line in content)
            stream = b"BT /F 14 Tf 24 TL 80 760 Td\n" + lines + b"ET"
        else:
            data, (width, height) = content
            head = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/DCTDecode"
            picture = b"/XObject<</I %d 0 R>>" % add(head % (width, height), data)
            stream = b"q 595 0 0 842 0 0 cm /I Do Q"
        body = add(b"", stream)
        kids.append(add(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>%s>>/Contents %d 0 R>>"
                        % (picture, body)))
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    out, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    end = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % at for at in starts)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, end)


def picture(page):
    return jpeg(page), page.size


def part(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def documents(folder):
    """Files of scans, and for each question its answer, its file and its page."""
    folder.mkdir()
    (folder / "2025年江左市政府工作报告.pdf").write_bytes(pdf(
        ["2025年江左市政府工作报告", "", "一、2024年工作回顾", "2024年，全市新建改造农村公路310公里。"],
        picture(drawn("2024年，全市新增高新技术企业552家，新建幼儿园18所，城镇新增就业4.6万人。",
                      "完成老旧小区改造127个，惠及居民3.2万户。")),
        ["二、2025年工作安排", "2025年，计划新增公共停车位6800个。"]))
    (folder / "2025年江右县政府工作报告.pdf").write_bytes(pdf(
        picture(drawn("2025年江右县政府工作报告", "一、2024年工作回顾", "2024年，全县粮食总产量23.7万吨，新建高标准农田5.4万亩。")),
        picture(drawn("二、2025年工作安排", "2025年，计划新建村级养老服务站43个。").rotate(1, Image.BICUBIC, fillcolor=255))))
    drawn("2025年江东县政府工作报告", "一、2024年工作回顾", "2024年，全县新增养老床位960张。").save(folder / "2025年江东县政府工作报告.png")
    drawn("2025年江北县政府工作报告", "一、2024年工作回顾", "2024年，全县接待游客318万人次。", dpi=150).save(
        folder / "2025年江北县政府工作报告.jpg", quality=50)
    first = drawn("2025年江南县政府工作报告", "一、2024年工作回顾", "2024年，全县新建公园9个。").convert("1")
    second = drawn("二、2025年工作安排", "2025年，计划新建公共充电桩740个。").convert("1")
    first.save(folder / "2025年江南县政府工作报告.tif", compression="group4", append_images=[second], save_all=True)
    return [
        ("2024年江左市新增高新技术企业多少家", "552家", "江左市", 2),
        ("2024年江左市完成老旧小区改造多少个", "127个", "江左市", 2),
        ("2024年江左市新建改造农村公路多少公里", "310公里", "江左市", 1),
        ("2025年江左市计划新增公共停车位多少个", "6800个", "江左市", 3),
        ("2024年江右县粮食总产量是多少", "23.7万吨", "江右县", 1),
        ("2025年江右县计划新建村级养老服务站多少个", "43个", "江右县", 2),
        ("2024年江东县新增养老床位多少张", "960张", "江东县", 1),
        ("2024年江北县接待游客多少人次", "318万人次", "江北县", 1),
        ("2025年江南县计划新建公共充电桩多少个", "740个", "江南县", 2),
    ]


def hostile(folder):
    """Pictures that are none, and what must be said of each."""
    folder.mkdir()
    whole = io.BytesIO()
    drawn("2024年，全县新建公园9个。").save(whole, "PNG")
    whole = whole.getvalue()
    head = part(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 6, 0, 0, 0))
    files = {
        "cut.png": (whole[: len(whole) // 2], "damaged"),
        "cut.jpg": (jpeg(drawn("2024年，全县新建公园9个。"))[:400], "damaged"),
        "huge.png": (b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(bytes(10_000))) + part(b"IEND", b""), "too large"),
        "bomb.pdf": (pdf((b"\xff\xd8\xff\xe0", (60000, 60000))), "too large"),
        "cut.pdf": (pdf((jpeg(drawn("2024年"))[:300], (1653, 2339))), "damaged"),
        "white.png": (None, "sees no line of text"),
        "noise.tif": (b"II*\0" + bytes(range(8, 250)), "damaged"),
    }
    for name, (data, _) in files.items():
        if data is None:
            Image.new("L", (1653, 2339), 255).save(folder / name)
        else:
            (folder / name).write_bytes(data)
    return {name: say for name, (_, say) in files.items()}


def run(folder, *arguments, code=0):
    command = [WENBAO, "--models", folder / "models", "--index", folder / "index", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert ran.returncode == code, (arguments, ran.returncode, ran.stdout, ran.stderr)
    return ran.stdout + ran.stderr


def holds(text, *parts):
    for wanted in parts:
        assert wanted in text, f"{wanted!r} is not in:\n{text}"


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        questions, bad = documents(folder / "scans"), hostile(folder / "bad")
        # The user's folder before `wenbao model pull ocr`.
        (folder / "models").mkdir()
        for entry in MODELS.iterdir():
            if entry.name != "ocr":
                (folder / "models" / entry.name).symlink_to(entry)
        said = run(folder, "ingest", folder / "scans", code=2)
        holds(said, "documents: 1 added, 4 failed", "no text or hardly any on page 2 of 3",
              "has no text layer (scanned pages?); `wenbao model pull ocr`", "is a PNG image; `wenbao model pull ocr`",
              "is a JPEG image; ", "is a TIFF image; ")
        said = run(folder, "ask", questions[0][0], code=1)
        # And after it.
        (folder / "models" / "ocr").symlink_to(MODELS / "ocr")
        said = run(folder, "ingest", folder / "scans")
        holds(said, "documents: 4 added, 1 replaced", "page 2 of 3 was read by OCR: compare its numbers with the original",
              "pages 1, 2 of 2 were read by OCR", "page 1 of 1 was read by OCR")
        holds(run(folder, "ingest", folder / "scans"), "documents: 5 unchanged")
        for question, answer, place, page in questions:
            told = json.loads(run(folder, "ask", "--json", question))
            cited = told["citations"][0]
            got = (told["answer"], cited["title"], cited["page"])
            assert told["answer"] == answer and place in cited["title"] and cited["page"] == page, (question, got)
        said = run(folder, "ingest", folder / "bad", code=2)
        for name, why in bad.items():
            line = next((line for line in said.splitlines() if f"/{name}: " in line), said)
            holds(line, why)
        # A file of the models that is away is said of pictures, and costs nothing else.
        (folder / "models" / "ocr").unlink()
        (folder / "models" / "ocr").mkdir()
        (folder / "text").mkdir()
        (folder / "text" / "a.txt").write_text("2025年江中县政府工作报告\n2024年，全县新建公园9个。\n", encoding="utf-8")
        (folder / "text" / "b.png").write_bytes((folder / "scans" / "2025年江东县政府工作报告.png").read_bytes() + b"\n")
        holds(run(folder, "ingest", folder / "text", code=2), "1 added, 1 failed", "detect.onnx cannot be opened", "model pull ocr` mends it")
        print(f"ocr: {len(questions)} questions answered from scans with their pages, {len(bad)} bad pictures refused")


main()
