// A server that follows the console's API (docs/api.md) without a daemon behind it: for the tests of the page, and for nothing else.
// node tests/browser/fixture-server.mjs [--port 8099] [--services 1225] [--facts 10000]
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import { canonical, person, verifies, World } from "./world.mjs";

const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../web/dist");
export const password = "correct horse battery";
const roles = {
  olga: ["viewer", "operator"],
  anna: ["viewer", "operator", "approver"],
  bert: ["viewer", "approver"],
  vera: ["viewer"],
  pia: ["viewer", "press"],
  aud: ["viewer", "auditor"],
};
export const fixtureAccounts = () =>
  Object.entries(roles).map(([name, each]) => ({
    person: name,
    roles: each,
    password,
    ...(each.includes("approver") ? { key: person(name).file } : {}),
  }));
const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

class Refused extends Error {
  constructor(status, code, what) {
    super(what);
    Object.assign(this, { status, code });
  }
}

export class Fixture {
  constructor(options = {}) {
    this.world = new World(options);
    this.sessions = new Map();
    this.streams = new Set();
    this.requests = [];
    this.silent = false;
  }
  async listen(port = 0) {
    this.server = http.createServer((request, response) => void this.answer(request, response));
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    this.pulse = setInterval(
      () =>
        this.tell("pulse", {
          at: new Date().toISOString(),
          ledger: this.world.ledger(),
          gate: { problem: "" },
          vantages: this.world.vantages(),
          examining: [],
        }),
      1000,
    );
    return this;
  }
  async close() {
    clearInterval(this.pulse);
    this.drop();
    this.server.closeAllConnections?.();
    await new Promise((done) => this.server.close(done));
  }
  drop() {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }
  tell(event, data, id) {
    if (this.silent) return;
    for (const stream of this.streams) stream.write(`event: ${event}\n${id ? `id: ${id}\n` : ""}data: ${JSON.stringify(data)}\n\n`);
  }
  /// Tells the streams all that `step` does to the world.
  change(step) {
    const before = this.world.facts.length;
    const rows = new Map(this.world.rows);
    step(this.world);
    this.publish(
      before,
      [...this.world.rows.values()].filter((row) => rows.get(row.id) !== row),
    );
  }
  publish(before, services) {
    const { facts } = this.world;
    if (facts.length === before) return;
    const event = {
      from: before + 1,
      to: facts.length,
      facts: facts.slice(before),
      services,
      incident: this.world.openIncident,
      mode: this.world.mode,
      waiting: this.world.waiting(),
    };
    this.tell("facts", event, facts.length);
    this.tell("durable", { number: facts.length, head: this.world.ledger().head });
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    this.requests.push(`${request.method} ${url.pathname}`);
    try {
      if (url.pathname === "/" || url.pathname.startsWith("/assets/")) return await this.file(request, response, url.pathname);
      if (!url.pathname.startsWith("/api/v1/")) throw new Refused(404, "not_found", "no such page");
      const where = url.pathname.slice("/api/v1".length);
      if (where === "/stream") return this.stream(request, response, Number(url.searchParams.get("from") ?? 0));
      const body = request.method === "POST" ? JSON.parse((await read(request)) || "{}") : {};
      const answer = this.route(request, response, where, url.searchParams, body);
      if (typeof answer === "string")
        return send(request, response, 200, answer, { ...headers, "content-type": "text/html; charset=utf-8" });
      send(request, response, 200, JSON.stringify(answer ?? {}), {
        ...headers,
        "content-type": "application/json",
        "cache-control": "no-store",
      });
    } catch (error) {
      const { status = 500, code = "io", message } = error;
      send(request, response, status, JSON.stringify({ error: { code, what: message } }), {
        ...headers,
        "content-type": "application/json",
      });
    }
  }
  async file(request, response, where) {
    const name = where === "/" ? "index.html" : path.basename(where);
    const text = await readFile(path.join(dist, name)).catch(() => {
      throw new Refused(404, "not_found", name);
    });
    const cache = where === "/" ? "no-cache" : "public, max-age=31536000, immutable";
    send(request, response, 200, text, {
      ...headers,
      "content-type": types[path.extname(name)] ?? "application/octet-stream",
      "cache-control": cache,
    });
  }
  stream(request, response, from) {
    this.person(request);
    response.writeHead(200, { ...headers, "content-type": "text/event-stream", "cache-control": "no-store" });
    this.streams.add(response);
    request.on("close", () => this.streams.delete(response));
    const { facts } = this.world;
    if (from > facts.length) response.write(`event: reset\ndata: {}\n\n`);
    else if (from < facts.length) {
      const rest = facts.slice(Math.max(0, from - 1));
      response.write(
        `event: facts\nid: ${facts.length}\ndata: ${JSON.stringify({ from, to: facts.length, facts: rest, services: [...this.world.rows.values()].filter((row) => row.state), incident: this.world.openIncident, mode: this.world.mode, waiting: this.world.waiting() })}\n\n`,
      );
    } else response.write(": here\n\n");
  }

