// A fact in one line for people. The line is a text of the messages (`fact.KIND`); what it names comes from the fact's own fields.
import { has, inLanguage, t, tOf, type Key, type Values } from "./messages.ts";
import { shown } from "./shown.ts";
import type { Fact, Json, Row, Waiting } from "./types.ts";

type Fields = { [key: string]: Json };
const fields = (value: Json | undefined): Fields => (value && typeof value === "object" && !Array.isArray(value) ? value : {});
export const text = (value: Json | undefined): string =>
  typeof value === "string" ? shown(value, 300) : typeof value === "number" ? String(value) : "";
const whole = (value: Json | undefined): number => (typeof value === "number" ? value : 0);
const listed = (value: Json | undefined): string =>
  Array.isArray(value) ? value.map((each) => text(each) || text(fields(each)["person"]) || text(fields(each)["id"])).join(", ") : "";

/// The parts of a fact that hold what it is about.
const inner: Record<string, string> = {
  service_declared: "service",
  system_declared: "system",
  dataset_declared: "dataset",
  sensor_declared: "sensor",
  alerted: "alert",
  out_of_scope: "alert",
  belief_changed: "belief",
  inspected: "report",
  proved: "proof",
  approved: "approval",
  gate_drifted: "found",
  statement_released: "statement",
};

export function subjectOf(fact: Fact): Fields {
  const part = inner[fact.kind];
  return part && typeof fact[part] === "object" ? fields(fact[part]) : fact;
}

export function serviceOf(fact: Fact): string {
  const subject = subjectOf(fact);
  if (fact.kind === "service_declared") return text(subject["id"]);
  return text(fact["service"]) || text(subject["service"]);
}

/// An alert that shows an effect, something refused or that failed: drawn filled, and listed first.
export function isGrave(fact: Fact): boolean {
  if (fact.kind === "alerted") return fact["effect"] === true;
  if (fact.kind === "inspected") return subjectOf(fact)["clean"] === false;
  if (fact.kind === "proved") return subjectOf(fact)["passed"] === false;
  if (fact.kind === "belief_changed") return subjectOf(fact)["seen"] === "down";
  return grave.has(fact.kind);
}
const grave = new Set([
  ...["closed", "gate_failed", "gate_drifted", "verification_failed", "verification_voided", "trial_held"],
  ...["refused", "sign_in_failed", "backup_suspected", "person_paged", "blind"],
]);

export function sentence(fact: Fact): string {
  const subject = subjectOf(fact);
  const entry = fields(fact["entry"]);
  const values: Values = {
    service: serviceOf(fact),
    system: text(fact["system"]) || text(subject["system"]) || text(subject["id"]),
    dataset: text(fact["dataset"]) || text(subject["dataset"]) || text(subject["id"]),
    sensor: text(fact["sensor"]) || text(subject["sensor"]) || text(subject["id"]),
    person: text(fact["person"]) || text(fact["by"]) || text(subject["person"]) || text(subject["by"]),
    people: listed(fact["approvers"]) || listed(fact["by"]),
    why: text(fact["why"]) || text(subject["why"]) || text(fact["reason"]),
    title: text(subject["title"]),
    what: text(subject["what"]),
    incident: text(fact["incident"]),
    source: text(fact["source"]) || text(subject["source"]) || text(fact["evidence"]).slice(0, 12),
    rule: text(fact["because"]),
    closure: text(fact["closure"]),
    version: text(fact["version"]),
    mode: tOf("mode", text(fact["mode"]) || text(entry["mode"])),
    action: tOf("action", text(fact["action"])),
    share: whole(fact["share"]),
    problem: text(fact["problem"]) || text(subject["problem"]) || text(subject["worst"]),
    seen: tOf("outside", text(subject["seen"])),
    agreement: tOf("agreement", text(fact["agreement"])),
    refusal: tOf("refusal", text(fact["why"])),
    about: text(fact["about"]) || text(fact["channel"]),
    command: text(fact["command"]),
    n:
      whole(fact["findings"]) ||
      whole(subject["findings"]) ||
      whole(subject["count"]) ||
      whole(fact["lost"]) ||
      whole(fact["failures"]) ||
      whole(fact["workers"]),
    files: whole(subject["files"]),
    left: whole(fact["left"]),
  };
  return t(keyOf(fact), values);
}

function keyOf(fact: Fact): Key {
  const subject = subjectOf(fact);
  const variants: Record<string, string> = {
    closed: text(fact["by"]),
    inspected: subject["clean"] === true ? "clean" : "found",
    proved: subject["passed"] === true ? "passed" : "failed",
    approved: text(subject["purpose"]),
  };
  const variant = `fact.${fact.kind}.${variants[fact.kind] ?? ""}`;
  if (has(variant)) return variant as Key;
  return (has(`fact.${fact.kind}`) ? `fact.${fact.kind}` : "fact.unknown") as Key;
}

/// What a service waits for. Where the daemon names the command that answers it, its kind is enough: the page has the button.
export function waitsFor(row: Row, waiting: readonly Waiting[] | undefined): string {
  const known = waiting?.find((each) => each.service === row.id);
  const said = row.waits_for && !/\bkulla \w+/.test(row.waits_for) ? shown(row.waits_for, 160) : "";
  return [known && tOf("wait", known.for), said].filter(Boolean).join(": ");
}

export const kindName = (kind: string): string => tOf("kind", kind);

export function nameOf(row: Row | undefined, id = ""): string {
  return shown(inLanguage(row?.name) ?? row?.id ?? id, 120);
}
