// Records what a server that holds samples/ replies to the questions of the tests: node tests/record.mjs http://127.0.0.1:8080
import { writeFile } from "node:fs/promises";

const api = process.argv[2] ?? "http://127.0.0.1:8080";
const QUESTIONS = [
  "2025年新建智能化煤矿多少座",
  "2024年新建智能化煤矿多少座",
  "山西2024年和2025年新建智能化煤矿各多少座",
  "2030年新建智能化煤矿多少座",
];
const recorded = {};
const read = async (method, path, body) => {
  const response = await fetch(api + path, { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return response.json();
};
const { documents } = await read("GET", "/api/v1/documents");
// Where the samples lay is nobody's business.
const bare = (value) => JSON.parse(JSON.stringify(value).replace(/"path":"[^"]*\/(samples\/)?([^"\/]+)"/g, '"path":"$2"'));
recorded["GET /api/v1/documents"] = bare({ documents });
for (const document of documents) {
  for (let place = 1; place <= document.passages; place++) {
    const path = `/api/v1/passages/${document.id}-${String(place).padStart(4, "0")}`;
    recorded[`GET ${path}`] = bare(await read("GET", path));
  }
}
for (const question of QUESTIONS) {
  recorded[`POST /api/v1/ask ${question}`] = bare(await read("POST", "/api/v1/ask", { question }));
}
const lines = Object.entries(recorded).map(([key, reply]) => `${JSON.stringify(key)}: ${JSON.stringify(reply)}`);
await writeFile(new URL("recorded.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
console.log(`${lines.length} replies recorded`);
