// A made-up country for the tests of the console: services, an incident under way, and as many facts as wanted. Same seed, same country.
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";

export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

const institutions = [
  ["finance", "Financat", "Finance"],
  ["interior", "Brendshme", "Interior"],
  ["health", "Shëndetësia", "Health"],
  ["education", "Arsimi", "Education"],
  ["justice", "Drejtësia", "Justice"],
  ["cadastre", "Kadastra", "Cadastre"],
  ["transport", "Transporti", "Transport"],
  ["agriculture", "Bujqësia", "Agriculture"],
  ["insurance", "Sigurimet shoqërore", "Social insurance"],
  ["customs", "Doganat", "Customs"],
  ["culture", "Kultura", "Culture"],
  ["energy", "Energjia", "Energy"],
  ["environment", "Mjedisi", "Environment"],
  ["labour", "Punësimi", "Employment"],
  ["tourism", "Turizmi", "Tourism"],
  ["procurement", "Prokurimet", "Procurement"],
  ["statistics", "Statistikat", "Statistics"],
  ["elections", "Zgjedhjet", "Elections"],
  ["tirana", "Bashkia Tiranë", "Tirana municipality"],
  ["durres", "Bashkia Durrës", "Durrës municipality"],
  ["vlora", "Bashkia Vlorë", "Vlora municipality"],
  ["shkodra", "Bashkia Shkodër", "Shkodra municipality"],
];
const nouns = [
  "tax",
  "permits",
  "registry",
  "cards",
  "licences",
  "records",
  "aid",
  "grants",
  "inspections",
  "complaints",
  "certificates",
  "payments",
];

const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
export function person(name) {
  const seed = createHash("sha256").update(`fixture ${name}`).digest();
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(key).export({ format: "jwk" }).x;
  return {
    name,
    key: Buffer.from(publicKey, "base64url").toString("hex"),
    file: JSON.stringify({ kulla: "ed25519-secret", seed: seed.toString("hex") }),
    secret: key,
  };
}
export const signText = (who, text) => sign(null, Buffer.from(text), who.secret).toString("hex");
export function verifies(key, text, signature) {
  const spki = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(key, "hex").toString("base64url") }, format: "jwk" });
  return verify(null, Buffer.from(text), spki, Buffer.from(signature, "hex"));
}
/// RFC 8785 for what the tests sign; written apart from the console's own, so that each checks the other.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (value && typeof value === "object")
    return `{${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)}}`;
  return JSON.stringify(value);
}

