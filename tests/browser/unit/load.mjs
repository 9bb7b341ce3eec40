// Loads one of the console's TypeScript files into node, by esbuild, as the page would have it.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const web = fileURLToPath(new URL("../../../web/", import.meta.url));
export const require = createRequire(path.join(web, "package.json"));

export async function load(file) {
  const { outputFiles } = await require("esbuild").build({
    entryPoints: [path.join(web, "console", file)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "error",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
