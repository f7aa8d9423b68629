#!/usr/bin/env python3
"""Makes the files of this folder that tests/formats.rs reads, from the three texts in it: make.py

LibreOffice (Writer, Calc, Impress) writes what it can; mails are written by Python's email; .wps is the .doc under the name
that WPS gives it, as WPS Writer stores the same structure; .ofd and flat OPC are put together here from their
specifications (GB/T 33190-2016; ECMA-376), as no program at hand writes them.
"""
import email.message
import email.mime.multipart
import email.mime.text
import pathlib
import re
import shutil
import subprocess
import tempfile
import zipfile

HERE = pathlib.Path(__file__).parent
TEXT = [
    "2025年江北市政府工作报告",
    "——2025年1月16日在江北市第六届人民代表大会第四次会议上",
    "一、2024年工作回顾",
    "新建数字化车间35个。",
    "二、2025年工作安排",
    "（一）抓好项目建设",
    "新建数字化车间50个。",
]
PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1>{1}</body></html>".format(
    TEXT[0], "".join(f"<p>{line}</p>" for line in TEXT[1:]))


def office():
    """What LibreOffice writes."""
    with tempfile.TemporaryDirectory() as profile:
        for source, kinds in [
            ("report.fodt", ["docx", "odt", "doc", "rtf", "epub", "xml:MS Word 2003 XML"]),
            ("figures.fods", ["xls", "ods", "xlsx"]),
            ("slides.fodp", ["pptx"]),
        ]:
            for kind in kinds:
                subprocess.run(
                    ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", kind,
                     "--outdir", HERE, HERE / source], check=True, timeout=600)


def derived():
    """The same document in other wrappings."""
    shutil.copy(HERE / "report.doc", HERE / "report.wps")
    parts = []
    with zipfile.ZipFile(HERE / "report.docx") as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels")) and "Content_Types" not in name:
                xml = re.sub(r"<\?xml[^>]*\?>", "", package.read(name).decode())
                parts.append(f'<pkg:part pkg:name="/{name}"><pkg:xmlData>{xml}</pkg:xmlData></pkg:part>')
    (HERE / "report.flat.xml").write_text(
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
        '<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">'
        + "".join(parts) + "</pkg:package>")


def mails():
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"] = TEXT[0], "a@example.org"
    mail.set_content("\n".join(TEXT), charset="gb18030", cte="base64")
    mail.add_attachment(b"\0\1", maintype="application", subtype="octet-stream", filename="附件.bin")
    (HERE / "report.eml").write_bytes(mail.as_bytes())
    page = email.mime.multipart.MIMEMultipart("related", type="text/html")
    page["Subject"] = TEXT[0]
    page.attach(email.mime.text.MIMEText(PAGE, "html", "utf-8"))
    (HERE / "report.mht").write_bytes(page.as_bytes())


def fixed_pages():
    """An .ofd of two pages, the second without text."""
    ofd = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    objects = "".join(
        f'<ofd:TextObject ID="{10 + i}" Boundary="30 {30 + 10 * i} 150 6" Font="3" Size="5">'
        f'<ofd:TextCode X="0" Y="5" DeltaX="g {len(line) - 1} 5">{line}</ofd:TextCode></ofd:TextObject>'
        for i, line in enumerate(TEXT))
    files = {
        "OFD.xml": f'<ofd:OFD {ofd} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
                   "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'<ofd:Document {ofd}><ofd:CommonData/><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/'
                              'Content.xml"/><ofd:Page ID="2" BaseLoc="Pages/Page_1/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/Pages/Page_0/Content.xml": f"<ofd:Page {ofd}><ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content>"
                                          "</ofd:Page>",
        "Doc_0/Pages/Page_1/Content.xml": f'<ofd:Page {ofd}><ofd:Content><ofd:Layer><ofd:ImageObject ID="90" '
                                          'ResourceID="4" Boundary="0 0 210 297"/></ofd:Layer></ofd:Content></ofd:Page>',
    }
    with zipfile.ZipFile(HERE / "report.ofd", "w", zipfile.ZIP_DEFLATED) as package:
        for name, xml in files.items():
            package.writestr(name, xml)


class GbkName(zipfile.ZipInfo):
    """A file whose name is written as Chinese programs write it; Python itself knows UTF-8 alone."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def archive():
    """Two reports and what is none, under names in GBK."""
    with zipfile.ZipFile(HERE / "reports.zip", "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in [
            ("报告/江北市.txt", "\n".join(TEXT).encode("gbk")),
            ("报告/江南市.html", PAGE.replace("江北", "江南").encode()),
            ("图.png", b"\x89PNG\r\n\x1a\n\0"),
        ]:
            info = GbkName(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, content)


if __name__ == "__main__":
    office()
    derived()
    mails()
    fixed_pages()
    archive()
