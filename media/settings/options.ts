import { z } from "zod";
import { parseNetworks } from "./networks.ts";
import { parseSources } from "./source.ts";
import { parseRtmp, parseSrt } from "./publishing.ts";
import { parseMediaHome, parseRelay } from "./relay.ts";
import { parseRoomKey } from "./room.ts";
import { parseCurrency, parseLink, parseSecret } from "./donations.ts";
import { DEFAULT_LADDER_TEXT, parseBits, parseDuration, parseFlag, parseLadder, parseShare, parseSpan, parseWhole } from "./values.ts";

const LEAST_UPLINK_BITS_PER_SECOND = 100_000;

/** Every setting: how its text is read, what stands there when nobody says anything, and its line in `--help`. */
export const OPTIONS = {
  source: {
    schema: text(parseSources),
    fallback: null,
    value: "SOURCE",
    about: [
      "may be given several times: the first is on air",
      "camera          a camera and its microphone (default where there is one)",
      "camera:?        lists the cameras and microphones",
      "camera:V+A      this camera, this microphone",
      "screen          what is on the screen",
      "screen+camera   the screen, and the camera small in a corner",
      "obs             what OBS or a telephone publishes by RTMP",
      "srt             what an encoder publishes by SRT (--srt)",
      "browser         what the page /publish sends: a camera, a screen or a window",
      "test            a moving picture with a clock and a tone",
      "file:PATH       a video file, again and again; file:A|file:B one after the other",
      "lavfi:GRAPH     an ffmpeg test source",
      "rtsp://… rtmp://… srt://… http://…   an address that ffmpeg reads",
    ],
  },
  "off-air": {
    schema: text(parseFlag),
    fallback: "no",
    value: null,
    about: ["comes up off the air: the studio starts the show; one that was on", "when the server ended goes on"],
  },
  uplink: { schema: text(parseUplink), fallback: "100M", value: "BITS", about: ["bits per second the box may send"] },
  segment: { schema: text(durationFrom(0.5, 10)), fallback: "1s", value: "TIME", about: ["length of a segment, 0.5s to 10s"] },
  part: {
    schema: text(durationFrom(0.05, 1)),
    fallback: "200ms",
    value: "TIME",
    about: ["length of a part, 50ms to 1s: shorter is more live, and more requests"],
  },
  rate: {
    schema: text((it) => parseWhole(it, "a frame rate", 5, 120)),
    fallback: "30",
    value: "N",
    about: ["pictures a second, 5 to 120"],
  },
  encoder: {
    schema: z.enum(
      ["auto", "libx264", "nvenc", "vaapi", "qsv", "videotoolbox"],
      "not an encoder; use auto, libx264, nvenc, vaapi, qsv or videotoolbox",
    ),
    fallback: "auto",
    value: "NAME",
    about: ["of HQ: auto, libx264, or a graphics card's nvenc, vaapi, qsv,", "videotoolbox (none of them tried on real hardware yet)"],
  },
  ladder: {
    schema: text(parseLadder),
    fallback: DEFAULT_LADDER_TEXT,
    value: "LADDER",
    about: ["HQ, MQ and LQ as WIDTHxHEIGHT@BITS, best first, or", "even: one size, only the bit rate differs"],
  },
  "max-viewers": {
    schema: text((it) => parseWhole(it, "a number of viewers", 1, 1_000_000)),
    fallback: null,
    value: "N",
    about: ["no more than so many at a time; unlimited unless said"],
  },
  "motion-threshold": {
    schema: text(parseShare),
    fallback: "0.8%",
    value: "SHARE",
    about: ["how much of the picture must change to count as motion"],
  },
  rtmp: {
    schema: text(parseRtmp),
    fallback: "1935",
    value: "PORT",
    about: ["where OBS and telephones of private networks publish", "0.0.0.0:1935 for those of any network, off for none"],
  },
  srt: {
    schema: text(parseSrt),
    fallback: null,
    value: "PORT",
    about: ["where encoders publish by SRT, over UDP; only when asked for"],
  },
  "show-keys": { schema: text(parseFlag), fallback: "no", value: null, about: ["prints the keys of publishers that were never shown"] },
  slate: { schema: path(), fallback: null, value: "PICTURE", about: ["shown while the source is away"] },
  dvr: {
    schema: text((it) => parseSpan(it, 120, 2 * 3600)),
    fallback: null,
    value: "TIME",
    about: ["how far back viewers can go, 2m to 2h, kept on disk; 1 minute unless said"],
  },
  data: { schema: path(), fallback: "data", value: "DIR", about: ["folder for what is kept"] },
  host: {
    schema: z.string().regex(/^[A-Za-z0-9.:_%-]{1,253}$/, "not an address of this machine; use 0.0.0.0, 127.0.0.1 or ::"),
    fallback: "0.0.0.0",
    value: "ADDRESS",
    about: ["address to listen on; 127.0.0.1 keeps it to this machine"],
  },
  "trusted-proxy": {
    schema: text(parseNetworks),
    fallback: null,
    value: "ADDRESSES",
    about: ["whose X-Forwarded-For and the like are believed, beside this machine's:", "addresses, networks such as 10.0.0.0/8, private"],
  },
  base: {
    schema: text(parseBase),
    fallback: "/",
    value: "PATH",
    about: ["the folder under which a proxy asks, such as /live/"],
  },
  "room-key": {
    schema: text(parseRoomKey),
    fallback: null,
    value: "KEY",
    about: ["only who has it, or an invite, can watch; 8 characters or more,", "better as TERCET_ROOM_KEY"],
  },
  private: {
    schema: text(parseFlag),
    fallback: "no",
    value: null,
    about: ["not for search engines and link previews; with a room key always"],
  },
  relay: {
    schema: text(parseRelay),
    fallback: null,
    value: "REDIS",
    about: [
      "carries the show to other boxes: redis://HOST:6379, rediss:// with TLS;",
      "two with a comma between; better as TERCET_RELAY with a password",
    ],
  },
  edge: { schema: text(parseFlag), fallback: "no", value: null, about: ["serves a show that another box makes: --relay says where it is"] },
  public: {
    schema: text(parseMediaHome),
    fallback: null,
    value: "URL",
    about: ["where players fetch an edge's media, past the balancer"],
  },
  "media-base": {
    schema: text(parseMediaHome),
    fallback: null,
    value: "URL",
    about: ["where a CDN has the folder media/ of this show"],
  },
  title: {
    schema: z.string().trim().min(1, "needs some text").max(100, "longer than 100 characters").regex(
      /^\P{Cc}*$/u,
      "has control characters",
    ),
    fallback: "Tercet",
    value: "TEXT",
    about: ["name of the show"],
  },
  currency: { schema: text(parseCurrency), fallback: "USD", value: "CODE", about: ["of donations made on the page, as in EUR or TWD"] },
  "donate-link": {
    schema: text(parseLink),
    fallback: null,
    value: "URL",
    about: ["where Donate leads: your Ko-fi, PayPal or Stripe page"],
  },
  "kofi-token": {
    schema: text(parseSecret),
    fallback: null,
    value: "TOKEN",
    about: ["Ko-fi's verification token, better as TERCET_KOFI_TOKEN"],
  },
  "stripe-secret": {
    schema: text(parseSecret),
    fallback: null,
    value: "WHSEC",
    about: ["Stripe's webhook signing secret, better as TERCET_STRIPE_SECRET"],
  },
  "no-donate": { schema: text(parseFlag), fallback: "no", value: null, about: ["no donations"] },
  "chat-slow": {
    schema: text(durationFrom(0, 3600)),
    fallback: "0s",
    value: "TIME",
    about: ["how long each viewer waits between two messages"],
  },
  "chat-links": { schema: text(parseFlag), fallback: "no", value: null, about: ["addresses in the chat can be clicked"] },
  "no-chat": { schema: text(parseFlag), fallback: "no", value: null, about: ["no chat"] },
  port: { schema: text((it) => parseWhole(it, "a port", 0, 65535)), fallback: "8080", value: "PORT", about: ["given as a plain word"] },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;
export type OptionValues = { readonly [Name in OptionName]: z.output<typeof OPTIONS[Name]["schema"]> | null };
export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];
export const FLAG_NAMES: readonly OptionName[] = OPTION_NAMES.filter((name) => OPTIONS[name].value === null);

