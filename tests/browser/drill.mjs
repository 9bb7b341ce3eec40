// A `kulla drill --by-hand` of KULLA_BINARY, and what it says: one object a line.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class Drill {
  objects = [];
  #waiting = new Set();
  #child;
  errors = "";

  constructor(binary, ...options) {
    this.#child = spawn(
      binary,
      ["drill", "--by-hand", "--format", "ndjson", ...options],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child.stderr.on(
      "data",
      (bytes) => (this.errors = (this.errors + bytes).slice(-4000)),
    );
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.objects.push(JSON.parse(line));
      for (const look of this.#waiting) look();
    });
    this.ended = new Promise((resolve) => this.#child.on("close", resolve));
    void this.ended.then(() => {
      for (const look of this.#waiting) look(true);
    });
  }
  /// The first object, said already or still to come, of which `holds`.
  until(what, holds, seconds = 90) {
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        this.#waiting.delete(look);
        clearTimeout(timer);
        settle(value);
      };
      const last = () =>
        `; the last it said: ${JSON.stringify(this.objects.slice(-3))} ${this.errors}`;
      const look = (over = false) => {
        const found = this.objects.find(holds);
        if (found) end(resolve, found);
        else if (over)
          end(reject, new Error(`the drill ended before ${what}${last()}`));
      };
      const timer = setTimeout(
        () =>
          end(reject, new Error(`not within ${seconds} s: ${what}${last()}`)),
        seconds * 1000,
      );
      this.#waiting.add(look);
      look();
    });
  }
  step(what, seconds) {
    return this.until(
      `step "${what}"`,
      (each) => each.kind === "step" && each.what.includes(what),
      seconds,
    );
  }
  of(kind) {
    return this.objects.filter((each) => each.kind === kind);
  }
  async stop() {
    if (this.#child.exitCode === null) this.#child.kill("SIGTERM");
    await this.ended;
  }
}
