/** A table as an .xlsx file: a zip of a few small XML parts, stored without compression. Plain functions of values. */

import type { Status, Table } from "./api.ts";
import { columnName, rowName } from "./tables.ts";

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

const crc = (bytes: Uint8Array) => ~bytes.reduce((sum, byte) => CRC[(sum ^ byte) & 255]! ^ (sum >>> 8), ~0) >>> 0;

/** A zip of stored files. All are dated to the first day that a zip can name: the same table gives the same bytes. */
export function zip(files: [string, string][]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [path, text] of files) {
    const [name, bytes] = [encoder.encode(path), encoder.encode(text)];
    // Version 2.0, names in UTF-8, stored, 1980-01-01.
    const common = [20, 0x0800, 0, 0, 0x21];
    const sizes = [crc(bytes), bytes.length, bytes.length];
    const local = record(0x04034b50, common, sizes, [name.length, 0]);
    directory.push(record(0x02014b50, [20, ...common], sizes, [name.length, 0, 0, 0, 0], [0, at]), name);
    parts.push(local, name, bytes);
    at += local.length + name.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = record(0x06054b50, [0, 0, files.length, files.length], [size, at], [0]);
  const all = [...parts, ...directory, end];
  const out = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let to = 0;
  for (const part of all) {
    out.set(part, to);
    to += part.length;
  }
  return out;
}

/** A signature, then numbers of two bytes, of four, of two, of four. */
function record(signature: number, short: number[], long: number[], more: number[] = [], last: number[] = []): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + 2 * (short.length + more.length) + 4 * (long.length + last.length)));
  view.setUint32(0, signature, true);
  let at = 4;
  const shorts = (values: number[]) => values.forEach((value) => (view.setUint16(at, value, true), (at += 2)));
  const longs = (values: number[]) => values.forEach((value) => (view.setUint32(at, value, true), (at += 4)));
  shorts(short);
  longs(long);
  shorts(more);
  longs(last);
  return new Uint8Array(view.buffer);
}

/** Text in XML; control characters have no place there. */
const xml = (text: string) =>
  // eslint-disable-next-line no-control-regex
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";

/** The table as a workbook of one sheet: values are numbers that show their unit, all else is text. */
export function xlsx(table: Table, heads: { row: string; words: (status: Status) => string }): Uint8Array<ArrayBuffer> {
  const units: string[] = [];
  const text = (words: string) => `<c t="inlineStr"><is><t xml:space="preserve">${xml(words)}</t></is></c>`;
  const number = (value: number, unit: string) => {
    let style = units.indexOf(unit);
    if (style < 0) style = units.push(unit) - 1;
    return `<c s="${style + 1}"><v>${value}</v></c>`;
  };
  const rows = [
    [heads.row, ...table.columns.map((column) => columnName(column, heads.words))].map(text),
    ...table.rows.map((row) => [
      text(rowName(row)),
      // A hedge (约, 以上) is part of what is said: such a cell stays as it reads.
      ...row.cells.map((cell) => (cell === null ? "<c/>" : cell.value === null || cell.hedge !== null ? text(cell.text) : number(cell.value, cell.unit))),
    ]),
  ];
  const formats = units.map((unit, n) => `<numFmt numFmtId="${164 + n}" formatCode="${xml(`General"${unit.replaceAll('"', "")}"`)}"/>`);
  const styles = units.map((_, n) => `<xf numFmtId="${164 + n}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`);
  const plain = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>';
  return zip([
    [
      "[Content_Types].xml",
      `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
        ["workbook|sheet.main", "worksheets/sheet1|worksheet", "styles|styles"]
          .map((part) => part.split("|"))
          .map(([path, kind]) => `<Override PartName="/xl/${path}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${kind}+xml"/>`)
          .join("") +
        "</Types>",
    ],
    ["_rels/.rels", `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
    ["xl/workbook.xml", `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="wenbao" sheetId="1" r:id="rId1"/></sheets></workbook>`],
    [
      "xl/_rels/workbook.xml.rels",
      `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>` +
        `<Relationship Id="rId2" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    ],
    [
      "xl/styles.xml",
      `${HEAD}<styleSheet xmlns="${MAIN}">${formats.length === 0 ? "" : `<numFmts count="${formats.length}">${formats.join("")}</numFmts>`}` +
        '<fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
        `<borders count="1"><border/></borders><cellStyleXfs count="1">${plain}</cellStyleXfs><cellXfs count="${styles.length + 1}">${plain}${styles.join("")}</cellXfs></styleSheet>`,
    ],
    ["xl/worksheets/sheet1.xml", `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>${rows.map((cells) => `<row>${cells.join("")}</row>`).join("")}</sheetData></worksheet>`],
  ]);
}
