// What would follow if a service were closed now, and if an effect were seen on it, as the daemon's own decider says.
import type { JSX } from "preact";
import { t, tOf } from "../messages.ts";
import type { Deed, Preview } from "../types.ts";
import { Foreign, ServiceLink } from "./basics.tsx";

const listedAtMost = 20; // the rest is counted

export function PreviewOf({ preview, service }: { preview: Preview; service: string }): JSX.Element {
  const others = preview.would.filter((each) => each.service !== service || each.action !== "close");
  const spread = (preview.neighbours ?? []).filter((each) => each.service !== service);
  return (
    <div class="preview">
      {preview.requests_an_hour !== null && preview.requests_an_hour !== undefined && (
        <p>{t("preview.requests", { n: preview.requests_an_hour })}</p>
      )}
      <p>{others.length === 0 ? t("preview.nothing_else") : t("preview.also", { n: others.length })}</p>
      <Deeds deeds={others} />
      {spread.length > 0 && <p>{t("preview.spread", { n: spread.length })}</p>}
      <Deeds deeds={spread} />
    </div>
  );
}

function Deeds({ deeds }: { deeds: readonly Deed[] }): JSX.Element | null {
  if (deeds.length === 0) return null;
  return (
    <ul>
      {deeds.slice(0, listedAtMost).map((each, index) => (
        <li key={index}>
          {each.service && <ServiceLink id={each.service} />} {tOf("action.would", each.action)}{" "}
          <span class="quiet">
            <Foreign text={each.why} most={200} />
          </span>
        </li>
      ))}
      {deeds.length > listedAtMost && <li class="quiet">{t("more", { n: deeds.length - listedAtMost })}</li>}
    </ul>
  );
}
