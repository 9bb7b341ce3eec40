// One service: its state and the one action that is possible now, what it depends on, what was found, what is proved, what happened.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { place } from "../api.ts";
import { stateOf } from "../fold.ts";
import { number, t, tOf } from "../messages.ts";
import { useAsked } from "../parts/ask.ts";
import { Empty, Foreign, Mark, Problem, Section, Time } from "../parts/basics.tsx";
import { Proofs, Reports } from "../parts/evidence.tsx";
import { Findings } from "../parts/findings.tsx";
import { FactList } from "../parts/fact_list.tsx";
import { Graph } from "../parts/graph.tsx";
import { Signatures } from "../parts/keys.tsx";
import { OutsideView } from "../parts/not_open.tsx";
import { PreviewOf } from "../parts/preview.tsx";
import { PossibleNow } from "../parts/possible.tsx";
import { useSettled } from "../parts/settled.ts";
import { shown } from "../shown.ts";
import { useNow } from "../store.ts";
import { wall } from "../time.ts";
import type { ClosureDetail, Preview, Row, ServiceDetail } from "../types.ts";
import { nameOf, waitsFor } from "../words.ts";

export function ServicePage({ what }: { what: string }): JSX.Element {
  const now = useNow();
  const row = now?.services.get(what);
  const detail = useAsked<ServiceDetail>(place("services", what), useSettled(row));
  const shownRow = row ?? detail.data?.service;
  if (!shownRow) return detail.error ? <Problem error={detail.error} again={detail.again} /> : <Empty>{t("loading")}</Empty>;
  const data = detail.data;
  return (
    <div class="service">
      <Heading row={shownRow} />
      <div class="service-columns">
        <div class="service-main">
          <StateNow row={shownRow} closure={data?.closure ?? null} />
          {detail.error && <Problem error={detail.error} again={detail.again} />}
          {data?.graph && (
            <Section id="graph" title={t("graph")}>
              <Graph graph={data.graph} self={what} />
            </Section>
          )}
          <Inspections systems={shownRow.systems ?? []} detail={data} />
          <Section id="proofs" title={t("proofs")}>
            {data?.proofs?.length ? <Proofs proofs={data.proofs} /> : <Empty>{t("proofs.none")}</Empty>}
          </Section>
          <IfClosed row={shownRow} />
        </div>
        <Section id="history" title={t("history")}>
          {data?.history?.length ? (
            <FactList lines={[...data.history].sort((a, b) => b.number - a.number)} />
          ) : (
            <Empty>{t("history.none")}</Empty>
          )}
        </Section>
      </div>
    </div>
  );
}

function Heading({ row }: { row: Row }): JSX.Element {
  return (
    <header class="service-head">
      <h1>
        <Mark state={stateOf(row)} /> {nameOf(row)}
      </h1>
      <p class="quiet">
        <span class="id">{shown(row.id, 80)}</span> · <Foreign text={row.host + (row.path ?? "")} most={120} /> · {shown(row.owner, 80)}
        {row.priority !== undefined && ` · ${t("priority", { n: row.priority })}`}
        {row.protected && ` · ${t("protected.long")}`}
      </p>
    </header>
  );
}

