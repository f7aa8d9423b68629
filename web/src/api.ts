/** The server's contract as far as the page uses it, and the calls. */

import type { Range } from "./chars.ts";

export interface Period {
  from: string;
  to: string | null;
}
export type Status = "actual" | "estimated" | "target";

export interface DocumentRef {
  id: string;
  title: string | null;
  path: string;
  date: string | null;
  region: string | null;
  doc_type?: string | null;
  warnings?: (string | { message: string })[];
}
export interface Doc extends DocumentRef {
  session: string | null;
  speaker: string | null;
  year: number | null;
  passages: number;
  characters: number;
  sha256: string;
  ingested_at: string;
}
export interface RankedPassage {
  id: string;
  score: number;
  document: DocumentRef;
  section: string[];
  period: Period | null;
  status: Status | null;
  text: string;
  source_range: Range;
  page: number | null;
}
export interface Quantity {
  text: string;
  unit: string;
  measure: string | null;
  trend: string | null;
}
export interface Passage {
  id: string;
  document: Doc;
  section: string[];
  period: Period | null;
  status: Status | null;
  region: string | null;
  text: string;
  source_range: Range;
  page: number | null;
  sentences: { period: Period | null; status: Status | null; quantities: Quantity[] }[];
}
export interface Citation {
  n: number;
  passage: number;
  quote: string;
  quote_range: Range;
}
export interface Value {
  label: string;
  value: number | null;
  unit: string;
  hedge: string | null;
  text?: string;
  period: Period | null;
  region: string | null;
  status: Status | null;
  computed: string | null;
  citations: number[];
}
export interface Cell {
  text: string;
  value: number | null;
  unit: string;
  hedge: string | null;
  citations: number[];
}
export interface Column {
  label: string;
  period: Period | null;
  status: Status | null;
}
export interface Row {
  label: string;
  region: string | null;
  period: Period | null;
  status: Status | null;
  cells: (Cell | null)[];
}
export interface Table {
  columns: Column[];
  rows: Row[];
  asked?: number;
  found?: number;
  missing?: string[];
}
export interface Interpretation {
  periods: Period[];
  regions: string[];
  statuses: Status[];
  expects: string | null;
  topic: string;
}
export interface Answer {
  question: string;
  answer: string;
  text: string;
  kind: string;
  abstained: boolean;
  confidence: number;
  reason: string | null;
  interpretation: Interpretation;
  values: Value[];
  table?: Table | null;
  passages: RankedPassage[];
  citations: Citation[];
}
export interface Turn {
  role: "user" | "assistant";
  content: string;
}
export interface Job {
  id: string;
  /** Lower-case name of where it stands: queued, running, done, failed, cancelled. */
  state: string;
  done: number | null;
  total: number | null;
  problems: string[];
}

/** What the server said instead of an answer. */
export class Failed extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const KEY = "wenbao-key";

/** What the window hears when another key is in use: what was closed may be open. */
export const KEY_CHANGED = "wenbao-key";

/** The key for a server that wants one; kept as long as the tab is open. */
export const key = {
  get: (): string => sessionStorage.getItem(KEY) ?? "",
  set: (value: string): void => {
    sessionStorage.setItem(KEY, value.trim());
    dispatchEvent(new Event(KEY_CHANGED));
  },
};

async function send(method: string, path: string, body?: unknown, more: RequestInit = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (key.get() !== "") headers["authorization"] = `Bearer ${key.get()}`;
  const init: RequestInit = { method, headers, ...more };
  if (body instanceof FormData) {
    init.body = body;
  } else if (body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  return fetch(path, init);
}

async function call<T>(method: string, path: string, body?: unknown, more?: RequestInit): Promise<T> {
  const response = await send(method, path, body, more);
  const text = await response.text();
  if (!response.ok) throw new Failed(response.status, said(text) ?? `${response.status} ${response.statusText}`);
  return (text === "" ? null : JSON.parse(text)) as T;
}

/** The message of an error in OpenAI's shape. */
function said(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof error?.message === "string" ? error.message : null;
  } catch {
    return null;
  }
}

export const ask = (question: string, history: Turn[], signal: AbortSignal): Promise<Answer> =>
  call("POST", "/api/v1/ask", { question, history }, { signal });

