// The frame of every page: what is always in sight, the way to the pages, the palette, the dialogs.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Actions } from "./actions/actions.tsx";
import { language, t } from "./messages.ts";
import { ApproversPage } from "./pages/approvers.tsx";
import { BackupsPage } from "./pages/backups.tsx";
import { FactPage } from "./pages/fact.tsx";
import { NowPage } from "./pages/now.tsx";
import { RevealPage } from "./pages/reveal.tsx";
import { ServicePage } from "./pages/service.tsx";
import { SignIn } from "./pages/sign_in.tsx";
import { StatementPage } from "./pages/statement.tsx";
import { Dialog } from "./parts/dialog.tsx";
import { Header } from "./parts/header.tsx";
import { Notices } from "./parts/notices.tsx";
import { Palette } from "./parts/palette.tsx";
import { type Page, useRoute } from "./route.ts";
import { shown } from "./shown.ts";
import { useStore } from "./store.ts";
import { TimelinePage } from "./timeline/page.tsx";

const pageOf: Record<Page, (props: { what: string }) => JSX.Element | null> = {
  now: NowPage,
  timeline: TimelinePage,
  service: ServicePage,
  statement: StatementPage,
  backups: BackupsPage,
  approvers: ApproversPage,
  reveal: RevealPage,
  fact: FactPage,
};

export function App(): JSX.Element {
  const signedIn = useStore((each) => each.signedIn);
  const lang = useStore((each) => each.language);
  useEffect(() => {
    document.documentElement.lang = language();
  }, [lang]);
  if (signedIn === "unknown") return <main aria-busy="true" class="waiting-page" aria-label={t("loading")} />;
  if (signedIn === "unreachable") {
    return (
      <main class="sign-in-page">
        <h1>kulla</h1>
        <p role="status">{t("error.no_answer")}</p>
      </main>
    );
  }
  if (signedIn === "no") return <SignInPage key={lang} />;
  return <Signed key={lang} expired={signedIn === "expired"} />;
}

function SignInPage(): JSX.Element {
  return (
    <main class="sign-in-page">
      <h1>kulla</h1>
      <SignIn />
    </main>
  );
}

function Signed({ expired }: { expired: boolean }): JSX.Element {
  const { page, what } = useRoute();
  const [searching, setSearching] = useState(false);
  const link = useStore((each) => each.link);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setSearching((before) => !before);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  useEffect(() => {
    document.title = `${t(`page.${page}`)}${what && page !== "timeline" ? ` · ${shown(what, 80)}` : ""} – kulla`;
  }, [page, what]);
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) {
      scrollTo(0, 0);
      document.getElementById("main")?.focus({ preventScroll: true });
    }
    isFirst.current = false;
  }, [page, what]);
  const Shown = pageOf[page];
  return (
    <div class={link === "stale" || link === "lost" ? "console stale" : "console"}>
      <a class="skip" href="#main" onClick={skip}>
        {t("skip")}
      </a>
      <Header page={page} onSearch={() => setSearching(true)} />
      <main id="main" tabIndex={-1}>
        <Shown key={`${page}/${what}`} what={what} />
      </main>
      <Notices />
      <Actions />
      {searching && <Palette onClose={() => setSearching(false)} />}
      {expired && (
        <Dialog title={t("expired.title")} firm onClose={() => undefined}>
          <p>{t("expired.text")}</p>
          <SignIn again />
        </Dialog>
      )}
    </div>
  );
}

function skip(event: Event): void {
  event.preventDefault(); // the address behind the # names the page
  document.getElementById("main")?.focus();
}
