// Builds src/ into dist/ (or, with --check, into memory, and fails where dist/ is not what the sources give).
//
// dist/index.html         the page; names the hashed files below
// dist/assets/NAME-HASH.* script and style; a new content is a new name, so browsers may keep them for ever
// dist/embed.js           the web component, under a name that does not change
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const web = dirname(fileURLToPath(import.meta.url));
const dist = join(web, "dist");
// What the first paint may need, compressed: the page, its script and its style together.
const BUDGET = 150 * 1024;

const common = {
  absWorkingDir: web,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  write: false,
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
};

/** All files of dist/: path -> bytes. The same sources give the same bytes. */
async function make() {
  const files = new Map();
  const names = {};
  for (const [entry, extension] of [["src/main.tsx", "js"], ["src/style.css", "css"]]) {
    // Preact's licence asks for its notice in every copy.
    const banner = extension === "js" ? { js: "/*! includes Preact: Copyright (c) 2015-present Jason Miller, MIT licence */" } : {};
    const made = await build({ ...common, entryPoints: [entry], banner });
    const bytes = Buffer.from(made.outputFiles[0].contents);
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
    const name = `assets/${extension === "js" ? "page" : "style"}-${hash}.${extension}`;
    names[extension] = name;
    files.set(name, bytes);
  }
  const html = await readFile(join(web, "src/index.html"), "utf8");
  files.set("index.html", Buffer.from(html.replace("{{script}}", names.js).replace("{{style}}", names.css)));
  const embed = await build({ ...common, format: "iife", entryPoints: ["src/embed.ts"] });
  files.set("embed.js", Buffer.from(embed.outputFiles[0].contents));
  return files;
}

async function present() {
  const found = new Map();
  const entries = await readdir(dist, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((entry) => entry.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found.set(relative(dist, path), await readFile(path));
  }
  return found;
}

const files = await make();
const first = [...files].filter(([name]) => name !== "embed.js");
const size = first.reduce((sum, [, bytes]) => sum + gzipSync(bytes, { level: 6 }).length, 0);
if (size > BUDGET) {
  console.error(`the first paint needs ${size} bytes compressed, more than ${BUDGET}: take something out of src/`);
  process.exit(1);
}
if (process.argv.includes("--check")) {
  const old = await present();
  const differ = [...new Set([...files.keys(), ...old.keys()])].filter((name) => {
    const [made, kept] = [files.get(name), old.get(name)];
    return !made || !kept || !made.equals(kept);
  });
  if (differ.length > 0) {
    console.error(`web/dist is not what web/src gives (${differ.sort().join(", ")}): run make page and commit the result`);
    process.exit(1);
  }
} else {
  await rm(dist, { recursive: true, force: true });
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(dist, name)), { recursive: true });
    await writeFile(join(dist, name), bytes);
  }
}
console.log(`web/dist: ${files.size} files; the first paint needs ${(size / 1024).toFixed(1)} KB compressed`);
