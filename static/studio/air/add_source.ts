/// <reference lib="dom" />
import type { NewSource } from "../../../routes/studio/schemas.ts";
import type { UploadedAnswer } from "../../../routes/studio/uploads.ts";
import type { ChoicesAnswer } from "../../../routes/studio/choices.ts";
import { make } from "../../shared/controls/make.ts";
import { createPanel } from "../../shared/controls/panel.ts";
import { showText } from "../../shared/controls/show.ts";
import type { Api } from "../api.ts";
import { createOptions } from "../options.ts";
import { studioWords } from "../words/words.ts";

type Kind = NewSource["kind"] | "publisher";
const KINDS: readonly Kind[] = ["camera", "screen", "file", "address", "publisher", "test"];

/** What is asked for, once it is there; null where something is missing, or the reason where it could not be sent. */
type Asked = NewSource | null | { readonly kind: "failed"; readonly reason: string };

/** The dialog that adds a source. `onAdded` asks for the list anew. Returns what opens it. */
export function createAddSource(
  o: { readonly dialog: HTMLDialogElement; readonly api: Api; readonly onAdded: () => Promise<void> },
): () => void {
  const panel = createPanel(o.dialog);
  /** Before the server has said how large a file may be, the door itself will. */
  let choices: ChoicesAnswer = { cameras: [], files: [], room: Infinity };
  let leaving = new AbortController();
  // What is on its way when the dialog closes is not wanted any more.
  o.dialog.addEventListener("close", () => leaving.abort());

  function fill(): void {
    const { adding, air } = studioWords();
    const form = make("form", { class: "adding" });
    const kinds = make("div", { class: "options", role: "group", "aria-label": adding.kind });
    const field = make("div", { class: "adding-field" });
    const problem = make("p", { class: "complaint", role: "alert", hidden: "" });
    const submit = make("button", { class: "pill", type: "submit" }, adding.add);
    let kind: Kind = "camera";
    let read: () => Promise<Asked> | Asked = () => null;

    function choose(next: Kind): void {
      kind = next;
      options.mark(kind);
      showText(problem, null);
      ({ read } = showField(field, kind, () => choices, { api: o.api, close: panel.close, signal: () => leaving.signal }));
      submit.hidden = kind === "publisher";
    }

    const options = createOptions(kinds, KINDS, choose);
    options.say((each) => air.kinds[each]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void send(read, submit, problem);
    });
    form.append(kinds, field, problem, submit);
    panel.fill(adding.heading, form);
    choose(kind);
  }

  async function send(read: () => Promise<Asked> | Asked, submit: HTMLButtonElement, problem: HTMLElement): Promise<void> {
    submit.disabled = true;
    showText(problem, null);
    const source = await read();
    const outcome = source === null || source.kind === "failed" ? null : await o.api.send("POST", "api/studio/sources", source);
    submit.disabled = false;
    if (outcome === null) return showText(problem, source?.kind === "failed" ? source.reason : null);
    const { adding, cannotReach, failed } = studioWords();
    if (outcome.kind === "answer") {
      panel.close();
      return await o.onAdded();
    }
    if (outcome.kind === "unreachable") return showText(problem, cannotReach);
    showText(problem, outcome.problem === "too_many_sources" ? adding.tooMany : failed(outcome.detail));
  }

  return () => {
    leaving = new AbortController();
    fill();
    panel.open();
    void o.api.get<ChoicesAnswer>("api/studio/choices").then((outcome) => {
      if (outcome.kind !== "answer" || !panel.isOpen) return;
      const isSame = JSON.stringify([choices.cameras, choices.files]) === JSON.stringify([outcome.value.cameras, outcome.value.files]);
      choices = outcome.value;
      // A file that was chosen meanwhile stays.
      const hasChosen = (o.dialog.querySelector<HTMLInputElement>("input[type=file]")?.files?.length ?? 0) > 0;
      if (isSame || hasChosen) return;
      const chosen = o.dialog.querySelector<HTMLButtonElement>(".option[aria-pressed=true]")?.textContent;
      fill();
      [...o.dialog.querySelectorAll<HTMLButtonElement>(".option")].find(({ textContent }) => textContent === chosen)?.click();
    });
  };
}

/** What a kind of source wants to know. `read` makes of it what is asked for. */
function showField(
  place: HTMLElement,
  kind: Kind,
  choices: () => ChoicesAnswer,
  { api, close, signal }: { readonly api: Api; readonly close: () => void; readonly signal: () => AbortSignal },
): { readonly read: () => Promise<Asked> | Asked } {
  const { adding } = studioWords();
  const { cameras, files } = choices();
  place.replaceChildren();
  switch (kind) {
    case "test":
    case "screen":
      return { read: () => ({ kind }) };
    case "camera": {
      const select = choice(place, adding.camera, [["", adding.anyCamera], ...cameras.map(({ id, name }) => [id, name || id] as const)]);
      return { read: () => select.value === "" ? { kind } : { kind, device: select.value } };
    }
    case "file": {
      const select = files.length === 0 ? null : choice(place, adding.file, files.map((name) => [name, name] as const));
      const input = make("input", { class: "field", type: "file", accept: "video/*,audio/*,image/*,.mkv,.ts,.flv" });
      const sent = make("progress", { class: "adding-sent", max: "1", "aria-label": adding.sent, hidden: "" });
      place.append(labelled(adding.send, input), sent);
      return {
        async read() {
          const [file] = input.files ?? [];
          if (file === undefined) return select && { kind, name: select.value };
          const { room } = choices();
          if (file.size > room) return { kind: "failed", reason: adding.noRoom(Math.ceil(file.size / 1e6), Math.floor(room / 1e6)) };
          sent.hidden = false;
          const outcome = await api.sendFile<UploadedAnswer>(`api/studio/media?name=${encodeURIComponent(file.name)}`, file, {
            onProgress: (share) => sent.value = share,
            signal: signal(),
          });
          sent.hidden = true;
          if (outcome.kind === "answer") return { kind, name: outcome.value.name };
          const { cannotReach, failed } = studioWords();
          return { kind: "failed", reason: outcome.kind === "unreachable" ? cannotReach : failed(outcome.detail) };
        },
      };
    }
    case "address": {
      const input = make("input", {
        class: "field",
        type: "text",
        inputmode: "url",
        autocomplete: "off",
        spellcheck: "false",
        required: "",
      });
      place.append(labelled(adding.address, input));
      return { read: () => ({ kind, url: input.value.trim() }) };
    }
    case "publisher": {
      const links = make("p", { class: "adding-links" });
      const keys = make("a", { class: "link", href: "#keys" }, adding.toKeys);
      keys.addEventListener("click", close);
      links.append(keys, make("a", { class: "link", href: "publish", target: "_blank" }, adding.fromBrowser));
      place.append(make("p", { class: "hint" }, adding.publisher), links);
      return { read: () => null };
    }
  }
}

function choice(place: HTMLElement, label: string, options: readonly (readonly [value: string, text: string])[]): HTMLSelectElement {
  const select = make("select", { class: "field" });
  for (const [value, text] of options) select.append(make("option", { value }, text));
  place.append(labelled(label, select));
  return select;
}

function labelled(text: string, control: HTMLElement): HTMLElement {
  const label = make("label", { class: "labelled" });
  label.append(make("span", { class: "setting-name" }, text), control);
  return label;
}
