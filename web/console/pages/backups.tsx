// Every data set: whether its backup is proved, how old that is, how long a restore takes.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../messages.ts";
import { useAsked } from "../parts/ask.ts";
import { Empty, Foreign, Problem, Time } from "../parts/basics.tsx";
import { Proofs, RestoreTrend } from "../parts/evidence.tsx";
import { folded } from "../parts/matching.ts";
import { shown } from "../shown.ts";
import { useNow } from "../store.ts";
import { duration, wall } from "../time.ts";
import type { DatasetShown } from "../types.ts";

const step = 50;

export function BackupsPage(): JSX.Element {
  const proved = useNow()?.snapshot.kinds?.["proved"];
  const answer = useAsked<{ datasets: DatasetShown[] }>("/backups", proved);
  const [filter, setFilter] = useState("");
  const [most, setMost] = useState(step);
  const datasets = answer.data?.datasets ?? [];
  const found = [...datasets].filter((each) => folded(each.dataset).includes(folded(filter))).sort(worstFirst);
  const good = datasets.filter((each) => each.proofs[0]?.passed).length;
  return (
    <div>
      <h1>{t("page.backups")}</h1>
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {answer.data && <p>{t("backups.summary", { n: datasets.length, good })}</p>}
      {!answer.data && !answer.error && <Empty>{t("loading")}</Empty>}
      {datasets.length > 10 && (
        <label class="filter">
          <span class="unseen">{t("filter.datasets")}</span>
          <input type="search" value={filter} placeholder={t("filter")} onInput={(event) => setFilter(event.currentTarget.value)} />
        </label>
      )}
      {found.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-label={t("page.backups")}>
          <table class="backups">
            <thead>
              <tr>
                <th scope="col">{t("dataset")}</th>
                <th scope="col">{t("backups.last")}</th>
                <th scope="col">{t("backups.snapshot")}</th>
                <th scope="col">{t("backups.restore")}</th>
                <th scope="col">{t("backups.trend")}</th>
              </tr>
            </thead>
            <tbody>
              {found.slice(0, most).map((each) => (
                <Line key={each.dataset} dataset={each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.length > most && (
        <button type="button" class="plain" onClick={() => setMost(most + step)}>
          {t("more", { n: found.length - most })}
        </button>
      )}
    </div>
  );
}

function Line({ dataset }: { dataset: DatasetShown }): JSX.Element {
  const [last] = dataset.proofs;
  return (
    <tr>
      <th scope="row">
        {shown(dataset.dataset, 80)}
        <span class="block quiet">
          <Foreign text={dataset.repository} most={80} />
        </span>
      </th>
      <td>
        {last ? (
          <>
            {last.passed ? t("proof.passed") : <strong class="bad">{t("proof.failed")}</strong>} <Time at={wall(last.finished)} />
            {last.drift && <strong class="bad"> {t("proof.drift")}</strong>}
          </>
        ) : (
          t("backups.never")
        )}
        {dataset.proving && <span class="quiet"> {t("backups.proving")}</span>}
        {dataset.proofs.length > 0 && (
          <details>
            <summary>{t("backups.all", { n: dataset.proofs.length })}</summary>
            <Proofs proofs={dataset.proofs} />
          </details>
        )}
      </td>
      <td>{last && <Time at={last.taken} />}</td>
      <td class="num">{last?.restored_ms !== undefined && duration(last.restored_ms)}</td>
      <td>
        <RestoreTrend proofs={dataset.proofs} />
      </td>
    </tr>
  );
}

function worstFirst(a: DatasetShown, b: DatasetShown): number {
  const grade = (each: DatasetShown): number => (each.proofs[0] ? (each.proofs[0].passed ? (each.proofs[0].drift ? 1 : 3) : 0) : 2);
  return grade(a) - grade(b) || a.dataset.localeCompare(b.dataset);
}
