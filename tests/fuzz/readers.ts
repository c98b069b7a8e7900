import assert from "node:assert/strict";
import fc from "fast-check";
import { parseMediaAddress } from "../../media/hls/addresses.ts";
import { parseDirectives } from "../../media/hls/directives.ts";
import { admitBrowser } from "../../media/ingest/browser/connection.ts";
import type { IngestItem } from "../../media/ingest/items.ts";
import { createWebmReader } from "../../media/ingest/webm.ts";
import { isInNetworks, parseAddress, parseNetworks } from "../../media/settings/networks.ts";
import { readSettings } from "../../media/settings/settings.ts";
import { readText } from "../../routes/chat/text.ts";
import { parseCmcd } from "../../routes/cmcd.ts";
import { readKofi } from "../../routes/donations/kofi.ts";
import { createForwarded, type Forwarded, readForwarded } from "../../routes/forwarded.ts";
import { parseRange } from "../../routes/range.ts";
import { BROWSER_MESSAGES, WEBM } from "./captures.ts";
import { mutated, mutatedBytes } from "./mutate.ts";

/** A reader of what strangers write: what is thrown at it, and what must hold of whatever it makes of that. */
export interface Reader {
  readonly name: string;
  /** Throws where it does not hold. */
  readonly property: fc.IRawProperty<unknown>;
}

const NETWORKS = parseNetworks("172.18.0.0/16,2001:db8:1::/48");
const FORWARDED = createForwarded({ trusted: NETWORKS, base: "/live/" });
const PEERS = ["127.0.0.1", "::1", "172.18.0.5", "::ffff:172.18.0.5", "203.0.113.9", "2001:db8:1::9", "2001:db8:2::9", ""];
const ADDRESSES = [
  "192.0.2.7",
  "192.0.2.7:4711",
  "2001:db8::7",
  "[2001:db8::7]:4711",
  "fe80::1%eth0",
  "::ffff:192.0.2.7",
  "172.18.0.5",
  "unknown",
  "_hidden",
];
const LISTS = [
  "192.0.2.7",
  "9.9.9.9, 192.0.2.7, 172.18.0.5",
  "2001:db8::7, 127.0.0.1",
  "https, http",
  "HTTPS",
  "tv.example, proxy.example:8080",
  "/live",
  "/a/b/, /c",
];
const STANDARD = [
  "for=192.0.2.7;proto=https;by=203.0.113.43",
  'For="[2001:db8:cafe::17]:4711"',
  'for=192.0.2.43, for=198.51.100.17;host="tv.example:8443";proto=http',
  'for="_gazonk";secret=x',
];
const CMCD = [
  'bl=1200,br=2500,bs,cid="x",d=200,mtp=48100,ot=av,sf=h,sid="6e2fb550-c457-11e9",st=l',
  'bl=(900 800),mtp=(1000),bs=?1,sid="a"',
  "bl=0,bsx,nor=bs.m4s",
  'cid="faec5fc2-ac30-11ea",mtp=25400,nor="..%2F300kbps%2Ftrack.m4v",sid="6e2fb550"',
];
const QUERIES = [
  "_HLS_msn=1784&_HLS_part=3",
  "_HLS_msn=1784",
  "_HLS_part=0&_HLS_msn=17",
  "_HLS_skip=YES&_HLS_msn=2",
  "_HLS_msn=1&_HLS_msn=2",
  "_HLS_part=1",
  "CMCD=bl%3D1&_HLS_msn=5",
  "_HLS_msn=9007199254740993",
];
const COMMANDS = [
  "8081 --source test --title Rehearsal",
  "--ladder 1280x720@2500k,854x480@1000k,426x240@400k --rate 25",
  "--segment 2s --part 400ms --uplink 20M",
  "--trusted-proxy 10.0.0.0/8,private --base /live/",
  "--source rtsp://u:p@192.168.1.9/stream1 --dvr 30m",
  "--chat-slow 5s --no-donate --host ::",
  "--config my.json --data /srv/x",
  "--motion-threshold 0.8% --max-viewers 100 --encoder libx264 --slate card.png",
  "--source camera:/dev/video0+hw:1 --source file:/a.mp4 --source lavfi:testsrc2",
  "--donate-link https://ko-fi.com/me --kofi-token d8546b84 --stripe-secret whsec_x --currency TWD",
  "--rtmp 0.0.0.0:1936 --source file:a.mp4|file:b.mp4 --chat-links --no-chat",
  '{"rate":25,"source":["screen","obs"],"no-chat":true,"title":"My show"}',
];
const MESSAGES = [
  "good evening",
  "héllo 👨‍👩‍👧‍👦 🇹🇼",
  "\u202eevil",
  "a\u0301\u0301\u0301",
  "  gaps\n\n and  lines ",
  "\u200b",
  "ᄀ".repeat(40),
  "https://tv.example/a?b=c",
];
const KOFI_TOKEN = "d8546b84-c698-4df5-9811-39d35813e2ed";
const KOFI = [
  JSON.stringify({
    verification_token: KOFI_TOKEN,
    message_id: "3a1fac0c-f960-4506-a60e-824979a74e74",
    timestamp: "2022-08-21T13:04:30Z",
    type: "Donation",
    is_public: true,
    from_name: "Ko-fi Team",
    message: "Good luck! TERCET-4K2Z9Q",
    amount: "3.00",
    url: "https://ko-fi.com/",
    currency: "USD",
  }),
];
const RANGES = ["bytes=0-99", "bytes=100-", "bytes=-5", "bytes=5-1", "bytes=0-0,-1", "bytes=-0", " bytes=1-2 ", "items=0-5"];
const PATHS = ["runa/hq/init.mp4", "mx27l76597do4c/mq/1784000000.m4s", "r_1-2/lq/1784000000.3.m4s", "runa/hq/007.m4s", "runa/hq/1.1.1.m4s"];

