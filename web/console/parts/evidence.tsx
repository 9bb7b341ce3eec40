// What a reopening rests on: the reports of inspected systems and the proofs of backups.
import type { JSX } from "preact";
import { number, t } from "../messages.ts";
import { bytes, short, shown } from "../shown.ts";
import { duration, wall } from "../time.ts";
import type { ProofBrief, ReportBrief } from "../types.ts";
import { Foreign, Time } from "./basics.tsx";

export function Reports({ reports }: { reports: readonly ReportBrief[] }): JSX.Element {
  return (
    <ul class="evidence">
      {reports.map((report) => (
        <li key={report.system}>
          <b>{shown(report.system, 80)}</b>{" "}
          {report.clean ? t("report.clean") : <strong class="bad">{t("report.found", { n: report.findings })}</strong>},{" "}
          <Time at={wall(report.finished)} />
          {report.files !== undefined && `, ${t("report.files", { n: report.files })}`}
          {report.baseline && (
            <span class="quiet">
              , {t("report.baseline")} <Time at={report.baseline} ago={false} />
            </span>
          )}
          {report.baseline_after_evidence && <strong class="bad"> {t("report.baseline_after")}</strong>}
          {report.worst && (
            <span class="block">
              <Foreign text={report.worst} most={300} />
            </span>
          )}
          {report.hash && <span class="quiet hash"> {short(report.hash, 16)}</span>}
        </li>
      ))}
    </ul>
  );
}

export function Proofs({ proofs }: { proofs: readonly ProofBrief[] }): JSX.Element {
  return (
    <ul class="evidence">
      {proofs.map((proof) => (
        <li key={proof.dataset + wall(proof.finished)}>
          <b>{shown(proof.dataset, 80)}</b> {proof.passed ? t("proof.passed") : <strong class="bad">{t("proof.failed")}</strong>},{" "}
          <Time at={wall(proof.finished)} />, {t("proof.snapshot", { id: short(proof.snapshot, 8) })} <Time at={proof.taken} ago={false} />
          {proof.files !== undefined && `, ${t("report.files", { n: proof.files })}`}
          {proof.bytes !== undefined && `, ${bytes(proof.bytes)}`}
          {proof.restored_ms !== undefined && `, ${t("proof.restore", { time: duration(proof.restored_ms) })}`}
          {proof.compared !== undefined && `, ${t("proof.sample", { n: proof.compared })}`}
          {proof.taken_after_evidence && <strong class="bad"> {t("proof.taken_after")}</strong>}
          {proof.drift && (
            <strong class="bad">
              {" "}
              {t("proof.drift")} <Foreign text={proof.drift} most={200} />
            </strong>
          )}
          {proof.problem && (
            <span class="block bad">
              <Foreign text={proof.problem} most={300} />
            </span>
          )}
          {proof.alive && (
            <span class="block quiet">
              <Foreign text={proof.alive} most={200} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/// The last restores of one data set as bars, oldest left; the numbers are beside.
export function RestoreTrend({ proofs }: { proofs: readonly ProofBrief[] }): JSX.Element | null {
  const times = [...proofs].reverse().map((proof) => proof.restored_ms ?? 0);
  const most = Math.max(...times, 1);
  if (times.filter(Boolean).length < 2) return null;
  return (
    <svg
      class="trend"
      viewBox={`0 0 ${times.length * 7} 20`}
      role="img"
      aria-label={t("proof.trend", { list: times.map((each) => number(each)).join(", ") })}
    >
      {times.map((each, index) => (
        <rect key={index} x={index * 7} y={20 - Math.max(1, (20 * each) / most)} width="5" height={Math.max(1, (20 * each) / most)} />
      ))}
    </svg>
  );
}
