// A folder, as any web server would serve it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const types = { html: "text/html", json: "application/json", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };

export async function serveFolder(folder) {
  const server = createServer(async ({ url }, answer) => {
    const path = new URL(url, "http://x/").pathname.replace(/\/$/, "/index.html");
    try {
      const bytes = await readFile(folder + path);
      answer.writeHead(200, { "content-type": types[path.split(".").pop()] ?? "application/octet-stream" }).end(bytes);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
