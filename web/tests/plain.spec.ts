// Functions of values: no browser is opened for them.
import { expect, test } from "@playwright/test";
import type { Answer, Interpretation, Table } from "../src/api.ts";
import { mention, occurrences, pieces, readRanges, runs, slice } from "../src/chars.ts";
import { reask } from "../src/reask.ts";
import { readRoute, sourceLink } from "../src/route.ts";
import { apart, charts, csv, tableOf, ticks } from "../src/tables.ts";

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
