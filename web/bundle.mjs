// What web/build runs: esbuild's output under names that change with their content, and the page that names them.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const dist = "dist";
const fresh = "dist.new";

await rm(fresh, { recursive: true, force: true });
const result = await build({
  entryPoints: { console: "console/main.tsx", icon: "console/icon.svg" },
  entryNames: "[name]-[hash]",
  outdir: fresh,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2020",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".svg": "copy" },
  metafile: true,
  logLevel: "warning",
});

const names = Object.keys(result.metafile.outputs).map((file) => path.basename(file));
const named = (prefix, suffix) => {
  const found = names.find((name) => name.startsWith(prefix) && name.endsWith(suffix));
  if (!found) throw new Error(`esbuild wrote no ${prefix}*${suffix}`);
  return found;
};
const page = (await readFile("console/index.html", "utf8"))
  .replace("{script}", named("console-", ".js"))
  .replace("{style}", named("console-", ".css"))
  .replace("{icon}", named("icon-", ".svg"));
await mkdir(fresh, { recursive: true });
await writeFile(path.join(fresh, "index.html"), page);
await rm(dist, { recursive: true, force: true });
await rename(fresh, dist);
for (const name of (await readdir(dist)).sort()) console.log(`web/dist/${name}`);
