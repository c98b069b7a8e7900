/// <reference lib="dom" />
import type { SessionAnswer } from "../../../routes/studio/session_schemas.ts";
import { showText } from "../../shared/controls/show.ts";
import { onLanguage } from "../../shared/words/words.ts";
import type { Api, Outcome } from "../api.ts";
import { studioWords } from "../words/words.ts";

/** What stands before the studio: a link's code, a moderator's invite, or the streamer's key. */
export interface SignIn {
  /** Takes code or invite out of the page's address, if there is one, or finds out whether this browser is signed in. */
  begin(): Promise<void>;
  /** This browser is signed in no more. */
  show(): void;
}

export interface SignInElements {
  readonly view: HTMLElement;
  readonly form: HTMLFormElement;
  readonly heading: HTMLElement;
  readonly hint: HTMLElement;
  readonly label: HTMLElement;
  readonly key: HTMLInputElement;
  readonly button: HTMLButtonElement;
  readonly problem: HTMLElement;
}

const SESSION = "api/studio/session";
const TRY_AGAIN_MS = 1000;

export function createSignIn(
  o: { readonly elements: SignInElements; readonly api: Api; readonly onSignedIn: (moderator: string | null) => void },
): SignIn {
  const { elements, api } = o;
  /** The server's name for it; null for none. */
  let problem: string | null = null;

  async function begin(proof = takeProof()): Promise<void> {
    const entered = proof === null ? null : await api.send<SessionAnswer>("POST", SESSION, proof);
    if (entered !== null && admit(entered)) return;
    if (entered?.kind === "unreachable") {
      show();
      // It stands nowhere else any more: a server that is only starting must hear it yet.
      return void setTimeout(() => void begin(proof), TRY_AGAIN_MS);
    }
    const session = await api.get<SessionAnswer>(SESSION);
    if (session.kind === "unreachable") return void setTimeout(() => void begin(), TRY_AGAIN_MS);
    // Who was signed in before need not care for a link that was used.
    if (session.kind === "answer" && session.value.signedIn) o.onSignedIn(session.value.moderator ?? null);
    else show();
  }

  function admit(outcome: Outcome<SessionAnswer>): boolean {
    problem = outcome.kind === "problem" ? outcome.problem : outcome.kind === "unreachable" ? outcome.kind : null;
    if (outcome.kind !== "answer") return false;
    elements.view.hidden = true;
    o.onSignedIn(outcome.value.moderator ?? null);
    return true;
  }

  function show(): void {
    const wasHidden = elements.view.hidden;
    elements.view.hidden = false;
    say();
    if (wasHidden) elements.key.focus();
  }

  function say(): void {
    const { door, cannotReach } = studioWords();
    elements.heading.textContent = door.heading;
    elements.hint.textContent = door.hint;
    elements.label.textContent = door.key;
    elements.button.textContent = door.enter;
    showText(elements.problem, problem === null ? null : problem === "unreachable" ? cannotReach : door.problems[problem] ?? door.other);
  }

  async function sendKey(): Promise<void> {
    const key = elements.key.value.trim();
    elements.key.value = "";
    elements.button.disabled = true;
    if (!admit(await api.send<SessionAnswer>("POST", SESSION, { key }))) show();
    elements.button.disabled = false;
  }

  elements.form.addEventListener("submit", (event) => {
    event.preventDefault();
    void sendKey();
  });
  // A link that is opened where the studio is open already changes nothing but the fragment.
  addEventListener("hashchange", () => /^#(?:code|invite)=/.test(location.hash) && void begin());
  onLanguage(say);
  return { begin, show };
}

/** It does not stay in the address, nor in the browser's history. */
function takeProof(): { readonly code: string } | { readonly invite: string } | null {
  const [, kind, text = ""] = /^#(code|invite)=([\w-]+)/.exec(location.hash) ?? [];
  if (kind === undefined) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return kind === "code" ? { code: text } : { invite: text };
}
