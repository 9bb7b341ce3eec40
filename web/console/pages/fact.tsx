// One fact: what it says, all its fields, its evidence, and its place in the ledger.
import type { JSX } from "preact";
import { place } from "../api.ts";
import { t } from "../messages.ts";
import { useAsked } from "../parts/ask.ts";
import { Empty, Problem } from "../parts/basics.tsx";
import { FactView } from "../parts/fact_view.tsx";
import type { PlacedFact } from "../types.ts";

export function FactPage({ what }: { what: string }): JSX.Element {
  const fact = useAsked<PlacedFact>(/^\d{1,15}$/.test(what) ? place("facts", what) : null);
  return (
    <div class="reading">
      <h1>{t("fact.title", { number: `#${what}` })}</h1>
      {fact.error ? (
        <Problem error={fact.error} again={fact.again} />
      ) : fact.data ? (
        <FactView placed={fact.data} under="h1" />
      ) : (
        <Empty>{t("loading")}</Empty>
      )}
    </div>
  );
}
