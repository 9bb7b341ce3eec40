// A fact with all its fields and its place in the ledger; used by its own page and beside the timeline.
import type { JSX } from "preact";
import { number, t } from "../messages.ts";
import { href } from "../route.ts";
import { shown } from "../shown.ts";
import { useStore } from "../store.ts";
import type { Json, PlacedFact } from "../types.ts";
import { kindName, sentence, serviceOf, subjectOf, text } from "../words.ts";
import { FactLink, ServiceLink, Time } from "./basics.tsx";

const envelope = new Set(["kind", "v", "at", "mono"]);

/// `under`: the heading that it stands under.
export function FactView({ placed, under }: { placed: PlacedFact; under: "h1" | "h2" }): JSX.Element {
  const Heading = under === "h1" ? "h2" : "h3";
  const { fact } = placed;
  const service = serviceOf(fact);
  return (
    <article class="fact-view">
      <p class="fact-sentence">{sentence(fact)}</p>
      <p>
        {kindName(fact.kind)} · <Time at={fact.at} exact />
        {service && (
          <>
            {" · "}
            <ServiceLink id={service} />
          </>
        )}
      </p>
      <Evidence placed={placed} Heading={Heading} />
      <Heading>{t("fact.fields")}</Heading>
      <Fields value={Object.fromEntries(Object.entries(fact).filter(([key]) => !envelope.has(key))) as { [key: string]: Json }} />
      <Heading>{t("fact.place")}</Heading>
      <Place placed={placed} />
    </article>
  );
}

function Evidence({ placed, Heading }: { placed: PlacedFact; Heading: "h2" | "h3" }): JSX.Element | null {
  const auditor = useStore((each) => each.session?.roles.includes("auditor")) ?? false;
  const subject = subjectOf(placed.fact);
  const evidence = text(subject["evidence"]);
  const source = text(subject["source"]);
  if (!/[1-9a-f]/.test(evidence) && !source) return null;
  return (
    <>
      <Heading>{t("fact.evidence")}</Heading>
      {/[1-9a-f]/.test(evidence) && (
        <p>
          {t("fact.evidence_hash")} <code class="hash">{evidence}</code>{" "}
          {auditor && <a href={href("reveal", evidence)}>{t("reveal.read")}</a>}
        </p>
      )}
      {source && (
        <p>
          {t("fact.source")} <code>{source}</code> {auditor && <a href={href("reveal", source)}>{t("reveal.ask")}</a>}
        </p>
      )}
    </>
  );
}

const deepest = 6; // facts are shallow; what is deeper is shown as text

function Fields({ value, depth = 0 }: { value: { [key: string]: Json }; depth?: number }): JSX.Element {
  return (
    <dl class="fields">
      {Object.entries(value).map(([key, each]) => (
        <div key={key}>
          <dt>{shown(key, 60)}</dt>
          <dd>
            {each !== null && typeof each === "object" && !Array.isArray(each) && depth < deepest ? (
              <Fields value={each} depth={depth + 1} />
            ) : (
              plain(each)
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function plain(value: Json): string {
  if (typeof value === "string") return shown(value);
  if (Array.isArray(value) && value.every((each) => typeof each === "string"))
    return value.map((each) => shown(String(each), 200)).join(", ") || "–";
  return shown(JSON.stringify(value));
}

function Place({ placed }: { placed: PlacedFact }): JSX.Element {
  return (
    <>
      <dl class="fields">
        <div>
          <dt>{t("fact.number")}</dt>
          <dd class="num">
            {number(placed.number)} {placed.head && t("fact.of", { n: placed.head.number })} –{" "}
            {placed.durable ? t("fact.durable") : t("fact.not_durable")}
          </dd>
        </div>
        {placed.hash && (
          <div>
            <dt>{t("fact.hash")}</dt>
            <dd class="hash">{placed.hash}</dd>
          </div>
        )}
        {placed.previous && (
          <div>
            <dt>{t("fact.previous")}</dt>
            <dd class="hash">{placed.previous}</dd>
          </div>
        )}
        {placed.head && (
          <div>
            <dt>{t("fact.head")}</dt>
            <dd class="hash">{placed.head.hash}</dd>
          </div>
        )}
      </dl>
      <p>
        {placed.number > 1 && <FactLink number={placed.number - 1}>{t("fact.before")}</FactLink>}{" "}
        {(!placed.head || placed.number < placed.head.number) && <FactLink number={placed.number + 1}>{t("fact.after")}</FactLink>}{" "}
        <a href={href("timeline", placed.number)}>{t("fact.on_timeline")}</a>
      </p>
    </>
  );
}
