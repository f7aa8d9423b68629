/** A changed chip becomes a changed question: what is asked stays in sight, and any server understands it. */

import type { Interpretation, Status } from "./api.ts";

/** One change: `value` "" takes the restriction away. */
export type Change =
  | { what: "period"; value: string }
  | { what: "place"; value: string }
  | { what: "status"; value: Status | "" }
  | { what: "unit"; value: string };

// Words that name a year by the day they are said on.
const RELATIVE = /今年|去年|明年|前年|上年|本年|this year|last year|next year/g;
const YEAR = /((?:19|20)\d\d)\s*年?(?:度)?/g;

const isChinese = (text: string) => /\p{Script=Han}/u.test(text);

/** "去年新建煤矿多少座", period 2024 -> "2024年新建煤矿多少座". */
export function reask(question: string, read: Interpretation, change: Change): string {
  const chinese = isChinese(question);
  let text = question.trim();
  switch (change.what) {
    case "period": {
      text = text.replace(RELATIVE, "").replace(YEAR, "").replace(/^[、，,和与到至\s-]+/, "").replace(/\b(?:in|for|of)\s+(?=[?.!,]|$)/g, "");
      if (change.value === "") return tidy(text);
      return tidy(chinese ? `${change.value}年${text}` : `${text.replace(/[?.!\s]+$/, "")} in ${change.value}?`);
    }
    case "place": {
      const named = read.regions.filter((region) => text.includes(region));
      const [first, ...others] = named;
      for (const other of others) text = text.replace(other, "");
      if (first !== undefined) return tidy(text.replace(first, change.value));
      if (change.value === "") return tidy(text);
      return tidy(chinese ? `${change.value}${text}` : `${change.value}: ${text}`);
    }
    case "status": {
      text = text.replace(chinese ? /计划|目标|预期|实际|力争/g : /\b(?:planned|actual(?:ly)?|target)\b/gi, "");
      if (change.value === "") return tidy(text);
      const word = chinese ? (change.value === "target" ? "计划" : "实际") : change.value === "target" ? "planned" : "actual";
      if (!chinese) return tidy(`${word}: ${text}`);
      // Behind the time, where a Chinese sentence has it: 2025年计划新建…
      const time = /^(?:\D{0,8}?)(?:19|20)\d\d年/.exec(text)?.[0] ?? "";
      return tidy(`${time}${word}${text.slice(time.length)}`);
    }
    case "unit": {
      if (change.value === "") return tidy(text);
      if (read.expects !== null && read.expects !== "" && text.includes(read.expects)) return tidy(text.replace(read.expects, change.value));
      return tidy(chinese ? text.replace(/多少[?？]?$/, "").replace(/[?？]$/, "") + `多少${change.value}` : `${text} (${change.value})`);
    }
  }
}

const tidy = (text: string) => text.replace(/\s{2,}/g, " ").replace(/^[，,、\s]+/, "").trim();
