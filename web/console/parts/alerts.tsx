// Alerts as they come, newest first: those that show an effect, or all.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Now } from "../fold.ts";
import { t, tOf } from "../messages.ts";
import { href } from "../route.ts";
import { shown } from "../shown.ts";
import { clock } from "../time.ts";
import type { FactLine } from "../types.ts";
import { subjectOf, text } from "../words.ts";
import { Ago, FactLink, Foreign, ServiceLink } from "./basics.tsx";

const shownAtMost = 24; // what fits a screen; the timeline has the rest

export function Alerts({ now }: { now: Now }): JSX.Element {
  const [all, setAll] = useState(false);
  const alerts = all ? now.alerts : now.alerts.filter((line) => line.fact["effect"] === true);
  const seen = alerts.slice(0, shownAtMost);
  const places = usePlaces(seen);
  return (
    <section class="section alerts" aria-labelledby="alerts">
      <header>
        <h2 id="alerts">{t("alerts")}</h2>
        <div class="switch" role="group" aria-label={t("alerts.which")}>
          <button type="button" class="plain" aria-pressed={!all} onClick={() => setAll(false)}>
            {t("alerts.effect")}
          </button>
          <button type="button" class="plain" aria-pressed={all} onClick={() => setAll(true)}>
            {t("alerts.all")}
          </button>
        </div>
      </header>
      {now.paged[0] && <Paged line={now.paged[0]} more={now.paged.length - 1} />}
      {alerts.length === 0 ? (
        <p class="empty">{all ? t("alerts.none") : t("alerts.no_effect")}</p>
      ) : (
        <ol class="feed" tabIndex={0} aria-label={t("alerts")}>
          {seen.map((line) => (
            <Alert key={places.get(line.number)} line={line} />
          ))}
        </ol>
      )}
      <p class="foot">
        <a href={href("timeline")}>{t("alerts.older")}</a>
      </p>
    </section>
  );
}

/// By number, which of the page's elements shows it: one that stays keeps its own, a new one takes that of one that went. In a flood
/// making them anew would cost more than all else.
function usePlaces(lines: readonly FactLine[]): ReadonlyMap<number, number> {
  const before = useRef<ReadonlyMap<number, number>>(new Map());
  const places = new Map<number, number>();
  for (const { number } of lines) {
    const known = before.current.get(number);
    if (known !== undefined) places.set(number, known);
  }
  const taken = new Set(places.values());
  let free = 0;
  for (const { number } of lines) {
    if (places.has(number)) continue;
    while (taken.has(free)) ++free;
    places.set(number, free++);
  }
  before.current = places;
  return places;
}

function Paged({ line, more }: { line: FactLine; more: number }): JSX.Element {
  return (
    <p class="paged">
      <b>{t("paged")}</b> <Foreign text={text(line.fact["why"])} most={240} /> <Ago at={line.fact.at} /> <FactLink number={line.number} />
      {more > 0 && ` ${t("paged.more", { n: more })}`}
    </p>
  );
}

function Alert({ line }: { line: FactLine }): JSX.Element {
  const { fact } = line;
  const alert = subjectOf(fact);
  const effect = fact["effect"] === true;
  const service = text(alert["service"]);
  const count = Number(alert["count"] ?? 1);
  return (
    <li class={effect ? "effect" : "attempt"}>
      <FactLink number={line.number}>{clock(new Date(fact.at))}</FactLink>
      <span class="nature">
        {effect ? "■" : "□"} {tOf("nature", effect ? "effect" : "attempt")}
      </span>
      <span class="said">
        <bdi lang="en">{shown(String(alert["title"] ?? ""), 160)}</bdi>
        {count > 1 && <span class="num"> ×{count}</span>}
        <span class="quiet">
          {" "}
          {[alert["system"], alert["what"]]
            .map((part) => text(part))
            .filter(Boolean)
            .join(" · ")}
          {service && (
            <>
              {text(alert["system"]) ? " · " : ""}
              <ServiceLink id={service} />
            </>
          )}{" "}
          · {tOf("level", text(alert["level"]))}
        </span>
      </span>
    </li>
  );
}
