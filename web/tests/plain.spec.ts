// Functions of values: no browser is opened for them.
import { crc32 } from "node:zlib";
import { expect, test } from "@playwright/test";
import type { Answer, Interpretation, Table } from "../src/api.ts";
import { mention, occurrences, pieces, readRanges, runs, slice } from "../src/chars.ts";
import { boxes } from "../src/pdf.ts";
import { reask } from "../src/reask.ts";
import { readRoute, sourceLink } from "../src/route.ts";
import { alike, pair, sections } from "../src/sections.ts";
import { apart, charts, csv, tableOf, tableQuestion, ticks } from "../src/tables.ts";
import { xlsx } from "../src/xlsx.ts";

test("ranges count scalar values, not UTF-16 units", () => {
  expect(slice("𠮷130座", [1, 5])).toBe("130座");
  expect(pieces("𠮷山西130座", [[3, 7]])).toEqual([{ text: "𠮷山西", marked: false }, { text: "130座", marked: true }]);
  expect(occurrences("𠮷煤矿和煤矿", "煤矿")).toEqual([[1, 3], [4, 6]]);
});

test("pieces keep every character, whatever the ranges", () => {
  for (const ranges of [[], [[0, 99]], [[2, 1]], [[1, 3], [2, 5]], [[4, 5], [0, 1]], [[9, 12]]] as [number, number][][]) {
    expect(pieces("一二三四五六", ranges).map((piece) => piece.text).join("")).toBe("一二三四五六");
  }
});

test("only citation marks are cut out of a text", () => {
  expect(runs("130座。[1][2]增长[约]5%")).toEqual([{ words: "130座。" }, { cite: 1 }, { cite: 2 }, { words: "增长[约]5%" }]);
});

test("the next mention is the longest part of the topic that stands twice", () => {
  expect(mention("新建智能化煤矿", ["今年新建智能化煤矿130座", "智能化煤矿累计达到268座", "其他"])).toBe("智能化煤矿");
  expect(mention("没有", ["a", "b"])).toBe("");
});

test("a link to a source comes back as it was", () => {
  expect(readRoute(sourceLink("cd8fe4dd679c-0019", [[11, 24], [30, 41]], "煤矿 & 电"))).toEqual({
    view: "source", document: "cd8fe4dd679c", passage: "cd8fe4dd679c-0019", marks: [[11, 24], [30, 41]], term: "煤矿 & 电",
  });
  expect(readRanges("1-2,x,3-,4-5")).toEqual([[1, 2], [4, 5]]);
  expect(readRoute("#/nothing?q=a")).toEqual({ view: "ask", question: "a" });
});

test("a changed chip changes the question", () => {
  const read: Interpretation = { periods: [], regions: ["山西"], statuses: [], expects: "座", topic: "" };
  const cases: [string, Parameters<typeof reask>[2], string][] = [
    ["2025年新建智能化煤矿多少座", { what: "period", value: "2024" }, "2024年新建智能化煤矿多少座"],
    ["去年新建智能化煤矿多少座", { what: "period", value: "2024" }, "2024年新建智能化煤矿多少座"],
    ["2025年新建智能化煤矿多少座", { what: "period", value: "" }, "新建智能化煤矿多少座"],
    ["山西2024年和2025年粮食产量", { what: "place", value: "陕西" }, "陕西2024年和2025年粮食产量"],
    ["2025年粮食产量", { what: "place", value: "山西" }, "山西2025年粮食产量"],
    ["2025年粮食产量目标是多少", { what: "status", value: "actual" }, "2025年实际粮食产量是多少"],
    ["2025年新建煤矿多少座", { what: "status", value: "target" }, "2025年计划新建煤矿多少座"],
    ["2025年新建煤矿多少座", { what: "unit", value: "处" }, "2025年新建煤矿多少处"],
    ["How many mines were built in 2024?", { what: "period", value: "2025" }, "How many mines were built in 2025?"],
  ];
  for (const [question, change, expected] of cases) expect(reask(question, read, change), question).toBe(expected);
});

const TABLE: Table = {
  columns: [{ label: "2025", period: { from: "2025", to: "2025" }, status: "target" }],
  rows: [
    { label: '=SUM(A1),"x"', region: "山西", period: null, status: null, cells: [{ text: "1,300座", value: 1300, unit: "座", hedge: null, citations: [1] }] },
    { label: "煤", region: null, period: null, status: null, cells: [null] },
  ],
};

test("a file of comma-separated values is quoted and runs no formula", () => {
  expect(csv(TABLE, { row: "=指标", words: () => "计划" })).toBe("\uFEFF'=指标,2025 计划\r\n\"山西 =SUM(A1),\"\"x\"\"\",\"1,300座\"\r\n煤,\r\n");
});

test("several values make a table in the order of time, one alone makes none", () => {
  const value = (year: string, value: number) => ({ label: "煤矿", value, unit: "座", hedge: null, period: { from: year, to: year }, region: "山西", status: "target" as const, computed: null, citations: [1] });
  const answer = { values: [value("2025", 130), value("2024", 150)], table: null } as unknown as Answer;
  const table = tableOf(answer)!;
  expect(table.columns.map((column) => column.label)).toEqual(["2024", "2025"]);
  expect(table.rows.map((row) => row.cells.map((cell) => cell?.text))).toEqual([["150座", "130座"]]);
  expect(charts(table)).toMatchObject([{ unit: "座", along: "columns" }]);
  expect(tableOf({ ...answer, values: [value("2025", 130)] })).toBeNull();
});

