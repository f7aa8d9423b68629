/** The parts of two reports, those with headings alike side by side. Plain functions of values. */

/** A part: what stands under one heading. */
export interface Section {
  /** Headings from the outermost; none before the first of them. */
  path: string[];
  /** Its passages in their order, each with the last of the headings further down, if it has one. */
  passages: { id: string; text: string; below: string }[];
}

// Headings further down are those of single paragraphs: two reports seldom share them.
const DEEPEST = 2;

/** Passages that follow each other under the same headings are one part. */
export function sections(passages: { id: string; text: string; section: string[] }[]): Section[] {
  const all: Section[] = [];
  for (const { id, text, section } of passages) {
    const last = all.at(-1);
    const path = section.slice(0, DEEPEST);
    const passage = { id, text, below: section[DEEPEST] === undefined ? "" : section.at(-1)! };
    if (last !== undefined && last.path.join("\n") === path.join("\n")) last.passages.push(passage);
    else all.push({ path, passages: [passage] });
  }
  return all;
}

/** "（二）加快转型发展" -> "加快转型发展": numbers and years of two reports differ where they say the same. */
const bare = (heading: string) => heading.replace(/^[（(]?[一二三四五六七八九十百\d]+[)）、.．]\s*/, "").replace(/(?:19|20)\d\d年/g, "");

function bigrams(text: string): Set<string> {
  const chars = [...text];
  return new Set(chars.length < 2 ? chars : chars.slice(1).map((char, n) => chars[n] + char));
}

/** How alike two headings are: 1 for the same words, 0 for none in common. */
export function alike(a: string, b: string): number {
  const [one, other] = [bigrams(bare(a)), bigrams(bare(b))];
  const shared = [...one].filter((pair) => other.has(pair)).length;
  return one.size + other.size === 0 ? 0 : (2 * shared) / (one.size + other.size);
}

// Headings below it are about different things.
const ALIKE = 0.5;

/** Each part of `left` with the one of `right` that is most like it; what has none stands alone, those of `right` at the end. */
export function pair(left: Section[], right: Section[]): [Section | null, Section | null][] {
  const name = (section: Section) => section.path.at(-1) ?? "";
  const found = left.flatMap((one, l) =>
    right.map((other, r) => ({ l, r, score: one.path.length === 0 && other.path.length === 0 ? 1 : alike(name(one), name(other)) })),
  );
  found.sort((a, b) => b.score - a.score || Math.abs(a.l - a.r) - Math.abs(b.l - b.r));
  const partner = new Map<number, number>();
  const taken = new Set<number>();
  for (const { l, r, score } of found) {
    if (score < ALIKE || partner.has(l) || taken.has(r)) continue;
    partner.set(l, r);
    taken.add(r);
  }
  const pairs = left.map((one, l): [Section | null, Section | null] => [one, right[partner.get(l) ?? -1] ?? null]);
  return [...pairs, ...right.filter((_, r) => !taken.has(r)).map((other): [null, Section] => [null, other])];
}
