// Facts as lines, each with its place in the ledger.
import type { JSX } from "preact";
import type { FactLine } from "../types.ts";
import { isGrave, sentence } from "../words.ts";
import { FactLink, Time } from "./basics.tsx";

export function FactList({ lines }: { lines: readonly FactLine[] }): JSX.Element {
  return (
    <ol class="fact-list">
      {lines.map((line) => (
        <li key={line.number} class={isGrave(line.fact) ? "grave" : ""}>
          <FactLink number={line.number} /> <Time at={line.fact.at} exact />
          <span class="said">{sentence(line.fact)}</span>
        </li>
      ))}
    </ol>
  );
}