export const documents = async (): Promise<Doc[]> =>
  (await call<{ documents: Doc[] }>("GET", "/api/v1/documents")).documents;

export const passage = (id: string): Promise<Passage> => call("GET", `/api/v1/passages/${encodeURIComponent(id)}`);

/** The id of a document's passage by its place: "cd8f…", 3 -> "cd8f…-0003". */
export const passageId = (document: string, place: number): string => `${document}-${String(place).padStart(4, "0")}`;

export const feedback = (said: { question: string; answer: string; good: boolean; reason?: string }): Promise<unknown> =>
  call("POST", "/api/v1/feedback", said);

/** A question over many reports, restricted to a time or to plans or results. */
export const table = (asked: { question: string; filter: { years?: [number, number]; status?: string } }): Promise<Answer> =>
  call("POST", "/api/v1/table", asked);

/** The file that a report was read from. */
export async function original(id: string): Promise<Blob> {
  const response = await send("GET", `/api/v1/documents/${encodeURIComponent(id)}/file`);
  if (!response.ok) throw new Failed(response.status, said(await response.text()) ?? `${response.status} ${response.statusText}`);
  return response.blob();
}

/** What was asked and not answered. */
export interface Gap {
  question: string;
  asked: number;
  /** Seconds since 1970. */
  last_at: number;
  reason: string | null;
  wordings: string[];
}
export const gaps = async (): Promise<Gap[]> => (await call<{ gaps: Gap[] }>("GET", "/api/v1/gaps")).gaps;

/** Whether the server can answer, and from how much. */
export interface Ready {
  status: string;
  documents: number;
  passages: number;
  model: string;
}
export const ready = (): Promise<Ready> => call("GET", "/readyz");

/** Deletes a document; `late` when the page is being left: the browser finishes the request without it. */
export const remove = (id: string, late = false): Promise<unknown> =>
  call("DELETE", `/api/v1/documents/${encodeURIComponent(id)}`, undefined, { keepalive: late });

/** Sends files; the server reads them in a job of its own. */
export async function upload(files: File[]): Promise<Job> {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  return readJob(await call("POST", "/api/v1/documents", form));
}

export const job = async (id: string): Promise<Job> => readJob(await call("GET", `/api/v1/jobs/${encodeURIComponent(id)}`));

function readJob(sent: Record<string, unknown>): Job {
  const inner = (typeof sent["job"] === "object" && sent["job"] !== null ? sent["job"] : sent) as Record<string, unknown>;
  const number = (value: unknown) => (typeof value === "number" ? value : null);
  const problems = [inner["errors"], inner["warnings"], inner["error"]].flat().filter((each) => each !== undefined && each !== null);
  return {
    id: String(inner["id"] ?? sent["job"] ?? ""),
    state: String(inner["state"] ?? inner["status"] ?? "running").toLowerCase(),
    done: number(inner["done"]),
    total: number(inner["total"]),
    problems: problems.map((each) => (typeof each === "string" ? each : String((each as { message?: unknown }).message ?? JSON.stringify(each)))),
  };
}

/** What this server, and this key, can do beside answering. */
export interface Can {
  feedback: boolean;
  upload: boolean;
  remove: boolean;
  table: boolean;
  gaps: boolean;
}

export const CANNOT: Can = { feedback: false, upload: false, remove: false, table: false, gaps: false };

/**
 * Asks each optional endpoint with a method that none has: what is there names its methods in `Allow`, what is not answers 404. A
 * feature whose endpoint is missing, or closed to this key, is not shown.
 */
export async function can(): Promise<Can> {
  const allows = async (path: string, method: string) => {
    try {
      const response = await send("PATCH", path);
      return response.status === 405 && (response.headers.get("allow") ?? "").toUpperCase().includes(method);
    } catch {
      return false;
    }
  };
  const [feedback, upload, remove, table, gaps] = await Promise.all([
    allows("/api/v1/feedback", "POST"),
    allows("/api/v1/documents", "POST"),
    allows("/api/v1/documents/any", "DELETE"),
    allows("/api/v1/table", "POST"),
    allows("/api/v1/gaps", "GET"),
  ]);
  return { feedback, upload, remove, table, gaps };
}
