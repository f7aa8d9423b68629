/** Questions that this index can answer, made of values that its reports hold. */

import { documents, passage, passageId, type Doc, type Passage } from "./api.ts";

const STORED = "wenbao-examples";

/** Up to four questions; none where nothing fits. Kept for the tab. */
export async function examples(): Promise<string[]> {
  const kept = sessionStorage.getItem(STORED);
  if (kept !== null) return JSON.parse(kept) as string[];
  const all = await documents();
  const newest = [...all].sort((a, b) => (b.date ?? "").localeCompare(a.date ?? "")).slice(0, 2);
  const asked: string[] = [];
  for (const document of newest) {
    // From the middle and the later part: work done, work planned.
    for (const share of [0.3, 0.65]) {
      const first = Math.max(1, Math.round(document.passages * share));
      for (let place = first; place < first + 4 && place < document.passages; place++) {
        const question = await passage(passageId(document.id, place)).then((found) => of(found, document), () => null);
        if (question === null || asked.includes(question)) continue;
        asked.push(question);
        break;
      }
    }
  }
  sessionStorage.setItem(STORED, JSON.stringify(asked));
  return asked;
}

/** A question for the first clear value of a passage: 2025年山西新建智能化煤矿多少座. */
export function of(passage: Passage, document: Doc): string | null {
  for (const sentence of passage.sentences) {
    const period = sentence.period ?? passage.period;
    if (period === null || period.from !== period.to || !/^\d{4}$/.test(period.from)) continue;
    for (const { measure, unit, trend } of sentence.quantities) {
      if (measure === null || trend !== null || !/^[\p{Script=Han}]{1,4}$/u.test(unit) || !/^[\p{Script=Han}0-9A-Za-z]{4,14}$/u.test(measure)) continue;
      const plan = (sentence.status ?? passage.status) === "target" ? "计划" : "";
      return `${period.from}年${document.region ?? ""}${plan}${measure}多少${unit}`;
    }
  }
  return null;
}
