// A server for developing and testing the page: dist/ as the real server gives it out, all else from --api URL or, for
// tests without a model, from recorded replies (--recorded FILE).
//
//   node dev.mjs --port 5173 --api http://127.0.0.1:8080
import { createServer, request } from "node:http";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const web = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { port: { type: "string", default: "5173" }, api: { type: "string" }, recorded: { type: "string" } },
});
if (!values.api === !values.recorded) {
  console.error("give --api URL (a running wenbao serve) or --recorded FILE (replies kept for tests)");
  process.exit(2);
}
// Kept equal to crates/server/src/routes/page.rs.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" };
const recorded = values.recorded ? JSON.parse(await readFile(values.recorded, "utf8")) : null;

async function file(path) {
  const name = path === "/" ? "index.html" : normalize(path).replace(/^\/+/, "");
  if (name !== "index.html" && name !== "embed.js" && !name.startsWith("assets/")) return null;
  return readFile(join(web, "dist", name)).then((bytes) => ({ bytes, type: TYPES[extname(name)] ?? "application/octet-stream" }), () => null);
}

function body(req) {
  return new Promise((resolve) => {
    const parts = [];
    req.on("data", (part) => parts.push(part)).on("end", () => resolve(Buffer.concat(parts)));
  });
}

/** A recorded reply: by method, path and, for a question, its text. */
function replay(method, url, sent) {
  let key = `${method} ${url}`;
  if (sent.length > 0) {
    try {
      const asked = JSON.parse(sent.toString());
      key += ` ${asked.question ?? asked.query ?? ""}`;
    } catch {
      // A body that is no JSON: the path alone is the key.
    }
  }
  const reply = recorded[key];
  if (reply) return { status: 200, reply };
  return { status: 404, reply: { error: { message: `nothing recorded for ${key}`, type: "invalid_request_error", param: null, code: "unknown_url" } } };
}

createServer(async (req, res) => {
  const path = req.url.split("?")[0];
  const found = req.method === "GET" ? await file(path) : null;
  if (found) {
    res.writeHead(200, { "content-type": found.type, "content-security-policy": POLICY, "x-content-type-options": "nosniff" });
    res.end(found.bytes);
  } else if (recorded) {
    const { status, reply } = replay(req.method, req.url, await body(req));
    res.writeHead(status, { "content-type": "application/json" });
    res.end(JSON.stringify(reply));
  } else {
    const target = new URL(req.url, values.api);
    // The server knows its own pages alone; to it, this one is one of them.
    const own = req.headers.origin ? { origin: target.origin } : {};
    const on = request(target, { method: req.method, headers: { ...req.headers, host: target.host, ...own } }, (reply) => {
      res.writeHead(reply.statusCode, reply.headers);
      reply.pipe(res);
    });
    on.on("error", (error) => {
      res.writeHead(502, { "content-type": "application/json" });
      res.end(JSON.stringify({ error: { message: `no answer from ${values.api}: ${error.message}` } }));
    });
    req.pipe(on);
  }
}).listen(Number(values.port), "127.0.0.1", () => console.log(`http://127.0.0.1:${values.port}`));
