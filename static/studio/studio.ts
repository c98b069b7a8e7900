/// <reference lib="dom" />
import type { StreamAnswer, ViewerAnswer } from "../../routes/schemas.ts";
import type { LevelsAnswer, SceneAnswer, SourceAnswer } from "../../routes/studio/schemas.ts";
import { createAsk } from "../shared/ask.ts";
import { make } from "../shared/controls/make.ts";
import { showText } from "../shared/controls/show.ts";
import { every } from "../shared/every.ts";
import { createTheme } from "../shared/controls/theme.ts";
import { openStorage } from "../shared/storage.ts";
import { beginLanguage, onLanguage } from "../shared/words/words.ts";
import { createAddSource } from "./air/add_source.ts";
import { createFilters } from "./air/filters.ts";
import { followLevels } from "./air/levels.ts";
import { createLogo } from "./air/logo.ts";
import { createMeter } from "./air/meter.ts";
import { createProgramme } from "./air/programme.ts";
import { createSourceList } from "./air/sources.ts";
import { createTextLine } from "./air/text_line.ts";
import { createApi } from "./api.ts";
import { createChat } from "./chat/chat.ts";
import { createSignIn } from "./door/sign_in.ts";
import { createHealth } from "./health/health.ts";
import { createKeys } from "./keys/keys.ts";
import { createSettings } from "./settings.ts";
import { createShowPart } from "./show/show.ts";
import { findElements } from "./view.ts";
import { studioWords } from "./words/words.ts";

// The streamer's page: signs in, then looks at the show every second and shows one of its parts.

const ASK_PATIENCE_MS = 8000;
const LOOK_EVERY_MS = 1000;
type View = "air" | "health" | "chat" | "keys";
const hasChat = !(document.documentElement.dataset["without"] ?? "").split(" ").includes("chat");
/** A dock of OBS shows one part and nothing around it. */
const isDock = hasChat && new URLSearchParams(location.search).get("dock") === "chat";
const VIEWS: readonly View[] = isDock ? ["chat"] : hasChat ? ["air", "health", "chat", "keys"] : ["air", "health", "keys"];

const storage = openStorage(() => globalThis.localStorage);
beginLanguage({ storage, languages: navigator.languages, root: document.documentElement });
const theme = createTheme(document.documentElement, storage);
const elements = findElements();
const api = createApi(
  createAsk({ fetch: (address, init) => fetch(address, init), base: document.baseURI, patienceMs: ASK_PATIENCE_MS }),
  leave,
);
let isSignedIn = false;
let isLooking = false;
let stream: StreamAnswer | null = null;
/** What the last press came to; stays until the next one. */
let complaint: string | null = null;
let isUnreachable = false;
/** Of this studio as a viewer. */
let ownPublicId: string | null = null;
let speakerId: string | null = null;

const signIn = createSignIn({ elements: elements.door, api, onSignedIn: enter });
const programme = createProgramme(elements.programme);
const sourceList = createSourceList({
  list: elements.sourceList,
  manner: elements.manner,
  api,
  say: complain,
  onChange: look,
  isOffAir: () => stream?.state === "waiting" || stream?.state === "ended",
});
const showPart = createShowPart({ elements: elements.show, api, say: complain, onChange: look });
const filters = createFilters({ group: elements.filters, label: elements.filterLabel, api, say: complain });
const textLine = createTextLine({ elements: elements.textLine, api, say: complain });
const logo = createLogo({ elements: elements.logo, api, say: complain });
const mixMeter = createMeter();
const openAdding = createAddSource({ dialog: elements.adding, api, onAdded: look });
const health = createHealth({ elements: elements.health, api, say: complain, ownId: () => ownPublicId });
const chat = createChat({ elements: elements.chat, api, say: complain, viewerId: findSpeaker, storage });
const keys = createKeys({ elements: elements.keys, api, say: complain });
const openSettings = createSettings({ dialog: elements.settings, api, theme, onSignedOut: leave, say: complain });

/** What is asked only while its part is seen. Health is asked always: what is wrong stands on top of every part. */
const SHOWN_BY: Readonly<Record<View, readonly { look(): Promise<void> }[]>> = {
  air: [showPart, filters, textLine, logo],
  health: [],
  chat: [chat],
  keys: [keys],
};

