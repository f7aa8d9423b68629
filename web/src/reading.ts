/** All passages of a report, read one by one: the server gives no more at once. */

import { passage as readPassage, passageId, type Passage } from "./api.ts";

// Passages that are read at once.
const TOGETHER = 6;

/** Reads a document's passages, those around `first` before all others. */
export async function readAll(document: string, first: string, took: (passages: Passage[]) => void, stopped: () => boolean): Promise<void> {
  const start = await readPassage(first === "" ? passageId(document, 1) : first);
  const found = new Map([[start.id, start]]);
  const show = () => took([...found.values()].sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true })));
  show();
  const at = Number(start.id.slice(start.id.lastIndexOf("-") + 1));
  const rest = Array.from({ length: start.document.passages }, (_, n) => n + 1)
    .filter((place) => place !== at)
    .sort((a, b) => Math.abs(a - at) - Math.abs(b - at));
  while (rest.length > 0 && !stopped()) {
    const next = rest.splice(0, TOGETHER).map((place) => readPassage(passageId(document, place)).catch(() => null));
    for (const each of await Promise.all(next)) if (each !== null) found.set(each.id, each);
    // Not after each round: the text would jump under the reader's eyes.
    if (rest.length === 0 || found.size < 3 * TOGETHER) if (!stopped()) show();
  }
}
