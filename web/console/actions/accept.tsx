// Accepting findings: a new baseline in which they are as they should be. The daemon prepares it from the report that is shown, a person
// signs it with a key that baselines are trusted by, and the services are verified again.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { post } from "../api.ts";
import { t } from "../messages.ts";
import { Problem } from "../parts/basics.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { What } from "../parts/findings.tsx";
import { shown } from "../shown.ts";
import { hashOf, isAskedFor } from "../sign.ts";
import type { InspectionReport, Json } from "../types.ts";
import { ActionDialog } from "./form.tsx";
import { KeyPicker, SignedText, useSigner } from "./signing.tsx";

const kulla = "baseline/4";
const listedMost = 50;

interface OfferedAcceptance {
  text: { kulla: string; sha256: string };
  system: string;
  report: string;
  findings: number;
  left: number;
  signers: string[];
}
interface Props {
  report: InspectionReport;
  /// All that was found at these.
  paths: ReadonlySet<string>;
  onClose: () => void;
}

export function AcceptDialog(props: Props): JSX.Element {
  const { report, paths, onClose } = props;
  const [offer, setOffer] = useState<OfferedAcceptance | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [fits, setFits] = useState(true);
  useEffect(() => {
    const offered = async (): Promise<void> => {
      const hash = await hashOf(report as unknown as Json);
      const all = report.listed.every((each) => paths.has(each.path));
      const chosen = all ? { all } : { paths: [...paths] };
      const answer = await post<OfferedAcceptance>("/findings/offer", { system: report.system, report: hash, ...chosen });
      setFits(answer.system === report.system && answer.report === hash && isAskedFor(answer.text, { kulla }, ["kulla", "sha256"]));
      setOffer(answer);
    };
    offered().catch(setError);
  }, []);
  if (offer && fits) return <Signing {...props} offer={offer} />;
  return (
    <Dialog title={t("accept.title", { system: shown(report.system, 80) })} onClose={onClose}>
      {error ? <Problem error={error} /> : <p>{fits ? t("accept.preparing") : t("sign.other_text")}</p>}
    </Dialog>
  );
}

function Signing({ report, paths, offer, onClose }: Props & { offer: OfferedAcceptance }): JSX.Element {
  const [signer, setSigner] = useSigner();
  const [typed, setTyped] = useState("");
  const chosen = report.listed.filter((each) => paths.has(each.path));
  const strange = signer !== null && !offer.signers.includes(signer.publicKey);
  const submit = async (): Promise<unknown> =>
    signer
      ? post("/findings/accept", {
          system: offer.system,
          sha256: offer.text.sha256,
          signer: signer.publicKey,
          signature: await signer.sign(offer.text),
        })
      : undefined;
  return (
    <ActionDialog
      title={t("accept.title", { system: shown(report.system, 80) })}
      verb={t("accept.verb")}
      done={t("accept.done")}
      reason={false}
      wide
      grave
      ready={signer !== null && !strange && typed === report.system}
      onClose={onClose}
      act={submit}
    >
      <p>{t("accept.what")}</p>
      <p>
        <strong>{t("accept.count", { n: offer.findings })}</strong> {t("accept.left", { n: offer.left })}
      </p>
      <ol class="findings chosen" tabIndex={0} aria-label={t("accept.chosen")}>
        {chosen.slice(0, listedMost).map((each) => (
          <li key={`${each.path}/${each.kind}`}>
            <What finding={each} />
          </li>
        ))}
        {chosen.length > listedMost && <li>{t("more", { n: chosen.length - listedMost })}</li>}
      </ol>
      <SignedText text={offer.text} />
      <KeyPicker signer={signer} onSigner={setSigner} />
      {strange && (
        <p class="problem" role="alert">
          {t("accept.strange")}
        </p>
      )}
      {signer && !strange && (
        <label>
          {t("sign.type", { what: report.system })}
          <input value={typed} autocomplete="off" spellcheck={false} onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
      )}
      <p class="quiet">{t("accept.cli")}</p>
    </ActionDialog>
  );
}
