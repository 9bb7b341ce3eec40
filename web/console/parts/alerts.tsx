// Alerts as they come, newest first: those that show an effect, or all.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Now } from "../fold.ts";
import { t, tOf } from "../messages.ts";
import { href } from "../route.ts";
import { shown } from "../shown.ts";
import { clock } from "../time.ts";
import type { FactLine } from "../types.ts";
import { subjectOf, text } from "../words.ts";
import { Ago, FactLink, Foreign, ServiceLink } from "./basics.tsx";

const shownAtMost = 60; // what fits a screen and a little scrolling; the timeline has the rest

export function Alerts({ now }: { now: Now }): JSX.Element {
  const [all, setAll] = useState(false);
  const alerts = all ? now.alerts : now.alerts.filter((line) => line.fact["effect"] === true);
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
          {alerts.slice(0, shownAtMost).map((line) => (
            <Alert key={line.number} line={line} />
          ))}
        </ol>
      )}
      <p class="foot">
        <a href={href("timeline")}>{t("alerts.older")}</a>
      </p>
    </section>
  );
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
