// What would follow if a service were closed now, as the daemon's own decider says.
import type { JSX } from "preact";
import { t, tOf } from "../messages.ts";
import type { Preview } from "../types.ts";
import { Foreign, ServiceLink } from "./basics.tsx";

export function PreviewOf({ preview, service }: { preview: Preview; service: string }): JSX.Element {
  const others = preview.would.filter((each) => each.service !== service);
  const neighbours = (preview.neighbours ?? []).map((each) => (typeof each === "string" ? each : each.service));
  return (
    <div class="preview">
      {preview.requests_an_hour !== null && preview.requests_an_hour !== undefined && (
        <p>{t("preview.requests", { n: preview.requests_an_hour })}</p>
      )}
      {others.length === 0 ? (
        <p>{t("preview.nothing_else")}</p>
      ) : (
        <>
          <p>{t("preview.also", { n: others.length })}</p>
          <ul>
            {others.map((each) => (
              <li key={each.service + each.action}>
                <ServiceLink id={each.service} /> {tOf("action.would", each.action)} <span class="quiet"><Foreign text={each.why} most={200} /></span>
              </li>
            ))}
          </ul>
        </>
      )}
      {neighbours.length > 0 && (
        <p class="quiet">
          {t("preview.neighbours", { n: neighbours.length })}{" "}
          {neighbours.slice(0, 12).map((each, index) => (
            <span key={each}>
              {index > 0 && ", "}
              <ServiceLink id={each} />
            </span>
          ))}
          {neighbours.length > 12 && "…"}
        </p>
      )}
    </div>
  );
}
