// Builds src/ into dist/ (or, with --check, into memory, and fails where dist/ is not what the sources give).
//
// dist/index.html         the page; names the hashed files below
// dist/assets/NAME-HASH.* script and style; a new content is a new name, so browsers may keep them for ever
// dist/assets/pdf-*.js     pdf.js and its worker, as they come; loaded only where a PDF is opened
// dist/assets/cmaps-VERSION/   its character maps for Chinese fonts
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
  const hashed = (name, extension, bytes) => {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
    const path = `assets/${name}-${hash}.${extension}`;
    files.set(path, bytes);
    return path;
  };
  const pdf = join(web, "node_modules/pdfjs-dist");
  const { version } = JSON.parse(await readFile(join(pdf, "package.json"), "utf8"));
  const maps = `assets/cmaps-${version}/`;
  for (const name of (await readdir(join(pdf, "cmaps"))).sort()) {
    // Those of mainland China alone; each names others of its kind only.
    if (name === "LICENSE" || (/GB/.test(name) && name.endsWith(".bcmap"))) files.set(maps + name, await readFile(join(pdf, "cmaps", name)));
  }
  const define = {
    PDF: JSON.stringify({
      script: `/${hashed("pdf", "js", await readFile(join(pdf, "build/pdf.min.mjs")))}`,
      worker: `/${hashed("pdf-worker", "js", await readFile(join(pdf, "build/pdf.worker.min.mjs")))}`,
      maps: `/${maps}`,
    }),
  };
  for (const [entry, extension] of [["src/main.tsx", "js"], ["src/style.css", "css"]]) {
    // Preact's licence asks for its notice in every copy.
    const banner = extension === "js" ? { js: "/*! includes Preact: Copyright (c) 2015-present Jason Miller, MIT licence */" } : {};
    const made = await build({ ...common, define, entryPoints: [entry], banner });
    names[extension] = hashed(extension === "js" ? "page" : "style", extension, Buffer.from(made.outputFiles[0].contents));
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
const first = [...files].filter(([name]) => /^(index\.html|assets\/(page|style)-)/.test(name));
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
