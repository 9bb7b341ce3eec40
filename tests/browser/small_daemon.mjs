// A daemon of one service behind a real HAProxy, set up by the commands of docs/config.md, with sign-in by an identity provider beside it.
import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const provider = fileURLToPath(new URL("../serve/idp.py", import.meta.url));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export class SmallDaemon {
  #children = [];
  #log = "";

  static async start(binary) {
    const made = new SmallDaemon();
    try {
      await made.#start(binary);
    } catch (error) {
      await made.stop();
      throw error;
    }
    return made;
  }

  async #start(binary) {
    this.folder = await mkdtemp(join(tmpdir(), "kulla-browser-"));
    const port = await freePort();
    this.url = `http://localhost:${port}`; // another site than the provider, 127.0.0.1
    const kulla = (...words) => {
      const done = spawnSync(binary, words, { cwd: this.folder, encoding: "utf8" });
      if (done.status !== 0) throw new Error(`kulla ${words.join(" ")}: ${done.stderr}`);
      return done.stdout;
    };
    for (const name of ["ledger.key", "baselines.key", "anna.key", "ben.key"]) kulla("key", "new", name);
    await mkdir(join(this.folder, "www"));
    await writeFile(join(this.folder, "www/index.html"), "<p>tax</p>");
    await writeFile(join(this.folder, "client.secret"), "a secret of the client\n", { mode: 0o600 });
    kulla("inspect", "baseline", "www", "--system", "web-1", "-o", "web-1.baseline", "--key", "baselines.key");
    this.issuer = `http://127.0.0.1:${await this.#identityProvider()}`;
    await writeFile(join(this.folder, "kulla.toml"), this.#config(port, await freePort(), await freePort()));
    const started = kulla("gate", "render", "-c", "kulla.toml", "--init").match(/^start it with: haproxy (.*)$/m)[1];
    this.#run("/usr/sbin/haproxy", started.split(" "));
    this.#run(binary, ["run", "-c", "kulla.toml"]);
    await this.#ready();
  }

  #config(port, http, upstream) {
    return `mode = "advise"
state = "state"
control = "control.sock"
[ledger]
path = "ledger.db"
key = "ledger.key"
[gate]
folder = "gate"
http = "127.0.0.1:${http}"
[baselines]
trust = ["baselines.key.pub"]
[console]
listen = "127.0.0.1:${port}"
[console.oidc]
issuer = "${this.issuer}"
client = "kulla"
secret = "client.secret"
return_url = "${this.url}/api/v1/session/oidc/return"
person_claim = "preferred_username"
roles = { kulla-operators = "operator" }
[[system]]
id = "web-1"
root = "www"
baseline = "web-1.baseline"
[[service]]
id = "tax"
host = "tax.example"
systems = ["web-1"]
upstream = "127.0.0.1:${upstream}"
[[approver]]
person = "anna"
key = "anna.key.pub"
[[approver]]
person = "ben"
key = "ben.key.pub"
`;
  }

  #run(program, words) {
    const child = spawn(program, words, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (this.#log = (this.#log + bytes).slice(-4000)));
    child.gone = new Promise((resolve) => child.on("close", resolve));
    this.#children.push(child);
    return child;
  }
  async #identityProvider() {
    const child = this.#run("python3", [provider, this.folder]);
    return new Promise((resolve, reject) => {
      child.stdout.once("data", (line) => resolve(Number(line)));
      void child.gone.then(() => reject(new Error(`the identity provider ended: ${this.#log}`)));
    });
  }
  async #ready() {
    for (let tries = 0; tries < 300; ++tries) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await pause(100);
    }
    throw new Error(`the daemon is not ready: ${this.#log} ${await readFile(join(this.folder, "kulla.toml"), "utf8")}`);
  }

  /// Changes what the provider says of the next person who comes; see idp.py.
  nextClaims(query) {
    return fetch(`${this.issuer}/next?${query}`);
  }
  async stop() {
    for (const child of this.#children.reverse()) {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await child.gone;
    }
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }
}
