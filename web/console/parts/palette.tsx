// The command palette: any service, system, fact or command by a few letters. A combobox whose list is moved through with the arrows.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ask } from "../actions/asked.ts";
import { address } from "../api.ts";
import { type Now, stateOf } from "../fold.ts";
import { t, tOf } from "../messages.ts";
import { go, pages } from "../route.ts";
import { useNow, useStore } from "../store.ts";
import type { Role, Row } from "../types.ts";
import { nameOf } from "../words.ts";
import { marks } from "./basics.tsx";
import { Dialog } from "./dialog.tsx";
import { folded, matches } from "./matching.ts";

interface Choice {
  id: string;
  kind: "command" | "service" | "system" | "fact";
  mark?: string;
  label: string;
  detail: string;
  text: string;
  run: () => void;
}
const listedAtMost = 12; // what is read at a glance; more letters find the rest

export function Palette({ onClose }: { onClose: () => void }): JSX.Element {
  const now = useNow();
  const roles = useStore((each) => each.session?.roles) ?? [];
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const all = useMemo(
    () => (now ? [...commands(roles), ...services(now.services.values(), roles), ...systems(now)] : []),
    [now?.services, roles],
  );
  const listed = useMemo(() => found(all, typed), [all, typed]);
  const present = listed[Math.min(at, listed.length - 1)];
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const run = (choice: Choice | undefined): void => {
    if (!choice) return;
    onClose();
    choice.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((before) => (Math.min(before, listed.length - 1) + step + listed.length) % Math.max(1, listed.length));
    else if (event.key === "Enter") run(present);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("palette")} onClose={onClose} wide>
      <input
        class="palette-input"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-label={t("palette.label")}
        {...(present ? { "aria-activedescendant": present.id } : {})}
        placeholder={t("palette.label")}
        autocomplete="off"
        spellcheck={false}
        autofocus
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <ul id="palette-list" role="listbox" aria-label={t("palette.found")} ref={list} class="palette-list">
        {listed.map((choice) => (
          <li
            key={choice.id}
            id={choice.id}
            role="option"
            aria-selected={choice === present}
            onClick={() => run(choice)}
            onMouseMove={() => setAt(listed.indexOf(choice))}
          >
            <span class="kind">{t(`palette.${choice.kind}`)}</span>
            <span>
              {choice.mark && <span aria-hidden="true">{choice.mark} </span>}
              {choice.label}
            </span>
            <span class="quiet">{choice.detail}</span>
          </li>
        ))}
      </ul>
      {listed.length === 0 && <p class="empty">{t("palette.nothing")}</p>}
    </Dialog>
  );
}

function found(all: readonly Choice[], typed: string): Choice[] {
  const number = /^#?(\d{1,15})$/.exec(typed.trim())?.[1];
  const facts = number ? [factChoice(Number(number))] : [];
  return [...facts, ...matches(all, typed)].slice(0, listedAtMost);
}

function choice(kind: Choice["kind"], id: string, label: string, detail: string, run: () => void, words = "", mark = ""): Choice {
  return {
    id: `palette-${kind}-${id}`,
    kind,
    label,
    detail,
    text: folded(`${label} ${id} ${detail} ${words}`),
    run,
    ...(mark ? { mark } : {}),
  };
}

const factChoice = (number: number): Choice =>
  choice("fact", String(number), `#${number}`, t("palette.fact_detail"), () => go("fact", number));

function commands(roles: readonly Role[]): Choice[] {
  const open = pages
    .filter((page) => page !== "service" && page !== "fact" && (page !== "reveal" || roles.includes("auditor")))
    .map((page) => choice("command", page, t("palette.go", { page: t(`page.${page}`) }), "", () => go(page)));
  const report = choice("command", "report", t("page.report"), "", () => window.open(address("/incident/report"), "_blank", "noopener"));
  const grave = [];
  if (roles.includes("operator")) {
    grave.push(choice("command", "act", t("mode.to_act"), "", () => ask({ kind: "mode", mode: "act" })));
    grave.push(choice("command", "close-all", t("palette.close_all"), "", () => ask({ kind: "close", services: "all" })));
  }
  if (roles.includes("approver"))
    grave.push(choice("command", "advise", t("mode.to_advise"), "", () => ask({ kind: "mode", mode: "advise" })));
  return [...open, report, ...grave];
}

function services(rows: Iterable<Row>, roles: readonly Role[]): Choice[] {
  const found: Choice[] = [];
  for (const row of rows) {
    const state = stateOf(row);
    const name = nameOf(row);
    const detail = `${tOf("state", state)} · ${row.host}`;
    found.push(
      choice(
        "service",
        row.id,
        name,
        detail,
        () => go("service", row.id),
        `${row.name?.sq ?? ""} ${row.name?.en ?? ""} ${row.owner}`,
        marks[state],
      ),
    );
    if (!roles.includes("operator")) continue;
    if (state === "open" || state === "guarded") {
      found.push(
        choice("command", `close-${row.id}`, t("close.title", { service: name }), row.id, () => ask({ kind: "close", services: [row.id] })),
      );
    } else if (state === "closed") {
      found.push(
        choice("command", `verify-${row.id}`, t("verify.title", { service: name }), row.id, () =>
          ask({ kind: "verify", services: [row.id] }),
        ),
      );
    }
  }
  return found;
}

function systems(now: Now): Choice[] {
  const first = new Map<string, string[]>();
  for (const row of now.services.values())
    for (const system of row.systems ?? []) first.set(system, [...(first.get(system) ?? []), row.id]);
  return [...first].map(([system, on]) =>
    choice("system", system, system, t("palette.services_on", { n: on.length }), () => go("service", on[0] ?? "")),
  );
}