  session(request) {
    const cookie = /(?:^|; )kulla=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
    return this.sessions.get(cookie);
  }
  person(request, role = "viewer") {
    const session = this.session(request);
    if (!session) throw new Refused(401, "not_signed_in", "sign in first");
    if (!session.roles.includes(role)) throw new Refused(403, "not_your_role", `needs the role ${role}`);
    if (request.method === "POST" && request.headers["x-kulla-csrf"] !== session.csrf)
      throw new Refused(403, "no_csrf_token", "no token against forgery");
    return session;
  }
  signIn(response, { person, password: typed }) {
    if (!roles[person] || typed !== password) throw new Refused(401, "sign_in_failed", "wrong");
    const id = randomBytes(16).toString("hex");
    const session = {
      person,
      roles: roles[person],
      csrf: randomBytes(16).toString("hex"),
      expires: new Date(Date.now() + 3.6e6).toISOString(),
      approver: roles[person].includes("approver"),
      version: "0.1.0",
    };
    this.sessions.set(id, session);
    response.setHeader("set-cookie", `kulla=${id}; HttpOnly; SameSite=Strict; Path=/`);
    return session;
  }

  route(request, response, where, query, body) {
    const { world } = this;
    const [, first, id, last] = where.split("/").map(decodeURIComponent);
    const key = `${request.method} /${first}${id === undefined ? "" : last ? `/ID/${last}` : `/ID`}`;
    if (key === "GET /sign-in") return { methods: ["password"], languages: ["sq", "en"] };
    if (key === "POST /session") return this.signIn(response, body);
    const known = (answer) => {
      if (!answer) throw new Refused(404, "not_found", `no ${first} "${id}"`);
      return answer;
    };
    const service = () => known(world.rows.get(id)) && id;
    const routes = {
      "GET /session": () => this.person(request),
      "DELETE /session": () => this.sessions.clear(),
      "GET /now": () => world.snapshot(),
      "GET /timeline": () => (this.timelineText ??= world.timeline()),
      "GET /facts": () => this.facts(query),
      "GET /facts/ID": () => known(world.place(Number(id))),
      "GET /services/ID": () => known(world.detail(id)),
      "GET /services/ID/preview": () => world.preview(service()),
      "GET /services/ID/offer": () => world.offer(service()),
      "GET /systems/ID/report": () => world.findings(id),
      "GET /backups": () => world.backups(),
      "GET /approvers": () => ({
        approvers: Object.values(world.people).map(({ name, key: hex }) => ({ person: name, key: hex })),
        recovery: { keys: ["k1", "k2", "k3"], needed: 2 },
      }),
      "GET /statement": () => world.statement(query.get("lang") === "sq" ? "sq" : "en"),
      "GET /incident/ID": () => "<!doctype html><title>report</title><h1>Report</h1>",
      "POST /close": (by) =>
        this.change(() =>
          (body.all ? [...world.rows.keys()].slice(0, 50) : body.services).forEach((each) =>
            world.close(each, "person", `${by.person} ${body.reason}`),
          ),
        ),
      "POST /verify": (by) =>
        this.change(() =>
          body.services.forEach((each) =>
            world.set(each, "verifying", { waits_for: "inspection" }, () =>
              world.add("verification_asked", { service: each, closure: "c", purpose: "reopen", by: by.person, why: "" }),
            ),
          ),
        ),
      "POST /hold": (by) =>
        this.change(() =>
          world.set(body.service, "trial", { held: body.reason }, () =>
            world.add("trial_held", { service: body.service, closure: "clo000trial1", by: by.person, why: body.reason }),
          ),
        ),
      "POST /withdraw": () =>
        this.change(() =>
          world.add("verification_asked", { service: "?", closure: body.closure, purpose: "withdraw", by: "olga", why: body.reason }),
        ),
      "POST /mode": (by) => this.setMode(by, body),
      "POST /approvals": (by) => this.approve(by, body.approval),
      "POST /to-sign": () => ({
        text:
          body.about === "mode"
            ? this.modeText()
            : {
                kulla: "resume/2",
                service: body.service,
                closure: world.rows.get(body.service).closure,
                held_by: 17,
                held: world.rows.get(body.service).held ?? "",
                person: "",
                expires: new Date(Date.now() + 8e5).toISOString().replace("Z", "000Z"),
              },
      }),
      "POST /signed": (by) => this.resume(by, body),
      "POST /findings/ID": (by) => (id === "offer" ? this.offerAcceptance(body) : this.accept(by, body)),
      "POST /statement": (by) => this.release(by, body),
      "POST /reveal": (by) => (
        this.change(() => world.add("evidence_asked", { by: by.person, source: body.source, why: body.reason })),
        { address: "203.0.113.7" }
      ),
    };
    const needs = {
      "POST /close": "operator",
      "POST /verify": "operator",
      "POST /hold": "operator",
      "POST /withdraw": "operator",
      "POST /approvals": "approver",
      "POST /signed": "approver",
      "POST /findings/ID": "approver",
      "POST /statement": "press",
      "POST /reveal": "auditor",
    };
    if (!routes[key]) throw new Refused(404, "not_found", key);
    return routes[key](this.person(request, needs[key] ?? "viewer"));
  }
  facts(query) {
    const from = Number(query.get("from") ?? 1);
    const limit = Math.min(1000, Number(query.get("limit") ?? 100));
    const kind = query.get("kind");
    const found = this.world.facts.filter((line) => line.number >= from && (!kind || line.fact.kind === kind)).slice(0, limit);
    const end = found[found.length - 1]?.number ?? this.world.facts.length;
    return { facts: found, next: end < this.world.facts.length ? end + 1 : null };
  }
  modeText() {
    const expires = new Date(Date.now() + 8e5).toISOString().replace("Z", "000Z");
    return { kulla: "mode/2", mode: "advise", set_by: 3, person: "", expires };
  }
  setMode(by, body) {
    if (body.mode === "advise") {
      const text = canonical({ ...this.modeText(), person: body.person, expires: body.expires });
      if (!verifies(this.world.people[body.person].key, text, body.signature))
        throw new Refused(409, "refused", "mode advise: bad_signature");
    }
    this.change((world) => {
      world.mode = body.mode;
      world.add("mode_set", { mode: body.mode, by: by.person });
    });
  }
  approve(by, approval) {
    const { signature, ...rest } = approval;
    if (approval.person !== by.person) throw new Refused(403, "refused", "somebody else's approval");
    const known = this.world.people[approval.person];
    if (known?.key !== approval.key) throw new Refused(409, "refused", `submit ${approval.service}: key_revoked`);
    if (!verifies(known.key, canonical({ kulla: "approval/1", ...rest }), signature))
      throw new Refused(409, "refused", `submit ${approval.service}: bad_signature`);
    this.change((world) => {
      const row = world.rows.get(approval.service);
      const approvals = [...new Set([...(row.approvals ?? []), by.person])];
      world.set(row.id, "verified", { approvals }, () => world.add("approved", { approval }));
      if (approvals.length === 2)
        world.set(row.id, "trial", { share: 5, waits_for: "a clean time at 5 % of clients" }, () =>
          world.add("trial_started", { service: row.id, closure: row.closure, share: 5 }),
        );
    });
  }
  /// The system is as it was reported, unless a test says that it has changed.
  offerAcceptance({ system, report, paths, all }) {
    const found = this.world.findings(system);
    const hash = createHash("sha256").update(canonical(found)).digest("hex");
    if (this.changedSince || report !== hash)
      throw new Refused(409, "refused", `${paths?.[0]}: is no longer as it was found: inspect it again`);
    const accepted = found.listed.filter((each) => all || paths.includes(each.path)).length;
    const text = {
      kulla: "baseline/4",
      sha256: createHash("sha256")
        .update(hash + accepted)
        .digest("hex"),
    };
    const signers = [this.world.people.anna.key];
    return (this.offered = { text, system, report, findings: accepted, left: found.listed.length - accepted, signers });
  }
  accept(by, { system, sha256, signer, signature }) {
    const { text, report, findings, left, signers } = this.offered;
    if (!signers.includes(signer) || sha256 !== text.sha256) throw new Refused(409, "refused", "no key that baselines are trusted by");
    if (!verifies(signer, canonical(text), signature)) throw new Refused(403, "bad_signature", "the signature is not over that text");
    this.change((world) => world.add("findings_accepted", { system, report, baseline: sha256, signer, by: by.person, findings, left }));
  }
  resume(by, { text, signatures }) {
    const [{ key, signature }] = signatures;
    if (!verifies(key, canonical(text), signature)) throw new Refused(409, "refused", "resume: bad_signature");
    this.change((world) =>
      world.set(text.service, "trial", { held: undefined }, () =>
        world.add("trial_resumed", { service: text.service, closure: text.closure, by: by.person }),
      ),
    );
  }
  release(by, { version, at, texts }) {
    if (!(Date.now() - Date.parse(at) <= 600_000)) throw new Refused(409, "refused", "this was shown over 10 minutes ago");
    if (version !== this.world.statement("sq").version) throw new Refused(409, "refused", "the facts have changed");
    this.change((world) => {
      const line = world.add("statement_released", { by: by.person });
      world.released = { number: line.number, at: line.fact.at, by: by.person, texts, next_update: null };
    });
  }
}

async function read(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
function send(request, response, status, text, fields) {
  const zipped = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "") ? zlib.gzipSync(text) : null;
  response.writeHead(status, {
    ...fields,
    ...(zipped ? { "content-encoding": "gzip" } : {}),
    "content-length": zipped ? zipped.length : Buffer.byteLength(text),
  });
  response.end(zipped ?? text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, otherwise) => Number(process.argv[process.argv.indexOf(`--${name}`) + 1] || otherwise) || otherwise;
  const fixture = await new Fixture({ services: option("services", 1225), facts: option("facts", 10_000) }).listen(option("port", 8099));
  console.log(`${fixture.url}/  people: ${Object.keys(roles).join(", ")}; password: ${password}`);
}