elements.mix.append(mixMeter.element);
followLevels({
  ask: () => api.get<LevelsAnswer>("api/studio/levels"),
  isLookedAt: () => isSignedIn && !document.hidden && viewOfAddress() === "air",
  show(levels) {
    mixMeter.show(levels?.mix.peak ?? 0);
    sourceList.showLevels(levels);
  },
  every,
});
elements.add.addEventListener("click", openAdding);
elements.more.addEventListener("click", openSettings);
addEventListener("hashchange", showView);
document.addEventListener("visibilitychange", () => document.hidden || void look());
onLanguage(say);
setInterval(() => document.hidden || void look(), LOOK_EVERY_MS);
void signIn.begin();
// Last: what a browser lacks has thrown by now.
for (const each of document.querySelectorAll(".cannot-run")) each.remove();

function enter(): void {
  isSignedIn = true;
  elements.door.view.hidden = true;
  elements.studio.hidden = false;
  document.body.dataset["dock"] = String(isDock);
  if (!isDock) programme.start();
  showView();
  void look();
}

function leave(): void {
  isSignedIn = false;
  // One that stays open is hidden with the studio, and keeps every press from the door all the same.
  for (const dialog of [elements.adding, elements.settings]) if (dialog.open) dialog.close();
  elements.programme.video.muted = true;
  elements.studio.hidden = true;
  signIn.show();
}

/** Asks how all is, one question at a time. */
async function look(): Promise<void> {
  if (!isSignedIn || isLooking) return;
  isLooking = true;
  try {
    await (isDock ? chat.look() : lookAtAll());
  } finally {
    isLooking = false;
  }
}

async function lookAtAll(): Promise<void> {
  const askedAtMs = performance.now();
  const [sources, scene, show] = await Promise.all([
    api.get<{ sources: SourceAnswer[] }>("api/studio/sources"),
    api.get<SceneAnswer>("api/studio/scene"),
    api.get<StreamAnswer>("api/stream"),
  ]);
  if (!isSignedIn) return;
  isUnreachable = [sources, scene, show].some(({ kind }) => kind === "unreachable");
  if (show.kind === "answer") {
    stream = show.value;
    programme.follow(stream.state === "waiting" || stream.state === "ended");
  }
  if (sources.kind === "answer" && scene.kind === "answer") {
    sourceList.show(sources.value.sources, scene.value, askedAtMs);
  }
  sayState();
  const shown = viewOfAddress();
  await Promise.all([health.look(shown === "health"), ...SHOWN_BY[shown].map((part) => part.look())]);
  if (ownPublicId === null && programme.viewerId !== null) await findOwnPublicId(programme.viewerId);
}

async function findOwnPublicId(viewerId: string): Promise<void> {
  const viewer = await api.get<ViewerAnswer>(`api/viewers/${viewerId}`);
  if (viewer.kind === "answer") ownPublicId = viewer.value.publicId;
}

/** Who speaks in the chat is a viewer; a dock that shows no picture becomes one when it first speaks. */
async function findSpeaker(): Promise<string | null> {
  const known = programme.viewerId ?? speakerId;
  if (known !== null) return known;
  const made = await api.send<ViewerAnswer>("POST", "api/viewers", {});
  return speakerId = made.kind === "answer" ? made.value.id : null;
}

function complain(sentence: string | null): void {
  complaint = sentence;
  sayState();
}

function viewOfAddress(): View {
  return VIEWS.find((view) => location.hash === `#${view}`) ?? VIEWS[0]!;
}

function showView(): void {
  const shown = viewOfAddress();
  for (const [view, element] of Object.entries(elements.views)) element.hidden = view !== shown;
  for (const link of elements.nav.querySelectorAll("a")) {
    if (link.hash === `#${shown}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  void look();
}

/** What changes with the language alone. */
function say(): void {
  const { views, viewsName, air, more } = studioWords();
  elements.nav.setAttribute("aria-label", viewsName);
  elements.nav.hidden = VIEWS.length < 2;
  elements.nav.replaceChildren(...VIEWS.map((view) => make("a", { href: `#${view}` }, views[view])));
  elements.more.setAttribute("aria-label", elements.more.title = more);
  elements.sourcesHeading.textContent = air.sources;
  elements.add.textContent = air.add;
  elements.mixLabel.textContent = air.mix;
  showView();
  sayState();
  for (const part of [sourceList, showPart, filters, textLine, logo, health, chat, keys]) part.say();
}

function sayState(): void {
  const { title, state, watching, uplink, cannotReach } = studioWords();
  showText(elements.complaint, isUnreachable ? cannotReach : complaint);
  if (stream === null) return;
  document.title = elements.heading.textContent = title(stream.title);
  elements.state.textContent = state[stream.state];
  elements.state.dataset["state"] = stream.state;
  elements.watching.textContent = watching(stream.viewers.total);
  const megabits = (bits: number) => (bits / 1e6).toFixed(1);
  showText(elements.uplink, stream.budget && uplink(megabits(stream.budget.spent), megabits(stream.budget.spendable)));
}
