// Now, on one screen: what is attacked, what is closed, what waits for whom.
import type { JSX } from "preact";
import type { Now } from "../fold.ts";
import { stateOf } from "../fold.ts";
import { t } from "../messages.ts";
import { Alerts } from "../parts/alerts.tsx";
import { Grid } from "../parts/grid.tsx";
import { Keys } from "../parts/keys.tsx";
import { NotOpen } from "../parts/not_open.tsx";
import { WaitingList } from "../parts/waiting.tsx";
import { useNow } from "../store.ts";
import { shown } from "../shown.ts";
import { absolute } from "../time.ts";
import { text } from "../words.ts";

export function NowPage(): JSX.Element {
  const now = useNow();
  if (!now) return <p class="empty">{t("loading")}</p>;
  return (
    <div class="now">
      <h1 class="unseen">{t("page.now")}</h1>
      <Summary now={now} />
      <WaitingList now={now} />
      <div class="now-columns">
        <Grid now={now} />
        <div class="now-side">
          <Alerts now={now} />
          <Keys now={now} />
        </div>
        <NotOpen now={now} />
      </div>
    </div>
  );
}

const titlesNamed = 3;
const isAllOpen = ({ counts, services }: Now): boolean => counts.open + counts.guarded === services.size;

/// The incident in a sentence: what showed an effect and where, what is closed, who was refused for nothing.
function Summary({ now }: { now: Now }): JSX.Element {
  const { counts, snapshot } = now;
  const all = now.services.size;
  const closed = counts.closed + counts.verifying + counts.verified;
  const unconfirmed = [...now.services.values()].filter((row) => row.unconfirmed && stateOf(row) !== "open").length;
  return (
    <div class="summary">
      <p>
        {snapshot.incident && <Happened now={now} />}
        {closed + counts.guarded + counts.trial === 0
          ? t("summary.all_open", { n: all })
          : t("summary.closed", { n: closed, all, guarded: counts.guarded })}{" "}
        {counts.trial > 0 && t("summary.trial", { n: counts.trial })}{" "}
        {(snapshot.closed_by_attempts ?? 0) === 0
          ? closed > 0 && t("summary.no_attempt_closed")
          : t("summary.attempt_closed", { n: snapshot.closed_by_attempts ?? 0 })}{" "}
        {unconfirmed > 0 && <strong>{t("summary.unconfirmed", { n: unconfirmed })} </strong>}
        {snapshot.next_update?.overdue && <strong>{t("statement.overdue", { time: absolute(snapshot.next_update.by) })}</strong>}
      </p>
      {now.examining.length > 0 && <p class="quiet">{now.examining.map((line) => shown(line, 120)).join(" · ")}</p>}
    </div>
  );
}

function Happened({ now }: { now: Now }): JSX.Element | null {
  const where = new Map<string, Set<string>>();
  const since = now.snapshot.incident?.since ?? "";
  for (const { fact } of now.alerts) {
    const alert = fact["alert"] as Record<string, string> | undefined;
    if (fact["effect"] !== true || !alert || fact.at < since) continue;
    const places = where.get(alert["title"] ?? "") ?? new Set();
    places.add(text(alert["system"]) || text(alert["service"]) || "?");
    where.set(alert["title"] ?? "", places);
  }
  const said = [...where].reverse().slice(0, titlesNamed);
  if (said.length === 0) return isAllOpen(now) ? <>{t("summary.no_effect")} </> : null;
  const rest = where.size - said.length;
  return (
    <>
      {said.map(([title, places], index) => (
        <span key={title}>
          {index > 0 && "; "}
          <bdi lang="en">{shown(title, 120)}</bdi>{" "}
          {places.size === 1 ? t("summary.on_one", { place: [...places][0] ?? "" }) : t("summary.on", { n: places.size })}
        </span>
      ))}
      {rest > 0 && ` ${t("summary.more", { n: rest })}`}.{" "}
    </>
  );
}