export const READERS: readonly Reader[] = [
  {
    name: "forwarded headers",
    property: fc.property(fc.constantFrom(...PEERS), mutated(LISTS), mutated(STANDARD), mutated(LISTS), fc.boolean(), checkForwarded),
  },
  {
    name: "the parameters of Forwarded",
    property: fc.property(
      mutated(STANDARD),
      (text) => void readForwarded(text, "for").forEach((each) => assert.equal(typeof each, "string")),
    ),
  },
  {
    name: "addresses and networks",
    property: fc.property(mutated(ADDRESSES), mutated(["10.0.0.0/8", "fd00::/8,private", "192.0.2.7 2001:db8::/32"]), checkNetworks),
  },
  { name: "CMCD", property: fc.property(mutated(CMCD), checkCmcd) },
  { name: "playlist directives", property: fc.property(mutated(QUERIES), checkDirectives) },
  { name: "options", property: fc.property(fc.array(mutated(COMMANDS), { minLength: 1, maxLength: 2 }), checkOptions) },
  { name: "what is said in the chat", property: fc.property(mutated(MESSAGES), fc.constantFrom(5, 30, 500), checkText) },
  { name: "Ko-fi's messages", property: fc.property(mutated(KOFI), checkKofi) },
  { name: "ranges", property: fc.property(mutated(RANGES), fc.nat(5000), checkRange) },
  { name: "media addresses", property: fc.property(mutated(PATHS), checkMediaAddress) },
  {
    name: "what a browser publishes",
    property: fc.property(fc.array(mutatedBytes(fc.constantFrom(...BROWSER_MESSAGES)), { minLength: 1, maxLength: 8 }), checkBrowser),
  },
  { name: "WebM", property: fc.property(mutatedBytes(fc.constant(WEBM)), fc.array(fc.nat(2000), { maxLength: 4 }), checkWebm) },
];

