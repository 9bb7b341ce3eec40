// Inside and outside, side by side: what was decided of each service that is not as usual, and what the vantages saw of it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Now, stateOf } from "../fold.ts";
import { t, tOf } from "../messages.ts";
import { shortTime } from "../time.ts";
import type { Row, State } from "../types.ts";
import { nameOf, waitsFor } from "../words.ts";
import { Section, ServiceLink, StateName, Time } from "./basics.tsx";

const shownAtFirst = 25;
const urgent: Record<State, number> = { closed: 0, verified: 1, verifying: 2, trial: 3, guarded: 4, open: 5 };

export function NotOpen({ now }: { now: Now }): JSX.Element {
  const [all, setAll] = useState(false);
  const rows = [...now.services.values()].filter(isUnusual).sort(worstFirst);
  const listed = all ? rows : rows.slice(0, shownAtFirst);
  return (
    <Section id="not-open" title={t("not_open")}>
      {rows.length === 0 ? (
        <p class="empty">{t("not_open.none")}</p>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="not-open">
          <table>
            <thead>
              <tr>
                <th scope="col">{t("service")}</th>
                <th scope="col">{t("inside")}</th>
                <th scope="col">{t("outside")}</th>
                <th scope="col">{t("waits")}</th>
              </tr>
            </thead>
            <tbody>
              {listed.map((row) => (
                <Line key={row.id} row={row} waits={waitsFor(row, now.snapshot.waiting)} />
              ))}
            </tbody>
          </table>
          {rows.length > shownAtFirst && (
            <button type="button" class="plain" onClick={() => setAll(!all)}>
              {all ? t("fewer") : t("more", { n: rows.length - shownAtFirst })}
            </button>
          )}
        </div>
      )}
    </Section>
  );
}

function Line({ row, waits }: { row: Row; waits: string }): JSX.Element {
  const state = stateOf(row);
  const at = row.closed_at ?? row.since;
  return (
    <tr>
      <th scope="row">
        <ServiceLink id={row.id}>{nameOf(row)}</ServiceLink>
      </th>
      <td>
        <StateName state={state} /> {at && <Time at={at} />}
        {state === "trial" && row.share !== undefined && <span class="num"> {t("trial.share", { share: row.share })}</span>}
        {row.unconfirmed && <strong class="bad"> {t("gate.unconfirmed")}</strong>}
      </td>
      <td>
        <OutsideView row={row} />
      </td>
      <td>{waits}</td>
    </tr>
  );
}

export function OutsideView({ row }: { row: Row }): JSX.Element {
  const { outside } = row;
  if (!outside || outside.state === "no_data") return <span class="quiet">○ {t("outside.no_data")}</span>;
  const [from, to] = outside.changed ?? [];
  return (
    <>
      {tOf("outside", outside.state)}{" "}
      {from && to && (
        <span class="num nowrap">
          {shortTime(from, true)} – {shortTime(to, true)}
        </span>
      )}{" "}
      {outside.agreement && (
        <span class={outside.agreement === "contradicts" ? "bad" : "quiet"}>{tOf("agreement", outside.agreement)}</span>
      )}
    </>
  );
}

function isUnusual(row: Row): boolean {
  return (
    stateOf(row) !== "open" ||
    row.outside?.state === "down" ||
    row.outside?.state === "degraded" ||
    row.outside?.agreement === "contradicts"
  );
}

function worstFirst(a: Row, b: Row): number {
  return urgent[stateOf(a)] - urgent[stateOf(b)] || (a.priority ?? 1e9) - (b.priority ?? 1e9) || a.id.localeCompare(b.id);
}