export const hostile = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\u202eevil`;
const micro = (ms) => new Date(ms).toISOString().replace("Z", "000Z");
const hash = (text) => createHash("sha256").update(text).digest("hex");

export class World {
  constructor({ services = 1225, facts = 10_000, seed = 1, now = Date.now(), withHostile = true } = {}) {
    this.next = random(seed);
    this.people = Object.fromEntries(["anna", "bert"].map((name) => [name, person(name)]));
    this.mode = "act";
    this.base = now - 6 * 3_600_000;
    this.clock = this.base;
    this.step = (now - 45 * 60_000 - this.base) / Math.max(1, facts);
    this.facts = [];
    this.declare(services, withHostile);
    this.normalDay(facts - 60);
    this.clock = now - 41 * 60_000;
    this.incident(withHostile);
  }

  declare(count, withHostile) {
    this.institutions = institutions.map(([id, sq, en]) => ({ id, name: { sq, en } }));
    this.rows = new Map();
    for (let i = 0; i < count; ++i) {
      const [institution, sq, en] = institutions[Math.floor((i * institutions.length) / count)];
      const noun = nouns[i % nouns.length];
      const id = i === 0 ? "e-tax" : i === 1 ? "permits" : `${institution}-${noun}-${i}`;
      const system = `web-${1 + (i >> 2)}`;
      this.rows.set(id, {
        id,
        name: { sq: `${sq}: ${noun} ${i}`, en: `${en}: ${noun} ${i}` },
        host: `${id}.example`,
        owner: en,
        institution,
        priority: 1 + (i % 5),
        systems: [system, "db-1"].slice(0, 1 + (i % 3 === 0)),
        datasets: i % 2 === 0 ? [`data-${i}`] : [],
        outside: { state: "up" },
      });
    }
    if (withHostile) this.rows.get([...this.rows.keys()][7]).name = { sq: hostile, en: hostile };
  }

  add(kind, fields, after = 400) {
    this.clock += after;
    const fact = { kind, v: 1, at: micro(this.clock), mono: Math.round(this.clock - this.base), ...fields };
    const line = { number: this.facts.length + 1, durable: true, fact };
    this.facts.push(line);
    return line;
  }
  alert(service, { effect = false, title = "Guessing of passwords", what = "", system = "", count = 1, after } = {}) {
    return this.add(
      "alerted",
      {
        alert: {
          ...{
            rule: "r-1",
            title,
            level: effect ? "critical" : "medium",
            nature: effect ? "effect" : "attempt",
            succeeded: effect,
            may_close: true,
          },
          ...{
            sensor: "gate",
            source: `p${hash(String(this.facts.length)).slice(0, 12)}`,
            service,
            what,
            techniques: ["T1505.003"],
            count,
          },
          ...{ happened: micro(this.clock), seen: micro(this.clock), evidence: effect ? hash(title + what) : "0".repeat(64) },
          ...(system ? { system } : {}),
        },
        ...{ effect, risks: [{ service, attempts: 300, effects: effect ? 9000 : 0 }], source_points: 900 },
      },
      after,
    );
  }
  normalDay(count) {
    const ids = [...this.rows.keys()];
    this.add("started", { version: "0.1.0", boot: "b1" });
    this.add("mode_set", { mode: "act", by: "uid:0(root)" });
    while (this.facts.length < count) {
      const id = ids[Math.floor(this.next() * ids.length)];
      const kind = this.next();
      if (kind < 0.86) this.alert(id, { after: this.step, count: 1 + Math.floor(this.next() * 9) });
      else if (kind < 0.92) this.add("source_blocked", { source: `p${hash(id).slice(0, 12)}`, because: "r-1" }, this.step);
      else if (kind < 0.96)
        this.add("belief_changed", { belief: { service: id, vantage: "", seen: "up" }, agreement: "cannot_tell", why: "" }, this.step);
      else if (kind < 0.98) this.add("guarded", { service: id, why: "attempts add up" }, this.step);
      else this.add("unguarded", { service: id }, this.step);
    }
  }

  incident(withHostile) {
    const ids = [...this.rows.keys()];
    this.openIncident = { id: "14", since: micro(this.clock), first_evidence: micro(this.clock) };
    this.add("incident_opened", { incident: "14" });
    this.alert("e-tax", { effect: true, title: "New executable under a document root", what: "/srv/www/tax/up.php", system: "web-1" });
    this.close("e-tax", "machine", "web shell used on web-1");
    this.close("permits", "machine", "shares web-1 with e-tax");
    this.alert(ids[40], {
      effect: true,
      title: "Many files rewritten in a minute",
      what: withHostile ? hostile : "/srv/data",
      system: "web-11",
    });
    this.close(ids[40], "machine", "data wiped on web-11");
    for (const id of ids.slice(3, 12))
      this.set(id, "guarded", { effects: 1500 }, () => this.add("guarded", { service: id, why: "shares db-1 with e-tax" }));
    this.add("person_paged", { service: ids[41], why: "protected service at risk; its closing needs a person" });
    this.add("verification_asked", { service: "e-tax", closure: "clo0e0tax001", purpose: "reopen", by: "olga", why: "" });
    this.add("inspected", { report: this.report("web-1", true) }, 60_000);
    this.add("proved", { proof: this.proof("data-0", true) }, 20_000);
    const basis = hash("basis e-tax");
    this.set("e-tax", "verified", { waits_for: "1 of 2 approvals", approvals: ["anna"] }, () =>
      this.add("verified", { service: "e-tax", closure: "clo0e0tax001", basis }),
    );
    this.add("approved", {
      approval: {
        purpose: "reopen",
        service: "e-tax",
        closure: "clo0e0tax001",
        basis,
        person: "anna",
        key: this.people.anna.key,
        expires: micro(this.clock + 3.6e6),
        signature: "0".repeat(128),
      },
    });
    this.set("permits", "verifying", { waits_for: "inspection of web-1" }, () =>
      this.add("verification_asked", { service: "permits", closure: "clo1permits1", purpose: "reopen", by: "olga", why: "" }),
    );
    this.set(ids[60], "trial", { share: 25, closure: "clo000trial1", waits_for: "a clean time at 25 % of clients" }, () =>
      this.add("trial_started", { service: ids[60], closure: "clo000trial1", share: 25 }),
    );
    this.rows.get(ids[41]).protected = true;
    this.add("refused", { command: "submit", by: "carl", why: "unknown_person", about: "e-tax" });
  }
  close(id, by, why) {
    const closure = id === "e-tax" ? "clo0e0tax001" : hash(id + this.facts.length).slice(0, 12);
    const at = micro(this.clock + 4);
    const seen = [micro(this.clock - 100), micro(this.clock + 250)];
    const outside = { state: "down", changed: seen, agreement: "supports" };
    this.set(
      id,
      "closed",
      { closure, by, why, closed_at: at, acknowledged: at, waits_for: `a person: kulla verify ${id}`, effects: 9000, outside },
      () => this.add("closed", { service: id, closure, by, person: by === "person" ? why.split(" ")[0] : "", why, systems: ["web-1"] }, 4),
    );
    this.add(
      "gate_confirmed",
      { service: id, entry: { mode: "closed", closure, share: 0 }, acknowledged: at, workers: 2, streams_ended: 3 },
      4,
    );
    this.add("belief_changed", { belief: { service: id, vantage: "", seen: "down" }, agreement: "supports", why: "notice seen" }, 300);
  }
  set(id, state, fields, fact) {
    const line = fact();
    const row = this.rows.get(id);
    this.rows.set(id, { ...row, ...fields, state, since: line.fact.at });
    return this.rows.get(id);
  }

  report(system, clean) {
    const at = micro(this.clock);
    return {
      system,
      clean,
      files: 48_213,
      findings: clean ? 0 : 37,
      worst: clean ? "" : "/srv/www/up.php: new executable",
      hash: hash(system),
      started: { wall: at, mono: 1 },
      finished: { wall: at, mono: 2 },
      baseline: micro(this.base),
    };
  }
  proof(dataset, passed, back = 0) {
    const at = micro(this.clock - back);
    return {
      dataset,
      passed,
      snapshot: hash(dataset + back),
      files: 1200,
      bytes: 48_000_000,
      problem: passed ? "" : "3 files differ",
      hash: hash(dataset),
      taken: micro(this.base - back),
      started: { wall: at, mono: 1 },
      finished: { wall: at, mono: 2 },
      restored_ms: 4000 + (back % 7) * 900,
      alive: "PostgreSQL answers",
    };
  }
  findings(system) {
    const listed = [];
    const kinds = ["added", "content", "mode", "owner", "removed", "malware"];
    for (let i = 0; i < 37; ++i) {
      listed.push({
        path: i === 1 ? hostile : `/srv/www/${system}/file-${i}.php`,
        kind: kinds[i % kinds.length],
        severity: i < 4 ? "critical" : i < 10 ? "high" : i < 22 ? "medium" : "low",
        before: i % 6 === 0 ? "" : `mode 0644 owner www size ${100 + i}`,
        after: `mode 0755 owner root size ${200 + i}`,
        why: i < 4 ? "an executable that was not there, under a document root" : "differs from the baseline",
        ...(i % 7 === 6 ? { package: "nginx" } : {}),
      });
    }
    return {
      kulla: "report/2",
      ...this.report(system, false),
      findings: 37,
      findings_dropped: 0,
      listed,
      baseline: { taken: micro(this.base), signer: this.people.anna.key },
    };
  }

  waiting() {
    const found = [];
    for (const row of this.rows.values()) {
      if (row.state === "verified")
        found.push({
          service: row.id,
          for: row.approvals?.length ? "second_approval" : "approvals",
          text: row.waits_for,
          who: ["anna", "bert"].filter((each) => !(row.approvals ?? []).includes(each)),
        });
      else if (row.state === "closed") found.push({ service: row.id, for: "verification", text: row.waits_for, who: [] });
      else if (row.held) found.push({ service: row.id, for: "person", text: row.held, who: [] });
    }
    return found;
  }
  ledger() {
    return { facts: this.facts.length, durable: this.facts.length, head: hash(String(this.facts.length)), problem: "" };
  }
  vantages() {
    return ["v1", "v2", "v3", "v4", "v5"].map((id) => ({ id, heard: micro(Date.now() - 2000), trusted: true }));
  }
  snapshot() {
    const of = (kind) => this.facts.filter((line) => line.fact.kind === kind);
    const kinds = {};
    for (const { fact } of this.facts) kinds[fact.kind] = (kinds[fact.kind] ?? 0) + 1;
    return {
      ...{
        number: this.facts.length,
        at: micro(Date.now()),
        mode: this.mode,
        version: "0.1.0",
        incident: this.openIncident,
        ledger: this.ledger(),
      },
      ...{
        gate: { problem: "" },
        sensors: {},
        vantages: this.vantages(),
        services: [...this.rows.values()],
        institutions: this.institutions,
      },
      ...{ alerts: of("alerted").slice(-100).reverse(), paged: of("person_paged"), waiting: this.waiting(), kinds, closed_by_attempts: 0 },
      approvers: [
        { person: "anna", services: null, until: null },
        { person: "bert", services: null, until: micro(Date.now() + 3e8) },
      ],
    };
  }
  timeline() {
    const lanes = [
      /alerted|scope|blind|source|incident/,
      /guarded|closed|advised|paged/,
      /gate/,
      /belief/,
      /verif|inspect|proo|prove|backup|approved|trial|opened/,
    ];
    const states = ["open", "guarded", "closed", "verifying", "verified", "trial"];
    const after = {
      guarded: 1,
      unguarded: 0,
      closed: 2,
      verification_asked: 3,
      verification_failed: 2,
      verification_voided: 2,
      verified: 4,
      trial_started: 5,
      opened: 0,
    };
    const [kinds, services] = [new Map(), new Map()];
    const index = (map, key) => map.get(key) ?? (map.set(key, map.size), map.size - 1);
    const columns = { number: [], at: [], kind: [], service: [], lane: [], flag: [], state: [] };
    let [number, at] = [0, 0];
    for (const line of this.facts) {
      const { fact } = line;
      const service = fact.service ?? fact.alert?.service ?? fact.belief?.service ?? fact.approval?.service ?? "";
      const time = Math.round(Date.parse(fact.at));
      columns.number.push(line.number - number);
      columns.at.push(time - at);
      [number, at] = [line.number, time];
      columns.kind.push(index(kinds, fact.kind));
      columns.service.push(service ? index(services, service) : -1);
      const lane = lanes.findIndex((pattern) => pattern.test(fact.kind));
      columns.lane.push(lane < 0 ? 5 : lane);
      columns.flag.push(fact.effect === true || ["closed", "refused", "person_paged", "gate_failed"].includes(fact.kind) ? 1 : 0);
      columns.state.push(after[fact.kind] ?? -1);
    }
    return { first: 1, last: this.facts.length, kinds: [...kinds.keys()], services: [...services.keys()], states, columns };
  }
  detail(id) {
    const row = this.rows.get(id);
    if (!row) return null;
    const nodes = new Map();
    const edges = [];
    const node = (kind, label, rest = {}) => (
      nodes.set(`${kind}:${label}`, { id: `${kind}:${label}`, kind, label, ...rest }),
      `${kind}:${label}`
    );
    const service = (each) => node("service", each.id, { state: each.state ?? "open", ...(each.effects ? { effects: each.effects } : {}) });
    const self = service(row);
    for (const dataset of row.datasets) edges.push({ from: self, to: node("dataset", dataset), why: "holds" });
    for (const system of row.systems) {
      edges.push({ from: self, to: node("system", system, row.closure ? { evidence: true } : {}), why: "runs on" });
      const others = [...this.rows.values()].filter((each) => each.id !== id && each.systems.includes(system));
      for (const other of others.slice(0, 30)) edges.push({ from: service(other), to: `system:${system}`, why: "runs on" });
    }
    const names = (line) => JSON.stringify(line.fact).includes(`"${id}"`);
    const reports = row.systems.map((system) => ({ ...this.report(system, row.state === "verified" || row.state === "trial") }));
    const proofs = row.datasets.map((dataset) => this.proof(dataset, true));
    const closure = row.closure
      ? {
          id: row.closure,
          by: row.by,
          why: row.why,
          at: row.closed_at,
          in_evidence: ["web-1"],
          reports,
          proofs,
          basis: hash(`basis ${id}`),
          approvals: row.approvals ?? [],
        }
      : null;
    return {
      service: row,
      graph: { nodes: [...nodes.values()], edges },
      closure,
      history: this.facts.filter(names).slice(-200),
      reports,
      proofs,
      trial: row.state === "trial" ? { share: row.share } : null,
    };
  }
  preview(id) {
    const row = this.rows.get(id);
    const neighbours = [...this.rows.values()].filter(
      (each) => each.id !== id && each.systems.some((system) => row.systems.includes(system)),
    );
    const spread = neighbours.slice(0, 3).map((each) => ({ service: each.id, action: "guard", why: `shares ${row.systems[0]}` }));
    return {
      would: [{ service: id, action: "close", why: "closed by a person" }],
      neighbours: [{ service: id, action: "close", why: "an effect" }, ...spread],
      requests_an_hour: 1240,
    };
  }
  offer(id) {
    const row = this.rows.get(id);
    const about = { purpose: "reopen", service: id, closure: row.closure };
    const reports = row.systems.map((system) => this.report(system, true));
    const proofs = row.datasets.map((dataset) => this.proof(dataset, true));
    const basis = hash(canonical({ kulla: "basis/2", ...about, closed: row.closed_at, why: row.why, reports, proofs }));
    return {
      approval: { ...about, basis, expires: micro(Date.now() + 14 * 60_000) },
      closed: { at: row.closed_at, why: row.why },
      first_evidence: null,
      reports,
      proofs,
    };
  }
  backups() {
    const datasets = new Set([...this.rows.values()].flatMap((row) => row.datasets));
    return {
      datasets: [...datasets].slice(0, 120).map((dataset, i) => ({
        dataset,
        repository: `/backup/${dataset}`,
        proving: i === 3,
        proofs: i === 5 ? [] : Array.from({ length: 8 }, (_, n) => this.proof(dataset, !(i === 1 && n === 0), n * 3_600_000)),
      })),
    };
  }
  place(number) {
    const line = this.facts[number - 1];
    return (
      line && {
        ...line,
        hash: hash(`h${number}`),
        previous: hash(`h${number - 1}`),
        head: { number: this.facts.length, hash: hash(`h${this.facts.length}`) },
      }
    );
  }
  statement(lang) {
    const closed = [...this.rows.values()].filter((row) => row.state && !["open", "guarded"].includes(row.state)).length;
    const says = {
      sq: [`${closed} nga ${this.rows.size} shërbime janë të mbyllura për mbrojtje.`, "Kopjet rezervë u rikthyen dhe u kontrolluan sot."],
      en: [`${closed} of ${this.rows.size} services are closed to protect them.`, "Backups were restored and checked today."],
    }[lang];
    return {
      ...{ lang, at: micro(Date.now()), version: hash(`statement ${closed}`) },
      sentences: says.map((text, i) => ({
        id: `s${i}`,
        text,
        facts: [this.facts.length - 3 + i, this.facts.length - 1],
        category: "state",
      })),
      cannot: [
        {
          id: "c1",
          text: lang === "sq" ? "Nuk u morën të dhëna." : "No data was taken.",
          missing: lang === "sq" ? "një matje e daljes së të dhënave" : "a measurement of what left",
        },
      ],
      withdrawn: [{ id: "w1", text: lang === "sq" ? "Të gjitha shërbimet punojnë." : "All services work.", since: 12 }],
      released: this.released ?? null,
    };
  }
}