function StateNow({ row, closure }: { row: Row; closure: ClosureDetail | null }): JSX.Element {
  const state = stateOf(row);
  const waits = waitsFor(row, useNow()?.snapshot.waiting);
  return (
    <Section id="state-now" title={t("state_now")}>
      <p class="state-line">
        <Mark state={state} /> <b>{tOf("state", state)}</b> {row.since && <Time at={row.since} />}
        {state === "trial" && row.share !== undefined && ` · ${t("trial.share", { share: row.share })}`}
        {row.limit && ` · ${tOf("limit", row.limit)}`}
        {row.unconfirmed && <strong class="bad"> · {t("gate.unconfirmed")}</strong>}
      </p>
      {row.advised && <p>{t("advised", { action: tOf("action", row.advised) })}</p>}
      {row.why && (
        <p>
          {t("why")} <Foreign text={row.why} most={500} /> {row.by && <span class="quiet">({tOf("by", row.by)})</span>}
        </p>
      )}
      {row.held && (
        <p>
          <strong>{t("trial.held")}</strong> <Foreign text={row.held} most={300} />
        </p>
      )}
      {waits && <p>{t("waits_for", { what: waits })}</p>}
      {state === "verified" && (
        <p class="keys">
          {t("keys")}: <Signatures row={row} />
        </p>
      )}
      <p>
        {t("outside")}: <OutsideView row={row} />
      </p>
      {((row.effects ?? 0) > 0 || (row.attempts ?? 0) > 0) && (
        <p class="num">{t("risk", { effects: points(row.effects), attempts: points(row.attempts) })}</p>
      )}
      {closure && <ClosureLines closure={closure} row={row} />}
      <PossibleNow row={row} />
    </Section>
  );
}

const points = (thousandths = 0): string => number(Math.round(thousandths / 100) / 10);

function ClosureLines({ closure, row }: { closure: ClosureDetail; row: Row }): JSX.Element {
  return (
    <details>
      <summary>{t("closure", { id: closure.id ?? row.closure ?? "" })}</summary>
      {closure.at && (
        <p>
          {t("closure.at")} <Time at={wall(closure.at)} exact />
          {row.acknowledged && (
            <>
              {" "}
              · {t("closure.acknowledged")} <Time at={row.acknowledged} exact ago={false} />
            </>
          )}
        </p>
      )}
      {closure.in_evidence && closure.in_evidence.length > 0 && (
        <p>{t("closure.in_evidence", { systems: closure.in_evidence.map((each) => shown(each, 60)).join(", ") })}</p>
      )}
      {closure.reports && closure.reports.length > 0 && <Reports reports={closure.reports} />}
      {closure.proofs && closure.proofs.length > 0 && <Proofs proofs={closure.proofs} />}
      {closure.basis && (
        <p>
          {t("closure.basis")} <code class="hash">{closure.basis}</code>
        </p>
      )}
    </details>
  );
}

function Inspections({ systems, detail }: { systems: readonly string[]; detail: ServiceDetail | null }): JSX.Element {
  const reports = detail?.reports ?? [];
  const worst = (reports.find((report) => !report.clean) ?? reports[0])?.system ?? "";
  const [chosen, setChosen] = useState("");
  const system = chosen || worst;
  useEffect(() => setChosen(""), [systems.join("\n")]);
  return (
    <Section
      id="findings"
      title={t("findings")}
      aside={
        reports.length > 1 && (
          <label class="filter">
            <span class="unseen">{t("findings.system")}</span>
            <select value={system} onChange={(event) => setChosen(event.currentTarget.value)}>
              {reports.map((report) => (
                <option key={report.system} value={report.system}>
                  {shown(report.system, 60)} · {report.clean ? t("report.clean") : t("report.found", { n: report.findings })}
                </option>
              ))}
            </select>
          </label>
        )
      }
    >
      {system ? (
        <Findings key={system} system={system} version={reports.find((each) => each.system === system)?.hash} />
      ) : (
        <Empty>{t("findings.no_report")}</Empty>
      )}
    </Section>
  );
}

function IfClosed({ row }: { row: Row }): JSX.Element | null {
  const state = stateOf(row);
  const can = state === "open" || state === "guarded" || state === "trial";
  const preview = useAsked<Preview>(can ? `${place("services", row.id)}/preview` : null, state);
  if (!can) return null;
  return (
    <Section id="if-closed" title={t("preview")}>
      {preview.data ? (
        <PreviewOf preview={preview.data} service={row.id} />
      ) : preview.error ? (
        <Problem error={preview.error} again={preview.again} />
      ) : (
        <Empty>{t("loading")}</Empty>
      )}
    </Section>
  );
}
