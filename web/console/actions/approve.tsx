// Approving: what the reopening rests on, what is signed, the person's own key. The session alone opens nothing.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { place, post } from "../api.ts";
import { t, tOf } from "../messages.ts";
import { useAsked } from "../parts/ask.ts";
import { Problem, Time } from "../parts/basics.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Proofs, Reports } from "../parts/evidence.tsx";
import { shown } from "../shown.ts";
import { useNow, useStore } from "../store.ts";
import { basisOf, isAskedFor } from "../sign.ts";
import type { Json, Offer, SignedApproval } from "../types.ts";
import { nameOf } from "../words.ts";
import { ActionDialog } from "./form.tsx";
import { Elsewhere, KeyPicker, SignedText, useSigner } from "./signing.tsx";

const kulla = "approval/1";
const members = ["kulla", "purpose", "service", "closure", "basis", "expires"];

export function ApproveDialog({ service, onClose }: { service: string; onClose: () => void }): JSX.Element {
  const offer = useAsked<Offer>(`${place("services", service)}/offer`);
  const fits = useFits(offer.data);
  const row = useNow()?.services.get(service);
  const title = t("approve.title", { service: nameOf(row, service) });
  if (offer.data && fits && isAskedFor({ kulla, ...offer.data.approval }, { kulla, service }, members))
    return <Signing title={title} offer={offer.data} onClose={onClose} />;
  return (
    <Dialog title={title} onClose={onClose}>
      {offer.error ? (
        <Problem error={offer.error} again={offer.again} />
      ) : (
        <p>{offer.data && fits !== null ? t("sign.other_text") : t("loading")}</p>
      )}
    </Dialog>
  );
}

/// What is shown must be what is signed: false where the offer's basis is not over the reports and proofs in it; null until it is known.
function useFits(offer: Offer | null | undefined): boolean | null {
  const [fits, setFits] = useState<boolean | null>(null);
  useEffect(() => {
    setFits(null);
    if (!offer) return;
    basisOf(offer).then(
      (basis) => setFits(basis === offer.approval.basis),
      () => setFits(false),
    );
  }, [offer]);
  return fits;
}

function Signing({ title, offer, onClose }: { title: string; offer: Offer; onClose: () => void }): JSX.Element {
  const person = useStore((each) => each.session?.person) ?? "";
  const signedBefore = useNow()?.services.get(offer.approval.service)?.approvals ?? [];
  const [signer, setSigner] = useSigner();
  const [brought, setBrought] = useState<SignedApproval | null>(null);
  const [typed, setTyped] = useState("");
  const text = { kulla, ...offer.approval, person, key: signer?.publicKey ?? "" };
  const file = `${offer.approval.service}.offer`;
  const submit = async (): Promise<unknown> => {
    if (brought) return post("/approvals", { approval: { ...brought } });
    if (!signer) return undefined;
    const { kulla: _, ...approval } = text;
    return post("/approvals", { approval: { ...approval, signature: await signer.sign(text) } });
  };
  return (
    <ActionDialog
      title={title}
      verb={brought ? t("approve.hand_in") : t("approve.verb")}
      done={t("approve.done")}
      reason={false}
      wide
      ready={brought !== null || (signer !== null && typed === offer.approval.service)}
      onClose={onClose}
      act={submit}
    >
      <p>
        {tOf("approve.what", offer.approval.purpose)}{" "}
        {signedBefore.length === 0 ? t("approve.first") : t("approve.second", { who: signedBefore.join(", ") })}
      </p>
      <p>
        {t("approve.closed")} <Time at={offer.closed.at} />: <bdi>{shown(offer.closed.why, 300)}</bdi>
      </p>
      <Reports reports={offer.reports} />
      <Proofs proofs={offer.proofs} />
      {brought ? (
        <SignedText text={{ ...brought }} />
      ) : (
        <>
          <SignedText text={text} />
          <KeyPicker signer={signer} onSigner={setSigner} />
          {signer && (
            <label>
              {t("sign.type", { what: offer.approval.service })}
              <input value={typed} autocomplete="off" spellcheck={false} onInput={(event) => setTyped(event.currentTarget.value)} />
            </label>
          )}
        </>
      )}
      <Elsewhere
        offer={offer as unknown as Json}
        file={file}
        sign={`kulla approve ${offer.approval.service} --sign ${file} --person ${person} --key ${person}.key`}
        onSigned={(document) => {
          const signed = document["signed"];
          if (!signed || typeof signed !== "object" || Array.isArray(signed) || typeof signed["signature"] !== "string")
            throw new TypeError();
          const { service, closure, basis } = offer.approval;
          if (signed["service"] !== service || signed["closure"] !== closure || signed["basis"] !== basis) throw new TypeError();
          setBrought(signed as unknown as SignedApproval);
        }}
      />
    </ActionDialog>
  );
}
