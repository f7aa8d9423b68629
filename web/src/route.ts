/** Where the page is: all of it in the fragment, so that the server gives out one file. */

import { readRanges, writeRanges, type Range } from "./chars.ts";

export type Route =
  | { view: "ask"; question: string }
  | { view: "source"; document: string; passage: string; marks: Range[]; term: string }
  | { view: "reports" }
  | { view: "table" }
  | { view: "compare"; left: string; right: string }
  | { view: "gaps" }
  | { view: "health" }
  | { view: "embed" };

/** Reads "#/source/cd8f-0019?mark=11-24&term=煤矿". What is unknown is the first view. */
export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const values = new URLSearchParams(query);
  const [view = "", id = ""] = path.split("/");
  switch (view) {
    case "source": {
      const passage = decodeURIComponent(id);
      // A document's own id has no place behind it.
      const document = passage.replace(/-\d+$/, "");
      return { view, document, passage: passage === document ? "" : passage, marks: readRanges(values.get("mark") ?? ""), term: values.get("term") ?? "" };
    }
    case "reports":
    case "table":
    case "gaps":
    case "health":
    case "embed":
      return { view };
    case "compare":
      return { view, left: values.get("left") ?? "", right: values.get("right") ?? "" };
    default:
      return { view: "ask", question: values.get("q") ?? "" };
  }
}

/** The link to a passage, with what to mark in it and what to look for around it. */
export function sourceLink(passage: string, marks: Range[] = [], term = ""): string {
  const values = new URLSearchParams();
  if (marks.length > 0) values.set("mark", writeRanges(marks));
  if (term !== "") values.set("term", term);
  const query = values.toString();
  return `#/source/${encodeURIComponent(passage)}${query === "" ? "" : `?${query}`}`;
}

export const askLink = (question: string): string => `#/ask?${new URLSearchParams({ q: question })}`;
export const compareLink = (left: string, right: string): string => `#/compare?${new URLSearchParams({ left, right })}`;