test("ticks are round and hold all values", () => {
  expect(ticks(0, 150, 4)).toEqual([0, 50, 100, 150]);
  expect(ticks(-3, 7.5, 4)).toEqual([-5, 0, 5, 10]);
  expect(ticks(5, 5, 4)).toEqual([5]);
});

test("many places over years are bars, a chart a year, the latest first", () => {
  const column = (year: string) => ({ label: year, period: { from: year, to: year }, status: null });
  const cell = (value: number) => ({ text: `${value}座`, value, unit: "座", hedge: null, citations: [] });
  const rows = Array.from({ length: 31 }, (_, n) => ({ label: `省${n}`, region: null, period: null, status: null, cells: [cell(n), cell(n + 1)] }));
  const drawn = charts({ columns: [column("2024"), column("2025")], rows });
  expect(drawn.map((chart) => [chart.along, chart.column, chart.points.length])).toEqual([["rows", 1, 31], ["rows", 0, 31]]);
  expect(charts({ columns: [column("2024"), column("2025")], rows: rows.slice(0, 3) })).toMatchObject([{ along: "columns", column: null }]);
});

test("labels that would overlap are moved apart", () => {
  expect(apart([12, 10, 50], 15, 0)).toEqual([25, 10, 50]);
});

test("a form becomes a question whose rows are places or years", () => {
  const asked = { indicator: "粮食产量", regions: [] as string[], years: null as [number, number] | null, status: "" };
  const cases: [Partial<typeof asked>, ReturnType<typeof tableQuestion>][] = [
    [{}, { question: "各省粮食产量", filter: {} }],
    [{ years: [2025, 2025], status: "target" }, { question: "各省2025年粮食产量", filter: { status: "target" } }],
    [{ regions: ["山西"] }, { question: "山西历年的粮食产量", filter: {} }],
    [{ regions: ["山西"], years: [2021, 2025] }, { question: "山西历年的粮食产量", filter: { years: [2021, 2025] } }],
    [{ regions: ["山西", "陕西"], years: [2024, 2025] }, { question: "山西和陕西2024年和2025年粮食产量", filter: {} }],
  ];
  for (const [change, expected] of cases) expect(tableQuestion({ ...asked, ...change })).toEqual(expected);
});

test("parts of two reports meet by their headings, whatever their numbers", () => {
  expect(alike("（二）加快转型发展", "三、加快转型发展")).toBe(1);
  expect(alike("一、2024年工作回顾", "一、2025年工作回顾")).toBe(1);
  const part = (id: string, ...section: string[]) => ({ id, text: id, section });
  const left = sections([part("a1"), part("a2", "一、农业"), part("a3", "一、农业", "（一）粮食", "提高单产"), part("a5", "一、农业", "（一）粮食"), part("a4", "二、能源体系")]);
  const right = sections([part("b1"), part("b2", "一、新型能源体系"), part("b3", "二、教育")]);
  expect(left.map((each) => each.passages.length)).toEqual([1, 1, 2, 1]);
  const names = pair(left, right).map((both) => both.map((each) => each?.passages[0]!.id ?? null));
  expect(names).toEqual([["a1", "b1"], ["a2", null], ["a3", null], ["a4", "b2"], [null, "b3"]]);
});

test("a workbook is a sound zip whose numbers are numbers", () => {
  const bytes = Buffer.from(xlsx(TABLE, { row: "指标", words: () => "计划" }));
  const parts = new Map<string, string>();
  let at = 0;
  while (bytes.readUInt32LE(at) === 0x04034b50) {
    const [sum, size, name] = [bytes.readUInt32LE(at + 14), bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26)];
    const content = bytes.subarray(at + 30 + name, at + 30 + name + size);
    expect(crc32(content)).toBe(sum);
    parts.set(bytes.toString("utf8", at + 30, at + 30 + name), content.toString());
    at += 30 + name + size;
  }
  const end = bytes.length - 22;
  expect([bytes.readUInt32LE(end), bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 16)]).toEqual([0x06054b50, parts.size, at]);
  const sheet = parts.get("xl/worksheets/sheet1.xml")!;
  expect(sheet).toContain('<c s="1"><v>1300</v></c>');
  expect(sheet).toContain("=SUM(A1),&quot;x&quot;");
  expect(parts.get("xl/styles.xml")).toContain('formatCode="General&quot;座&quot;"');
});

test("a quote is found among the runs of a printed page, spaces and line ends aside", () => {
  const run = (words: string, left: number, top: number) => ({ words, left, top, width: 10 * words.length, height: 12 });
  const runs = [run("今年新建", 0, 0), run(" ", 40, 0), run("智能化煤", 50, 0), run("矿130座", 0, 20)];
  expect(boxes(runs, "智能化煤矿130座")).toEqual([{ left: 50, top: 0, width: 40, height: 12 }, { left: 0, top: 20, width: 50, height: 12 }]);
  expect(boxes(runs, "新建")).toEqual([{ left: 20, top: 0, width: 20, height: 12 }]);
  expect(boxes(runs, "没有")).toEqual([]);
  expect(boxes(runs, "")).toEqual([]);
});