function checkForwarded(peer: string, list: string, standard: string, other: string, isBoth: boolean): void {
  const headers = {
    ...(isBoth ? { "x-forwarded-for": list } : {}),
    forwarded: standard,
    "x-forwarded-host": other,
    "x-forwarded-proto": other,
    "x-forwarded-prefix": other,
    host: "own.example",
  };
  const c = contextOf(peer, headers);
  const { address } = FORWARDED.origin(c);
  const isTrusted = peer !== "" && (peer === "127.0.0.1" || peer === "::1" || isInNetworks(peer, NETWORKS));
  if (!isTrusted) assert.equal(address, peer);
  else assert.ok(address === peer || parseAddress(address) !== null, address);
  const own = FORWARDED.ownAddress(c);
  assert.ok(own === "" || own === address);
  const { scheme, host, folder } = FORWARDED.front(c);
  assert.match(scheme, /^https?$/);
  if (host !== null) assert.match(host, /^[\w.:[\]-]{1,255}$/);
  assert.match(folder, /^\/(?:[^\s"'<>?#\\]*\/)?$/);
  assert.doesNotMatch(folder, /^\/\//);
  if (!isTrusted) assert.deepEqual([scheme, host, FORWARDED.hosts(c)], ["http", "own.example", ["own.example"]]);
}

/** What the reader asks of a request, without a whole one: the same for a million. */
function contextOf(peer: string, headers: Readonly<Record<string, string>>): Parameters<Forwarded["origin"]>[0] {
  const env = { remoteAddr: { transport: "tcp", hostname: peer, port: 1 } };
  return { env, req: { url: "http://own.example/live/", header: (name: string) => headers[name] } } as unknown as Parameters<
    Forwarded["origin"]
  >[0];
}

function checkNetworks(address: string, networks: string): void {
  const found = parseAddress(address);
  if (found !== null) {
    assert.equal(found.bits.length, found.family === 4 ? 32 : 128);
    assert.equal(parseAddress(found.text)?.bits, found.bits, found.text);
  }
  try {
    const parsed = parseNetworks(networks);
    assert.ok(parsed.length > 0);
    isInNetworks(address, parsed);
  } catch (problem) {
    assert.ok(problem instanceof SyntaxError, String(problem));
  }
}

function checkCmcd(text: string): void {
  const report = parseCmcd(text);
  if (report === null) return assert.ok(text.length > 2048);
  const { sessionId, bufferSeconds, throughputBitsPerSecond } = report;
  assert.ok(sessionId === null || (sessionId.length >= 1 && sessionId.length <= 64 && text.includes(sessionId)));
  for (const each of [bufferSeconds, throughputBitsPerSecond]) assert.ok(each === null || (each >= 0 && each < 1e13), String(each));
}

function checkDirectives(text: string): void {
  const query = new URLSearchParams(text);
  const parsed = parseDirectives(query);
  const [msns, parts] = [query.getAll("_HLS_msn"), query.getAll("_HLS_part")];
  const isFine =
    [msns, parts].every((values) =>
      values.length === 0 || (values.length === 1 && /^[0-9]{1,16}$/.test(values[0]!) && Number.isSafeInteger(Number(values[0])))
    ) &&
    !(msns.length === 0 && parts.length > 0);
  assert.equal(parsed.kind, isFine ? "directives" : "refuse");
  if (parsed.kind === "directives") {
    assert.deepEqual(parsed.directives, { msn: msns.length ? Number(msns[0]) : null, part: parts.length ? Number(parts[0]) : null });
  } else assert.ok(parsed.reason.length < 200);
}

function checkOptions(lines: readonly string[]): void {
  const readFile = (path: string) => {
    if (path.length % 2 === 0) throw Object.assign(new Error("no"), { name: "NotFound" });
    return lines.at(-1)!;
  };
  const args = lines[0]!.split(" ");
  // Without it two in three would be refused for a name that nobody knows.
  const env: Record<string, string> = lines.length > 1
    ? { [`TERCET_${lines[0]!.slice(2, 9).toUpperCase().replace(/\W/g, "_")}`]: lines[1]! }
    : {};
  const outcome = readSettings({ args, env, readFile, cwd: "/home/me" });
  if (outcome.kind === "problems") {
    assert.ok(outcome.problems.length > 0);
    // One line each, fit for a terminal.
    for (const problem of outcome.problems) assert.doesNotMatch(problem, /\p{Cc}/u);
  } else if (outcome.kind === "settings") {
    const { port, partSeconds, segmentSeconds, rate, base, dataDir } = outcome.settings;
    assert.ok(port >= 0 && port <= 65535 && partSeconds <= segmentSeconds);
    assert.ok(Math.abs(segmentSeconds * rate - Math.round(segmentSeconds * rate)) < 1e-6);
    assert.match(base, /^\/(?:[\w~-][\w.~-]*\/)*$/);
    assert.ok(dataDir.startsWith("/"));
  }
}

function checkText(typed: string, longest: number): void {
  const read = readText(typed, longest);
  if (read.kind !== "text") return;
  assert.ok(read.text.isWellFormed() && read.text === read.text.normalize("NFC") && read.text === read.text.trim());
  assert.doesNotMatch(read.text, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  assert.ok([...read.text].length <= longest * 4);
  assert.deepEqual(readText(read.text, longest), read, "what was taken once is taken as it is");
}

function checkKofi(json: string): void {
  const outcome = readKofi(String(new URLSearchParams({ data: json })), KOFI_TOKEN);
  if (outcome.kind === "refused") return assert.ok(!outcome.detail.includes(KOFI_TOKEN));
  assert.ok(json.includes(KOFI_TOKEN) || JSON.parse(json).verification_token === KOFI_TOKEN);
  if (outcome.kind === "payment") {
    assert.match(outcome.payment.amount, /^\d{1,15}(?:\.\d{1,9})?$/);
    assert.match(outcome.payment.currency, /^[A-Z]{3}$/);
  }
}

function checkRange(header: string, length: number): void {
  const range = parseRange(header, undefined, length);
  if (range.kind === "range") assert.ok(0 <= range.start && range.start < range.end && range.end <= length, JSON.stringify(range));
}

function checkMediaAddress(path: string): void {
  const [run = "", rendition = "", file = ""] = path.split("/");
  const found = parseMediaAddress(run, rendition, file);
  if (found.kind === "unknown") return;
  const spelled = found.kind === "init" ? "init.mp4" : found.kind === "segment" ? `${found.msn}.m4s` : `${found.msn}.${found.part}.m4s`;
  assert.equal(file, spelled, "there is one spelling for each");
}

/** Whatever comes, it is taken or the connection is closed with a reason, once; never both. */
function checkBrowser(messages: readonly Uint8Array[]): void {
  const closed: string[] = [];
  const taken: IngestItem[] = [];
  const desk: Parameters<typeof admitBrowser>[0] = {
    admit: () => ({
      kind: "admitted",
      line: { take: (item) => void taken.push(item), describe() {}, leave() {}, roomToRead: () => null },
    }),
  };
  const admission = admitBrowser(desk, {
    key: { id: "k", name: "k" },
    address: "192.0.2.7",
    now: () => 0,
    say() {},
    close: (why, reason) => closed.push(`${why} ${reason}`),
  });
  assert.ok(admission.kind === "admitted");
  for (const message of messages) {
    const [wasClosed, before] = [closed.length > 0, taken.length];
    admission.connection.take(message);
    if (wasClosed) assert.equal(taken.length, before, "it was closed, and took more");
  }
  assert.ok(closed.length <= 1 && closed.every((reason) => /^broken Cannot read /.test(reason) && reason.length < 200), closed.join());
  checkItems(taken);
}

function checkWebm(bytes: Uint8Array, cuts: readonly number[]): void {
  const whole = readPieces([bytes]);
  const places = [0, ...cuts.map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
  const cut = readPieces(pieces);
  assert.equal(cut.problem, whole.problem, "the same is refused");
  // What stood before a fault in the same piece is not handed out.
  if (whole.problem === null) assert.deepEqual(cut.items, whole.items);
  checkItems(cut.items);
  checkItems(whole.items);
}

function readPieces(pieces: readonly Uint8Array[]): { items: IngestItem[]; problem: string | null } {
  const reader = createWebmReader();
  const items: IngestItem[] = [];
  try {
    for (const piece of pieces) items.push(...reader.give(piece));
    return { items, problem: null };
  } catch (problem) {
    assert.ok(problem instanceof SyntaxError || problem instanceof RangeError, String(problem));
    return { items, problem: problem.message };
  }
}

function checkItems(items: readonly IngestItem[]): void {
  for (const item of items) {
    if (item.kind === "picture" || item.kind === "sound") assert.ok(Number.isSafeInteger(item.timeMs) && item.data.length > 0);
    if (item.kind === "picture") assert.ok(Number.isSafeInteger(item.compositionMs));
    if (item.kind === "left_out") assert.ok(item.pictures > 0 && item.pictures < 2 ** 32);
    if (item.kind === "sound_header") assert.ok(item.sampleRate > 0 && item.channels > 0);
  }
}
