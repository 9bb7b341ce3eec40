// The figures of the console: how soon it is usable, how much it transfers, how the timeline moves. Prints each beside its limit.
// It asserts what does not depend on the machine's other work (bytes); with KULLA_FIGURES=assert the times too.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { launch, page, real, server, someone } from "./browser.mjs";

const strict = process.env.KULLA_FIGURES === "assert";
const tell = (name, value, limit, unit) => console.log(`${name}: ${value} ${unit} (at most ${limit})`);
let browser;
before(async () => (browser = await launch()));
after(async () => browser.close());

test("first load: transfer and time until it can be used", async () => {
  const where = await server({ facts: 10_000 });
  const signedIn = await page(browser, where, { person: someone("operator") });
  await signedIn.waitForSelector(".cell");
  const state = await signedIn.context().storageState();
  const times = [];
  let transferred = 0;
  for (let round = 0; round < 5; ++round) {
    const context = await browser.newContext({ storageState: state, viewport: { width: 1440, height: 900 }, ignoreHTTPSErrors: true });
    const fresh = await context.newPage();
    const session = await context.newCDPSession(fresh);
    await session.send("Network.enable");
    transferred = 0;
    session.on("Network.loadingFinished", (event) => (transferred += event.encodedDataLength));
    await fresh.goto(`${where.url}/#/now`);
    await fresh.waitForSelector(".cell");
    times.push(await fresh.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))));
    assert.ok((await fresh.locator(".cell").count()) > 0);
    await context.close();
  }
  times.sort((a, b) => a - b);
  tell("first load, median of 5, until the marks are drawn", Math.round(times[2]), 1000, "ms");
  tell("first load, transferred", Math.round(transferred / 1000), 150, "KB");
  assert.ok(transferred > 20_000 && transferred <= 150_000, `${transferred} bytes`);
  if (strict) assert.ok(times[2] <= 1000);
  await signedIn.context().close();
  await where.close();
});

test("100,000 facts: frames while the timeline is panned and zoomed", { skip: real ? "needs 100,000 facts" : false }, async () => {
  const where = await server({ facts: 100_000 });
  const opened = await page(browser, where, { person: someone("operator"), hash: "#/timeline" });
  await opened.waitForSelector("canvas", { timeout: 30_000 });
  await opened.waitForTimeout(500);
  const box = await opened.locator("canvas").boundingBox();
  for (const depth of [1, 12]) {
    for (let step = 0; step < depth; ++step) {
      await opened.mouse.move(box.x + box.width / 2, box.y + 80);
      await opened.mouse.wheel(0, -120);
    }
    const frames = await opened.evaluate(async () => {
      const canvas = document.querySelector("canvas");
      const at = canvas.getBoundingClientRect();
      const gaps = [];
      let last = 0;
      for (let i = 0; i < 120; ++i) {
        canvas.dispatchEvent(
          new WheelEvent("wheel", { deltaX: i < 60 ? 40 : -40, clientX: at.x + 400, clientY: at.y + 60, cancelable: true, bubbles: true }),
        );
        const now = await new Promise(requestAnimationFrame);
        if (last) gaps.push(now - last);
        last = now;
      }
      return gaps.sort((a, b) => a - b);
    });
    const [median, worst] = [frames[frames.length >> 1], frames[frames.length - 1]];
    tell(`pan over 100,000 facts (zoomed ${depth} steps), worst of ${frames.length} frames`, Math.round(worst), 50, "ms");
    console.log(`  median ${median.toFixed(1)} ms`);
    if (strict) assert.ok(worst <= 50, `${worst} ms`);
  }
  await opened.context().close();
  await where.close();
});

// The daemon's own console (bench/console_stream) with 49 readers of the stream and 1,000 facts a second; the browser is the fiftieth.
const stream = process.env.KULLA_BENCH_STREAM;
test(
  "a thousand facts a second, 50 consoles: until one is seen",
  { skip: stream ? false : "KULLA_BENCH_STREAM names no bench_console_stream" },
  async () => {
    const served = spawn(stream, ["--page"], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const { url, person, password } = JSON.parse(await new Promise((resolve) => served.stdout.once("data", resolve)));
      const opened = await page(browser, { url: url.replace(/\/$/, "") }, { person, password });
      await opened.waitForSelector(".cell");
      await opened.click(".alerts .switch button >> nth=1");
      await opened.waitForSelector(".feed li");
      await opened.waitForTimeout(3000);
      const delays = await opened.evaluate(
        (seconds) =>
          new Promise((resolve) => {
            const found = [];
            let last = "";
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = ({ data }) => found.push(Date.now() - data); // after the frame's own work
            new MutationObserver(() => {
              const happened = /\d{16}/.exec(document.querySelector(".feed li")?.textContent ?? "")?.[0]; // microseconds
              if (!happened || happened === last) return;
              last = happened;
              requestAnimationFrame(() => port2.postMessage(Number(happened) / 1000));
            }).observe(document.querySelector(".feed"), { subtree: true, childList: true, characterData: true });
            setTimeout(() => resolve(found.sort((a, b) => a - b)), seconds * 1000);
          }),
        20,
      );
      const at = (share) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))];
      assert.ok(delays.length > 100, `${delays.length} were drawn`);
      console.log(`fact to screen: ${delays.length} seen in 20 s, p50 ${at(0.5)} ms, worst ${at(1)} ms`);
      tell("fact to screen with 50 consoles and 1,000 facts a second, p99", at(0.99), 100, "ms");
      if (strict) assert.ok(at(0.99) <= 100);
      await opened.context().close();
    } finally {
      served.stdin.end();
      await new Promise((resolve) => served.once("close", resolve));
    }
  },
);
