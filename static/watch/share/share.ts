/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";
import type { PageDeps } from "../page_deps.ts";
import { createPanel } from "../../shared/controls/panel.ts";
import { onLanguage, words } from "../../shared/words/words.ts";
import { shareAddresses } from "./addresses.ts";
import { copyText } from "../../shared/controls/copy_text.ts";

const ICON = "M12 3v12M7 8l5-5 5 5M5 13v7h14v-7";

/** The button, and a dialog with the page's address as text and QR code, the address for VLC and the code that embeds the picture elsewhere. */
export function mountShare(place: HTMLElement, { base }: Pick<PageDeps, "base">): void {
  const button = make("button", { class: "button", type: "button", "aria-haspopup": "dialog" });
  button.append(makeIcon());
  const qr = make("div", { class: "share-qr", role: "img" });
  const rows = make("div", { class: "share-rows" });
  const dialog = make("dialog", { class: "panel" });
  const panel = createPanel(dialog);
  place.append(button);
  document.body.append(dialog);
  const { page, vlc, embedCode } = shareAddresses(base);

  onLanguage(() => {
    const { share } = words();
    button.setAttribute("aria-label", share.share);
    button.title = share.share;
    qr.setAttribute("aria-label", share.qr);
    rows.replaceChildren(makeRow(share.page, page), makeRow(share.vlc, vlc), makeRow(share.embed, embedCode));
    panel.fill(share.share, qr, rows);
  });

  button.addEventListener("click", () => {
    panel.open();
    if (qr.childElementCount === 0) void drawQr(qr, page);
  });
}

function makeRow(what: string, text: string): HTMLElement {
  const { share, donate } = words();
  const field = make("input", { class: "field", readonly: "", "aria-label": what });
  field.value = text;
  field.addEventListener("focus", () => field.select());
  const copy = make("button", { class: "pill donate-quiet", type: "button", "aria-label": share.copy(what) }, donate.copy);
  copy.addEventListener("click", async () => {
    copy.textContent = await copyText(text) ? share.copied : donate.copyByHand;
  });
  const row = make("div", { class: "share-row" });
  row.append(make("span", { class: "share-what" }, what), field, copy);
  return row;
}

/** The library is loaded when somebody looks. */
async function drawQr(place: HTMLElement, address: string): Promise<void> {
  try {
    const { renderSVG } = await import("uqr");
    const drawn = new DOMParser().parseFromString(renderSVG(address, { border: 2 }), "image/svg+xml");
    place.replaceChildren(document.importNode(drawn.documentElement, true));
  } catch {
    // The server is away: the address stands beneath.
  }
}

function makeIcon(): SVGElement {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("class", "line");
  path.setAttribute("d", ICON);
  icon.append(path);
  return icon;
}
