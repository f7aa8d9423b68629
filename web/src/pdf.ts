/** A page of a PDF as a picture with its quotes marked, by pdf.js, which is loaded only where a PDF is opened. */

import type * as Pdf from "pdfjs-dist";

/** Where build.mjs puts pdf.js, its worker and the character maps of Chinese fonts that a file names without carrying them. */
declare const PDF: { script: string; worker: string; maps: string };

type Library = typeof Pdf;
let library: Promise<Library> | null = null;

function load(): Promise<Library> {
  library ??= (import(PDF.script) as Promise<Library>).then((pdf) => {
    pdf.GlobalWorkerOptions.workerSrc = PDF.worker;
    return pdf;
  });
  return library;
}

export type Opened = Pdf.PDFDocumentProxy;

export async function open(file: Blob): Promise<Opened> {
  const pdf = await load();
  const data = new Uint8Array(await file.arrayBuffer());
  // Nothing of a file is run, and nothing is fetched but from this server. WebAssembly is not in the page's policy.
  return pdf.getDocument({ data, cMapUrl: PDF.maps, cMapPacked: true, useWasm: false, isEvalSupported: false, enableXfa: false }).promise;
}

/** A rectangle of the page in pixels of the picture. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A run of text as pdf.js gives it: its words, and where they stand. */
export interface Run extends Box {
  words: string;
}

const bare = (text: string) => [...text.replace(/\s/g, "")];

/** Where a text stands among runs, spaces aside: a box a run, cut to the characters that belong to it. None if it is not there. */
export function boxes(runs: Run[], text: string): Box[] {
  const chars = runs.flatMap((run, n) => bare(run.words).map((char, at, all) => ({ char, n, at, of: all.length })));
  const wanted = bare(text);
  const whole = chars.map(({ char }) => char);
  const from = wanted.length === 0 ? -1 : whole.findIndex((_, at) => wanted.every((char, n) => whole[at + n] === char));
  if (from < 0) return [];
  const found = new Map<number, Box>();
  for (const { n, at, of } of chars.slice(from, from + wanted.length)) {
    const run = runs[n]!;
    const step = run.width / of;
    const box = found.get(n);
    if (box === undefined) found.set(n, { left: run.left + at * step, top: run.top, width: step, height: run.height });
    else box.width += step;
  }
  return [...found.values()];
}

/** Draws a page onto a canvas: the passage pale, the quotes strong. */
export async function draw(opened: Opened, number: number, canvas: HTMLCanvasElement, width: number, marked: { pale: string[]; strong: string[] }): Promise<void> {
  const pdf = await load();
  const page = await opened.getPage(number);
  const viewport = page.getViewport({ scale: width / page.getViewport({ scale: 1 }).width });
  [canvas.width, canvas.height] = [Math.floor(viewport.width), Math.floor(viewport.height)];
  await page.render({ canvas, viewport }).promise;
  const { items } = await page.getTextContent();
  const runs = items.flatMap((item): Run[] => {
    if (!("str" in item) || item.str === "") return [];
    const [a, b, , , x, y] = pdf.Util.transform(viewport.transform, item.transform) as number[];
    const height = Math.hypot(a!, b!);
    return [{ words: item.str, left: x!, top: y! - height, width: item.width * viewport.scale, height: height * 1.2 }];
  });
  const context = canvas.getContext("2d")!;
  context.globalCompositeOperation = "multiply";
  for (const [texts, colour] of [[marked.pale, "#f8eedb"], [marked.strong, "#ffd773"]] as const) {
    context.fillStyle = colour;
    for (const box of texts.flatMap((text) => boxes(runs, text))) context.fillRect(box.left, box.top, box.width, box.height);
  }
}
