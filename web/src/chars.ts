/** Text by Unicode scalar values: all ranges of the API count them, a JavaScript string counts UTF-16 units. */

/** A half-open range of scalar values. */
export type Range = [number, number];

/** The part of `text` in `range`, cut to the text. */
export function slice(text: string, [start, end]: Range): string {
  return [...text].slice(start, end).join("");
}

/** A part of a text, marked or not. */
export interface Piece {
  text: string;
  marked: boolean;
}

/** Cuts `text` at the ranges, which may come in any order, overlap, or lie outside: "abcd", [[1, 3]] -> a, (bc), d. */
export function pieces(text: string, ranges: Range[]): Piece[] {
  const chars = [...text];
  const out: Piece[] = [];
  let at = 0;
  const push = (to: number, marked: boolean) => {
    if (to > at) out.push({ text: chars.slice(at, to).join(""), marked });
    at = Math.max(at, to);
  };
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    push(Math.min(start, chars.length), false);
    push(Math.min(end, chars.length), true);
  }
  push(chars.length, false);
  return out;
}

/** Reads "11-22,30-41" as ranges; what is no range is left out. */
export function readRanges(text: string): Range[] {
  return text.split(",").flatMap((part) => {
    const found = /^(\d{1,9})-(\d{1,9})$/.exec(part);
    return found ? [[Number(found[1]), Number(found[2])] as Range] : [];
  });
}

/** Writes ranges as "11-22,30-41". */
export function writeRanges(ranges: Range[]): string {
  return ranges.map(([start, end]) => `${start}-${end}`).join(",");
}

/** A run of an answer's text: words, or the number of a citation. */
export type Run = { words: string } | { cite: number };

/** Cuts "130座。[1]再说[2]" at its citation marks. */
export function runs(text: string): Run[] {
  return text
    .split(/(\[\d{1,3}\])/)
    .filter((part) => part !== "")
    .map((part) => (/^\[\d{1,3}\]$/.test(part) ? { cite: Number(part.slice(1, -1)) } : { words: part }));
}

/**
 * The longest part of `topic` (three characters at least) that stands in two of the `texts` or more: what "next mention" looks for.
 * "新建智能化煤矿" -> "智能化煤矿". Empty where there is none.
 */
export function mention(topic: string, texts: string[]): string {
  const chars = [...topic];
  for (let length = Math.min(chars.length, 16); length >= 3; length--) {
    for (let start = 0; start + length <= chars.length; start++) {
      const part = chars.slice(start, start + length).join("");
      if (texts.filter((text) => text.includes(part)).length >= 2) return part;
    }
  }
  return "";
}

/** Where `part` stands in `text`. */
export function occurrences(text: string, part: string): Range[] {
  if (part === "") return [];
  const out: Range[] = [];
  const length = [...part].length;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) {
    const start = [...text.slice(0, at)].length;
    out.push([start, start + length]);
  }
  return out;
}
