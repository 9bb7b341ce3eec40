// The two keys: what is verified opens when two people have signed. Who has, who can.
import type { JSX } from "preact";
import { ask } from "../actions/asked.ts";
import { type Now, stateOf } from "../fold.ts";
import { t } from "../messages.ts";
import { href } from "../route.ts";
import { shown } from "../shown.ts";
import { useStore } from "../store.ts";
import type { Row } from "../types.ts";
import { nameOf } from "../words.ts";
import { Section, ServiceLink, Time } from "./basics.tsx";

const keysNeeded = 2; // the decider's rule, not a setting
const shownAtMost = 20;

export function Keys({ now }: { now: Now }): JSX.Element {
  const rows = [...now.services.values()].filter((row) => stateOf(row) === "verified");
  const approvers = now.snapshot.approvers ?? [];
  return (
    <Section id="keys" title={t("keys")} aside={<a href={href("approvers")}>{t("keys.who", { n: approvers.length })}</a>}>
      {rows.length === 0 ? (
        <p class="empty">{t("keys.none")}</p>
      ) : (
        <ul class="keys">
          {rows.slice(0, shownAtMost).map((row) => (
            <li key={row.id}>
              <KeyPair row={row} />
            </li>
          ))}
        </ul>
      )}
      <p class="quiet approver-list">
        {approvers.map((each) => (
          <span key={each.person}>
            {shown(each.person, 60)}
            {each.services && ` (${t("keys.some", { n: each.services.length })})`}
            {each.until && (
              <>
                {" "}
                {t("keys.until")} <Time at={each.until} ago={false} />
              </>
            )}
          </span>
        ))}
      </p>
    </Section>
  );
}

function KeyPair({ row }: { row: Row }): JSX.Element {
  const session = useStore((each) => each.session);
  const may = session?.roles.includes("approver") && !row.approvals?.includes(session.person);
  return (
    <>
      <ServiceLink id={row.id}>{nameOf(row)}</ServiceLink> <Signatures row={row} />
      {may && (
        <button type="button" class="needs" onClick={() => ask({ kind: "approve", service: row.id })}>
          {t("action.approve")}
        </button>
      )}
    </>
  );
}

export function Signatures({ row }: { row: Row }): JSX.Element {
  const signed = row.approvals ?? [];
  return (
    <>
      {Array.from({ length: keysNeeded }, (_, index) => (
        <span key={index} class={signed[index] ? "key turned" : "key"}>
          {signed[index] ? t("key.signed", { person: shown(signed[index] ?? "", 60) }) : t("key.missing")}
        </span>
      ))}
    </>
  );
}
