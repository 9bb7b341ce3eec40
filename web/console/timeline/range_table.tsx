// What is in sight or selected, as a table: the timeline for those who read rather than look, and its export.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { download } from "../actions/signing.tsx";
import { get } from "../api.ts";
import { number, t } from "../messages.ts";
import { FactLink, Section, ServiceLink } from "../parts/basics.tsx";
import { problemText } from "../parts/basics.tsx";
import { notify } from "../store.ts";
import { absolute } from "../time.ts";
import type { FactLine } from "../types.ts";
import { kindName } from "../words.ts";
import { lanes, type TimelineFacts } from "./facts.ts";
import type { View } from "./view.ts";

const page = 50;
const exportedAtMost = 20_000; // in twenty questions; more is a job for `kulla ledger export`
const answerLimit = 1000; // of the API

interface Props {
  facts: TimelineFacts;
  /// How many facts there are: the table looks again when some came.
  length: number;
  range: View;
  isSelection: boolean;
  onFact: (number: number) => void;
}

export function RangeTable({ facts, range, isSelection, onFact }: Props): JSX.Element {
  const [skip, setSkip] = useState(0);
  useEffect(() => setSkip(0), [range.from, range.to]);
  const { count, indices } = facts.within(range.from, range.to, skip, page);
  const numbers = indices.map((index) => facts.entry(index).number);
  return (
    <Section
      id="range"
      title={isSelection ? t("range.selected", { n: count }) : t("range.seen", { n: count })}
      aside={
        <button type="button" disabled={count === 0} onClick={() => void exportRange(facts, range, count)}>
          {t("range.export")}
        </button>
      }
    >
      <div class="scroll" tabIndex={0} role="group" aria-labelledby="range">
        <table>
          <thead>
            <tr>
              <th scope="col">{t("fact.number")}</th>
              <th scope="col">{t("time")}</th>
              <th scope="col">{t("lane")}</th>
              <th scope="col">{t("kind")}</th>
              <th scope="col">{t("service")}</th>
            </tr>
          </thead>
          <tbody>
            {indices.map((index) => {
              const entry = facts.entry(index);
              return (
                <tr key={entry.number} class={entry.grave ? "grave" : ""}>
                  <td>
                    <FactLink number={entry.number} />
                  </td>
                  <td class="num">{absolute(new Date(entry.at).toISOString(), true)}</td>
                  <td>{t(`lane.${lanes[entry.lane] ?? "people"}`)}</td>
                  <td>
                    <button type="button" class="plain" onClick={() => onFact(entry.number)}>
                      {kindName(entry.kind)}
                    </button>
                  </td>
                  <td>{entry.service && <ServiceLink id={entry.service} />}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div class="buttons">
        <button type="button" class="plain" disabled={skip === 0} onClick={() => setSkip(Math.max(0, skip - page))}>
          {t("range.before")}
        </button>
        <span class="num">{numbers.length > 0 && `${number(skip + 1)}–${number(skip + numbers.length)} / ${number(count)}`}</span>
        <button type="button" class="plain" disabled={skip + page >= count} onClick={() => setSkip(skip + page)}>
          {t("range.next")}
        </button>
      </div>
    </Section>
  );
}

/// The facts of the range, whole, a line each (NDJSON).
async function exportRange(facts: TimelineFacts, range: View, count: number): Promise<void> {
  const { indices } = facts.within(range.from, range.to, 0, Math.min(count, exportedAtMost));
  const wanted = new Set(indices.map((index) => facts.entry(index).number));
  const first = Math.min(...wanted);
  const last = Math.max(...wanted);
  const lines: string[] = [];
  try {
    for (let from: number | null = first; from !== null && from <= last;) {
      const answer: { facts: FactLine[]; next: number | null } = await get(`/facts?from=${from}&limit=${answerLimit}`);
      for (const line of answer.facts) if (wanted.has(line.number)) lines.push(JSON.stringify(line));
      from = answer.facts.length ? answer.next : null;
    }
    download("facts.ndjson", `${lines.join("\n")}\n`, "application/x-ndjson");
    if (count > exportedAtMost) notify("problem", t("range.cut", { n: exportedAtMost }));
  } catch (error) {
    notify("problem", problemText(error as Error));
  }
}
