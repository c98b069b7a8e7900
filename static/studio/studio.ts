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
import { createDonations } from "./donations/donations.ts";
import { createSignIn } from "./door/sign_in.ts";
import { createEdges } from "./health/edges.ts";
import { createHealth } from "./health/health.ts";
import { createKeys } from "./keys/keys.ts";
import { createModerators } from "./moderators/moderators.ts";
import { createOverlays, type OverlayName } from "./overlays/overlays.ts";
import { createSettings } from "./settings.ts";
import { createShowPart } from "./show/show.ts";
import { findElements } from "./view.ts";
import { studioWords } from "./words/words.ts";

// The streamer's page: signs in, then looks at the show every second and shows one of its parts.

const ASK_PATIENCE_MS = 8000;
const LOOK_EVERY_MS = 1000;
const PREVIEWS_EVERY_MS = 500;
type View = "air" | "health" | "chat" | "donations" | "keys";
const without = (document.documentElement.dataset["without"] ?? "").split(" ");
const hasChat = !without.includes("chat");
/** A dock of OBS shows one part and nothing around it. */
const isDock = hasChat && new URLSearchParams(location.search).get("dock") === "chat";
const STREAMERS: readonly View[] = isDock
  ? ["chat"]
  : ["air", "health", ...(hasChat ? ["chat" as const] : []), ...(without.includes("donate") ? [] : ["donations" as const]), "keys"];

const MODERATORS: readonly View[] = isDock ? ["chat"] : [...(hasChat ? ["chat" as const] : []), "health"];
let views = STREAMERS;
/** A moderator has the chat and the viewers. */
let isModerator = false;

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
const edges = createEdges({ elements: elements.edges, api });
const health = createHealth({ elements: elements.health, api, say: complain, ownId: () => ownPublicId });
const chat = createChat({ elements: elements.chat, api, say: complain, viewerId: findSpeaker, storage });
const donations = createDonations({ elements: elements.donations, api, say: complain });
const keys = createKeys({ elements: elements.keys, api, say: complain });
const moderators = createModerators({ elements: elements.moderators, api, say: complain });
const overlayNames = (["chat", "donations"] satisfies OverlayName[]).filter((name) => STREAMERS.includes(name));
const overlays = createOverlays({ elements: elements.overlays, api, say: complain, names: overlayNames });
const openSettings = createSettings({
  dialog: elements.settings,
  api,
  theme,
  onSignedOut: leave,
  isModerator: () => isModerator,
  say: complain,
});

/** What is asked only while its part is seen. Health is asked always: what is wrong stands on top of every part. */
const SHOWN_BY: Readonly<Record<View, readonly { look(): Promise<void> }[]>> = {
  air: [showPart, filters, textLine, logo],
  health: without.includes("edges") ? [] : [edges],
  chat: [chat],
  donations: [donations],
  keys: [keys, moderators],
};

elements.edges.part.hidden = without.includes("edges");
elements.overlays.part.hidden = overlayNames.length === 0;
elements.mix.append(mixMeter.element);
const isAirLookedAt = () => isSignedIn && !document.hidden && viewOfAddress() === "air";
every(() => isAirLookedAt() && sourceList.lookAtPreviews(), PREVIEWS_EVERY_MS);
followLevels({
  ask: () => api.get<LevelsAnswer>("api/studio/levels"),
  isLookedAt: isAirLookedAt,
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

function enter(moderator: string | null): void {
  isSignedIn = true;
  isModerator = moderator !== null;
  views = isModerator ? MODERATORS : STREAMERS;
  document.body.dataset["who"] = isModerator ? "moderator" : "streamer";
  chat.speakAs(moderator);
  elements.door.view.hidden = true;
  elements.studio.hidden = false;
  document.body.dataset["dock"] = String(isDock);
  if (!isDock && !isModerator) programme.start();
  say();
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
    await (isDock ? chat.look() : isModerator ? lookAsModerator() : lookAtAll());
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
  if (hasChat && shown !== "chat") await chat.lookForHeld();
  await Promise.all([health.look(shown === "health"), ...SHOWN_BY[shown].map((part) => part.look())]);
  markHeld();
  if (ownPublicId === null && programme.viewerId !== null) await findOwnPublicId(programme.viewerId);
}

async function lookAsModerator(): Promise<void> {
  const show = await api.get<StreamAnswer>("api/stream");
  isUnreachable = show.kind === "unreachable";
  if (show.kind === "answer") stream = show.value;
  sayState();
  await (viewOfAddress() === "chat" ? chat.look() : Promise.all([health.lookAtViewers(), ...(hasChat ? [chat.lookForHeld()] : [])]));
  markHeld();
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

/** Lines that wait are seen from every part. */
function markHeld(): void {
  const link = elements.nav.querySelector<HTMLElement>('a[href="#chat"]');
  if (link === null) return;
  const { views: names, chat: said } = studioWords();
  const { heldCount } = chat;
  if (heldCount === 0) {
    delete link.dataset["waiting"];
    link.removeAttribute("aria-label");
  } else {
    link.dataset["waiting"] = String(heldCount);
    link.setAttribute("aria-label", `${names.chat}: ${said.held(heldCount)}`);
  }
}

function complain(sentence: string | null): void {
  complaint = sentence;
  sayState();
}

function viewOfAddress(): View {
  return views.find((view) => location.hash === `#${view}`) ?? views[0]!;
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
  const { views: names, viewsName, viewers, air, more } = studioWords();
  elements.nav.setAttribute("aria-label", viewsName);
  elements.nav.hidden = views.length < 2;
  const nameOf = (view: View) => isModerator && view === "health" ? viewers : names[view];
  elements.nav.replaceChildren(...views.map((view) => make("a", { href: `#${view}` }, nameOf(view))));
  elements.more.setAttribute("aria-label", elements.more.title = more);
  elements.sourcesHeading.textContent = air.sources;
  elements.add.textContent = air.add;
  elements.mixLabel.textContent = air.mix;
  markHeld();
  showView();
  sayState();
  for (const part of [sourceList, showPart, filters, textLine, logo, health, edges, chat, donations, keys, moderators, overlays]) {
    part.say();
  }
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
