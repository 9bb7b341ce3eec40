// Every service as one mark, by institution, at a place that does not move. One tab stop; the arrows go from mark to mark.
import type { JSX, VNode } from "preact";
import { memo } from "./memo.ts";
import { useMemo, useRef, useState } from "preact/hooks";
import { type Group, type Now, stateOf } from "../fold.ts";
import { inLanguage, number, t, tOf } from "../messages.ts";
import { href } from "../route.ts";
import { shown } from "../shown.ts";
import { absolute } from "../time.ts";
import { type Row, type State, states, type Waiting } from "../types.ts";
import { nameOf, waitsFor } from "../words.ts";
import { Mark, marks } from "./basics.tsx";
import { useColumns } from "./columns.ts";
import { folded } from "./matching.ts";
import { neighbour } from "./roving.ts";

const namedUpTo = 60; // matches of a filter that are shown with their names

export function Grid({ now }: { now: Now }): JSX.Element {
  const [filter, setFilter] = useState("");
  const [only, setOnly] = useState<State | null>(null);
  const [under, setUnder] = useState<string | null>(null);
  const groups = useMemo(() => filtered(now.groups, filter, only), [now.groups, filter, only]);
  const found = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const named = (filter !== "" || only !== null) && found <= namedUpTo;
  const list = useRef<HTMLDivElement>(null);
  const columns = useColumns(
    list,
    groups.map((group) => group.rows.length),
    named,
  );
  const onKey = (event: KeyboardEvent): void => {
    const target = (event.target as HTMLElement).closest<HTMLElement>("a.cell");
    const next = target && list.current && neighbour(list.current, target, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const look = (event: Event): void => setUnder((event.target as HTMLElement).closest<HTMLElement>("a.cell")?.dataset["id"] ?? null);
  return (
    <section class="section services" aria-labelledby="services">
      <header>
        <h2 id="services">
          {t("services")} <span class="num">({number(now.services.size)})</span>
        </h2>
        <label class="filter">
          <span class="unseen">{t("filter.services")}</span>
          <input type="search" value={filter} placeholder={t("filter")} onInput={(event) => setFilter(event.currentTarget.value)} />
        </label>
        <Counts now={now} only={only} onOnly={setOnly} />
      </header>
      <UnderHand
        waiting={now.snapshot.waiting}
        row={under ? now.services.get(under) : undefined}
        found={found}
        isFiltered={filter !== "" || only !== null}
      />
      <div
        ref={list}
        class={named ? "grid named" : "grid"}
        onKeyDown={onKey}
        onMouseOver={look}
        onFocusIn={look}
        onMouseLeave={() => setUnder(null)}
      >
        {columns.map((end, column) => (
          <div key={column} class="column">
            {groups.slice(columns[column - 1] ?? 0, end).map((group) => (
              <GroupOfServices
                key={group.id}
                group={group}
                named={named}
                first={group === groups[0]}
                language={document.documentElement.lang}
              />
            ))}
          </div>
        ))}
      </div>
    </section>
  );
}

function Counts({ now, only, onOnly }: { now: Now; only: State | null; onOnly: (state: State | null) => void }): JSX.Element {
  return (
    <div class="counts" role="group" aria-label={t("filter.state")}>
      {[...states].reverse().map((state) => (
        <button
          key={state}
          type="button"
          class="plain num"
          aria-pressed={only === state}
          disabled={now.counts[state] === 0 && only !== state}
          onClick={() => onOnly(only === state ? null : state)}
        >
          <Mark state={state} /> {tOf("state", state)} {number(now.counts[state])}
        </button>
      ))}
    </div>
  );
}

interface UnderHandProps {
  row: Row | undefined;
  waiting: readonly Waiting[] | undefined;
  found: number;
  isFiltered: boolean;
}
/// One line of a constant height that reads out the mark under the pointer or the focus.
function UnderHand({ row, waiting, found, isFiltered }: UnderHandProps): JSX.Element {
  if (!row) return <p class="under-hand quiet">{isFiltered ? t("filter.found", { n: found }) : t("grid.help")}</p>;
  const state = stateOf(row);
  const waits = waitsFor(row, waiting);
  return (
    <p class="under-hand">
      <Mark state={state} /> <b>{nameOf(row)}</b> {tOf("state", state)}
      {row.since && ` · ${absolute(row.since)}`}
      {row.protected && ` · ${t("protected")}`}
      {waits ? ` · ${t("waits_for", { what: waits })}` : ` · ${shown(row.host, 80)}`}
    </p>
  );
}

interface GroupProps {
  group: Group;
  named: boolean;
  first: boolean;
  language: string;
}
const GroupOfServices = memo(function GroupOfServices({ group, named, first }: GroupProps): JSX.Element {
  const cells = useCells(named);
  const name = shown(inLanguage(group.institution?.name) ?? group.id, 80);
  const counts = new Map<State, number>();
  for (const row of group.rows) if (stateOf(row) !== "open") counts.set(stateOf(row), (counts.get(stateOf(row)) ?? 0) + 1);
  return (
    <section class="group" aria-label={name}>
      <h3>
        <span class="name" title={name}>
          {name}
        </span>{" "}
        <span class="num">
          {[...counts].map(([state, count]) => (
            <span key={state} title={tOf("state", state)}>
              <Mark state={state} />
              {number(count)}{" "}
            </span>
          ))}
        </span>
      </h3>
      <ul>{cells(group.rows, first)}</ul>
    </section>
  );
});

/// The marks of a group. A mark whose row is unchanged is the same node as before, at which drawing stops: of 1,225 marks only those
/// are compared that changed.
function useCells(named: boolean): (rows: readonly Row[], first: boolean) => VNode[] {
  const kept = useRef({ named, nodes: new WeakMap<Row, VNode>() });
  if (kept.current.named !== named) kept.current = { named, nodes: new WeakMap() };
  const { nodes } = kept.current;
  return (rows, first) =>
    rows.map((row, index) => {
      const node = nodes.get(row) ?? cell(row, named, first && index === 0);
      nodes.set(row, node);
      return node;
    });
}

function cell(row: Row, named: boolean, stop: boolean): VNode {
  const state = stateOf(row);
  const name = nameOf(row);
  return (
    <li key={row.id}>
      <a
        class={`cell ${state}${row.unconfirmed && state !== "open" ? " unconfirmed" : ""}`}
        href={href("service", row.id)}
        data-id={row.id}
        tabIndex={stop ? 0 : -1}
        aria-label={t("grid.cell", { name, state: tOf("state", state), waits: waitsFor(row, undefined) })}
      >
        <i>{marks[state]}</i>
        {named && <span> {name}</span>}
      </a>
    </li>
  );
}

function filtered(groups: readonly Group[], filter: string, only: State | null): readonly Group[] {
  const words = folded(filter).split(/\s+/).filter(Boolean);
  if (words.length === 0 && !only) return groups;
  const fits = (group: Group, row: Row): boolean => {
    if (only && stateOf(row) !== only) return false;
    const text = folded([row.id, row.host, row.owner, row.name?.sq ?? "", row.name?.en ?? "", ...(row.systems ?? []), group.id].join(" "));
    return words.every((word) => text.includes(word));
  };
  return groups.map((group) => ({ ...group, rows: group.rows.filter((row) => fits(group, row)) })).filter((group) => group.rows.length > 0);
}
