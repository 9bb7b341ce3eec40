// The timeline: lanes on one axis, the fact that is looked at beside it, and what is in sight as a table.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { get, place } from "../api.ts";
import { t } from "../messages.ts";
import { useAsked } from "../parts/ask.ts";
import { Empty, Problem, Section } from "../parts/basics.tsx";
import { FactView } from "../parts/fact_view.tsx";
import { follow } from "../stream.ts";
import { absolute, clock, day, duration } from "../time.ts";
import type { PlacedFact, TimelineAnswer } from "../types.ts";
import { Chart } from "./chart.ts";
import { lanes, TimelineFacts } from "./facts.ts";
import { RangeTable } from "./range_table.tsx";
import type { View } from "./view.ts";

export function TimelinePage({ what }: { what: string }): JSX.Element {
  const [facts, setFacts] = useState<TimelineFacts | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const load = (): void => {
    get<TimelineAnswer>("/timeline").then((answer) => {
      setFacts(TimelineFacts.from(answer));
      setError(null);
    }, setError);
  };
  useEffect(load, []);
  return (
    <div class="timeline">
      <h1>{t("page.timeline")}</h1>
      {error && <Problem error={error} again={load} />}
      {!facts && !error && <Empty>{t("loading")}</Empty>}
      {facts && facts.length === 0 && <Empty>{t("history.none")}</Empty>}
      {facts && facts.length > 0 && <Drawn facts={facts} wanted={Number(what)} onGap={load} />}
    </div>
  );
}

const settles = 150; // ms: the table follows the picture, and no faster

function Drawn({ facts, wanted, onGap }: { facts: TimelineFacts; wanted: number; onGap: () => void }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart | null>(null);
  const [range, setRange] = useState<View>({ from: 0, to: 0 });
  const [selection, setSelection] = useState<View | null>(null);
  const [selecting, setSelecting] = useState(false);
  const [chosen, setChosen] = useState<number | null>(null);
  const [length, setLength] = useState(facts.length);
  useEffect(() => {
    if (!canvas.current) return;
    let timer = 0;
    const later = (): void => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        setRange(made.view);
        setLength(facts.length);
      }, settles);
    };
    const made = new Chart(canvas.current, facts, words(), {
      onView: later,
      onSelect: setSelection,
      onFact: (index) => setChosen(facts.entry(index).number),
    });
    chart.current = made;
    setRange(made.view);
    const index = wanted > 0 ? facts.indexOf(wanted) : -1;
    if (index >= 0) {
      made.goTo(index);
      setChosen(wanted);
    }
    const themed = new MutationObserver(() => made.recolour());
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const unfollow = follow((lines) => {
      if ((lines[0]?.number ?? 0) > facts.lastNumber() + 1) return onGap();
      for (const line of lines) facts.append(line);
      made.grown();
      later();
    });
    return () => {
      clearTimeout(timer);
      themed.disconnect();
      unfollow();
      made.destroy();
    };
  }, [facts]);
  const act = (step: (chart: Chart) => void) => (): void => {
    if (chart.current) step(chart.current);
  };
  return (
    <>
      <div class="tools">
        <button type="button" onClick={act((each) => each.zoom(0.5))}>
          {t("timeline.closer")}
        </button>
        <button type="button" onClick={act((each) => each.zoom(2))}>
          {t("timeline.farther")}
        </button>
        <button type="button" onClick={act((each) => each.pan(-0.5))}>
          {t("timeline.earlier")}
        </button>
        <button type="button" onClick={act((each) => each.pan(0.5))}>
          {t("timeline.later")}
        </button>
        <button type="button" onClick={act((each) => each.showAll())}>
          {t("timeline.all")}
        </button>
        <button
          type="button"
          aria-pressed={selecting}
          onClick={act((each) => {
            each.selecting = !selecting;
            setSelecting(!selecting);
          })}
        >
          {t("timeline.select")}
        </button>
        {selection && (
          <button type="button" onClick={act((each) => each.select(null))}>
            {t("timeline.unselect")}
          </button>
        )}
        <span class="num">
          {absolute(new Date(range.from).toISOString())} – {absolute(new Date(range.to).toISOString())} · {duration(range.to - range.from)}
        </span>
      </div>
      <div class={chosen === null ? "timeline-columns" : "timeline-columns with-fact"}>
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-label={t("timeline.canvas", { n: length })}
          aria-describedby="timeline-help"
        />
        {chosen !== null && <Beside number={chosen} onClose={() => setChosen(null)} />}
      </div>
      <p id="timeline-help" class="quiet">
        {t("timeline.help")}
      </p>
      <RangeTable facts={facts} length={length} range={selection ?? range} isSelection={selection !== null} onFact={setChosen} />
    </>
  );
}

function Beside({ number, onClose }: { number: number; onClose: () => void }): JSX.Element {
  const fact = useAsked<PlacedFact>(place("facts", number));
  return (
    <aside aria-labelledby="beside">
      <Section
        id="beside"
        title={t("fact.title", { number: `#${number}` })}
        aside={
          <button type="button" class="plain" onClick={onClose}>
            {t("close_dialog")}
          </button>
        }
      >
        {fact.error ? (
          <Problem error={fact.error} again={fact.again} />
        ) : fact.data ? (
          <FactView placed={fact.data} under="h2" />
        ) : (
          <Empty>{t("loading")}</Empty>
        )}
      </Section>
    </aside>
  );
}

const aDay = 86_400_000;
function words(): { lanes: string[]; services: string; tick: (at: number, step: number) => string } {
  return {
    lanes: lanes.map((lane) => t(`lane.${lane}`)),
    services: t("lane.services"),
    tick: (at, step) => {
      const time = new Date(at);
      if (step >= aDay) return day(time);
      return step < 1000 ? `${clock(time)}.${String(time.getMilliseconds()).padStart(3, "0")}` : clock(time);
    },
  };
}