interface Option {
  readonly schema: z.ZodType<unknown, string>;
  readonly fallback: string | null;
  /** What stands after its name in `--help`; null for a flag, which stands alone and is read as `yes`. */
  readonly value: string | null;
  readonly about: readonly string[];
}

/** What `--help` prints. */
export function describeOptions(): string {
  const rows = OPTION_NAMES.filter((name) => name !== "port").map((name) => {
    const { value, about, fallback } = OPTIONS[name];
    if (value === null) return { left: `--${name}`, about };
    return {
      left: `--${name} ${value}`,
      about: fallback === null || name === "ladder" ? about : [`${about[0]} (${fallback})`, ...about.slice(1)],
    };
  });
  rows.push(
    { left: "--config FILE", about: ['settings from a JSON file, such as {"source": "screen", "rate": 25}'] },
    { left: "--help, --version", about: ["print this, or the version"] },
  );
  return [
    "deno task serve [PORT] [OPTIONS]",
    "",
    `PORT is ${OPTIONS.port.fallback} unless named; 0 takes a free one.`,
    "",
    ...rows.flatMap(({ left, about }) => about.map((line, at) => `  ${(at === 0 ? left : "").padEnd(19)} ${line}`)),
    "",
    "Each can also stand in the environment (TERCET_PORT, TERCET_SOURCE, …) or in the file.",
    "The command line wins over the environment, the environment over the file.",
  ].join("\n");
}

/** A schema from a reading function that throws what is wrong with the text. */
function text<Value>(read: (text: string) => Value): z.ZodType<Value, string> {
  return z.string().transform((it, context) => {
    try {
      return read(it);
    } catch (error) {
      context.issues.push({ code: "custom", message: (error as Error).message, input: it });
      return z.NEVER;
    }
  });
}

function path(): z.ZodString {
  return z.string().min(1, "needs a path").regex(/^[^\0]*$/, "has a NUL character");
}

function durationFrom(leastSeconds: number, mostSeconds: number): (text: string) => number {
  return (it) => {
    const seconds = parseDuration(it);
    if (seconds < leastSeconds) throw new RangeError(`shorter than ${leastSeconds}s`);
    if (seconds > mostSeconds) throw new RangeError(`longer than ${mostSeconds}s`);
    return seconds;
  };
}

/** `/live/`, also written `live`. A folder of one or more names. */
function parseBase(it: string): string {
  const names = it.split("/").filter((name) => name !== "");
  if (!names.every((name) => /^[\w~-][\w.~-]*$/.test(name))) {
    throw new SyntaxError("not a folder; write it as /live/");
  }
  return names.length === 0 ? "/" : `/${names.join("/")}/`;
}

function parseUplink(it: string): number {
  const bits = parseBits(it);
  if (bits < LEAST_UPLINK_BITS_PER_SECOND) throw new RangeError(`less than ${LEAST_UPLINK_BITS_PER_SECOND / 1000}k bits per second`);
  return bits;
}
