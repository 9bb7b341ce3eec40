// The findings of a system's last inspection: worst first, filtered by what is typed, each with what it was and what it is.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../actions/asked.ts";
import { place } from "../api.ts";
import { t, tOf } from "../messages.ts";
import { shown } from "../shown.ts";
import { useStore } from "../store.ts";
import { wall } from "../time.ts";
import type { Finding, InspectionReport } from "../types.ts";
import { useAsked } from "./ask.ts";
import { Empty, Foreign, Problem, Time } from "./basics.tsx";
import { differing } from "./differing.ts";
import { folded } from "./matching.ts";

const step = 100; // lines at a time: a report may list ten thousand

export function Findings({ system, version }: { system: string; version: string | undefined }): JSX.Element {
  const report = useAsked<InspectionReport>(`${place("systems", system)}/report`, version);
  const [filter, setFilter] = useState("");
  const [severity, setSeverity] = useState("");
  const [most, setMost] = useState(step);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const mayAccept = useStore((each) => each.session?.roles.includes("approver")) ?? false;
  useEffect(() => setChosen(new Set()), [version]);
  if (report.error) return <Problem error={report.error} again={report.again} />;
  if (!report.data) return <Empty>{t("loading")}</Empty>;
  const { data } = report;
  const listed = data.listed ?? [];
  const severities = [...new Set(listed.map((each) => each.severity))];
  const words = folded(filter).split(/\s+/).filter(Boolean);
  const found = listed.filter(
    (each) =>
      (!severity || each.severity === severity) &&
      words.every((word) => folded(`${each.path} ${each.kind} ${each.why} ${each.package ?? ""}`).includes(word)),
  );
  // What could not be read is nothing that anybody could have reviewed.
  const unread = new Set(listed.filter((each) => each.kind === "unreadable").map((each) => each.path));
  const choose = (paths: readonly string[], on: boolean): void => {
    const next = new Set(chosen);
    for (const path of paths)
      if (on && !unread.has(path)) next.add(path);
      else next.delete(path);
    setChosen(next);
  };
  return (
    <>
      <p>
        <b>{shown(system, 80)}</b> {data.clean ? t("report.clean") : t("report.found", { n: data.findings })},{" "}
        <Time at={wall(data.finished)} />, {t("report.files", { n: data.files })}
        {data.baseline && (
          <span class="quiet">
            , {t("report.baseline")} <Time at={data.baseline.taken} ago={false} />
          </span>
        )}
        {(data.findings_dropped ?? 0) > 0 && <strong class="bad"> {t("findings.dropped", { n: data.findings_dropped ?? 0 })}</strong>}
      </p>
      {listed.length > 0 && (
        <div class="filters">
          <label>
            <span class="unseen">{t("findings.filter")}</span>
            <input
              type="search"
              value={filter}
              placeholder={t("findings.filter")}
              onInput={(event) => setFilter(event.currentTarget.value)}
            />
          </label>
          <label>
            <span class="unseen">{t("findings.severity")}</span>
            <select value={severity} onChange={(event) => setSeverity(event.currentTarget.value)}>
              <option value="">{t("findings.any")}</option>
              {severities.map((each) => (
                <option key={each} value={each}>
                  {tOf("severity", each)} ({listed.filter((one) => one.severity === each).length})
                </option>
              ))}
            </select>
          </label>
          <span class="quiet">{t("findings.shown", { n: found.length })}</span>
        </div>
      )}
      {mayAccept && listed.length > 0 && (
        <p class="choosing">
          <button type="button" class="plain" onClick={() => choose(paths(found), true)}>
            {t("accept.choose_shown")}
          </button>
          <button type="button" class="plain" disabled={chosen.size === 0} onClick={() => setChosen(new Set())}>
            {t("accept.choose_none")}
          </button>
          <button
            type="button"
            disabled={chosen.size === 0 || (data.findings_dropped ?? 0) > 0}
            onClick={() => ask({ kind: "accept", report: data, paths: chosen })}
          >
            {t("accept.ask", { n: listed.filter((each) => chosen.has(each.path)).length })}
          </button>
        </p>
      )}
      <ol class="findings">
        {found.slice(0, most).map((each) => (
          <OneFinding
            key={`${each.path}/${each.kind}`}
            finding={each}
            chosen={mayAccept && !unread.has(each.path) ? chosen.has(each.path) : null}
            onChoose={(on) => choose([each.path], on)}
          />
        ))}
      </ol>
      {found.length > most && (
        <button type="button" class="plain" onClick={() => setMost(most + step)}>
          {t("more", { n: found.length - most })}
        </button>
      )}
    </>
  );
}

export function What({ finding }: { finding: Finding }): JSX.Element {
  return (
    <>
      <span class={`severity ${finding.severity}`}>{tOf("severity", finding.severity)}</span>{" "}
      <code>
        <Foreign text={finding.path} most={400} />
      </code>{" "}
      <span class="quiet">{tOf("finding", finding.kind)}</span>
    </>
  );
}

const paths = (findings: readonly Finding[]): string[] => findings.map((each) => each.path);

interface OneProps {
  finding: Finding;
  /// Null: not to be chosen.
  chosen: boolean | null;
  onChoose: (on: boolean) => void;
}
function OneFinding({ finding, chosen, onChoose }: OneProps): JSX.Element {
  const [before, after] = differing(finding.before, finding.after);
  return (
    <li>
      <p>
        {chosen !== null && (
          <input
            type="checkbox"
            aria-label={t("accept.choose", { path: shown(finding.path, 400) })}
            checked={chosen}
            onChange={(event) => onChoose(event.currentTarget.checked)}
          />
        )}{" "}
        <What finding={finding} />
      </p>
      <p>
        <Foreign text={finding.why} most={400} />
        {finding.package && <span class="quiet"> {t("findings.package", { name: shown(finding.package, 80) })}</span>}
      </p>
      {(finding.before || finding.after) && (
        <dl class="diff">
          <dt>{t("before")}</dt>
          <dd class="was">
            <Parts parts={before} none={t("nothing")} />
          </dd>
          <dt>{t("after")}</dt>
          <dd class="is">
            <Parts parts={after} none={t("nothing")} />
          </dd>
        </dl>
      )}
    </li>
  );
}

function Parts({ parts, none }: { parts: readonly { text: string; differs: boolean }[]; none: string }): JSX.Element {
  if (parts.length === 0) return <span class="quiet">{none}</span>;
  return (
    <code>
      {parts.map((part, index) =>
        part.differs ? <mark key={index}>{shown(part.text)}</mark> : <span key={index}>{shown(part.text)}</span>,
      )}
    </code>
  );
}
