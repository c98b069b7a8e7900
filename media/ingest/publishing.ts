import type { Network } from "../settings/networks.ts";
import { setSystemTimer, type SetTimer } from "../timer.ts";
import { describeAddress } from "./addresses.ts";
import { admitBrowser, type BrowserAdmission, type BrowserEnd, type BrowserWord } from "./browser/connection.ts";
import { createPublisherDesk, type PublisherDesk } from "./desk.ts";
import { judgePublisher, type PublisherStats, type ShowFacts } from "./judge.ts";
import type { Publisher } from "./publisher.ts";
import type { PublisherKey } from "./publishers.ts";
import { openPublisherKeys, type PublisherKeys } from "./publishers_file.ts";
import { startRtmp } from "./rtmp/server.ts";
import { openSrt } from "./srt/open_srt.ts";
import { createWrongKeys } from "./wrong_keys.ts";

/** All of publishing: keys, desk and the ports where publishers come. */
export interface Publishing {
  readonly keys: PublisherKeys;
  readonly desk: PublisherDesk;
  /** Where RTMP listens; null where nobody can come by it. */
  readonly rtmp: { readonly host: string; readonly port: number } | null;
  /** Where SRT listens, and with what; null where nobody can come by it. */
  readonly srt: { readonly host: string; readonly port: number; readonly passphrase: string } | null;
  /** The key that a browser names. `barred`: too many wrong ones came from its network, and it is not looked at. */
  findKey(text: string, address: string): { readonly kind: "key"; readonly key: PublisherKey } | { readonly kind: "wrong" | "barred" };
  /** Lets a browser publish. */
  admitBrowser(o: {
    key: PublisherKey;
    address: string;
    say: (word: BrowserWord) => void;
    close: (why: BrowserEnd, reason: string) => void;
  }): BrowserAdmission;
  /** Shows every key that nobody has seen, for the last time. */
  revealUnseen(): Promise<{ readonly name: string; readonly key: string }[]>;
  /** Who publishes with that key, for the studio; null for nobody. */
  report(keyId: string): PublisherReport | null;
  /** Ends every stay. Stopping twice is harmless. */
  stop(): Promise<void>;
}

/** A publisher, and what is to be said of it. */
export interface PublisherReport extends Omit<PublisherStats, "reorderMs" | "reorderPictures"> {
  readonly state: Publisher["state"]["kind"];
  readonly address: string | null;
  readonly advice: string[];
}

/** By then rate, bits and the second key picture of most publishers have been seen. */
const ADVISE_AFTER_MS = 12_000;

/**
 * Opens the keys in the data folder and listens where it is told to. A port that cannot be had is said and the show goes on. `onPublisher` hears of every
 * stay at its first picture. `show` is what the line that judges compares with.
 */
export async function openPublishing(o: {
  rtmp: { readonly host: string; readonly port: number; readonly allowPublic: boolean } | null;
  srt?: { readonly host: string; readonly port: number } | null;
  dataDir: string;
  trustedProxies?: readonly Network[];
  show: ShowFacts;
  onPublisher: (publisher: Publisher) => void;
  log: (line: string) => void;
  now?: () => number;
  setTimer?: SetTimer;
}): Promise<Publishing> {
  const { now = () => performance.now(), setTimer = setSystemTimer, log } = o;
  const { keys, problem } = await openPublisherKeys({ dataDir: o.dataDir, nowMs: Date.now });
  if (problem !== null) log(problem);
  const desk = createPublisherDesk({
    now,
    setTimer,
    log,
    onPublisher(publisher) {
      adviseOnce(publisher);
      o.onPublisher(publisher);
    },
  });
  const wrongKeys = createWrongKeys();
  const rtmp = o.rtmp === null ? null : startRtmp({ ...o.rtmp, trustedProxies: o.trustedProxies ?? [], keys, desk, now, log, setTimer });
  if (rtmp?.kind === "cannot_listen") log(rtmp.reason);
  const srt = o.srt ? await openSrt({ ...o.srt, keys, desk, dataDir: o.dataDir, now, log }) : null;
  if (srt?.kind === "cannot_listen") log(srt.reason);

  /** What a publisher could do better is said once a stay: the studio has it all the time. */
  function adviseOnce(publisher: Publisher): void {
    const callOff = setTimer(() => {
      for (const line of judgePublisher(publisher.stats, o.show)) log(`${publisher.name}: ${line}`);
    }, ADVISE_AFTER_MS);
    publisher.ended.then(callOff);
  }

  return {
    keys,
    desk,
    rtmp: o.rtmp !== null && rtmp?.kind === "listening" ? { host: o.rtmp.host, port: rtmp.port } : null,
    srt: o.srt && srt?.kind === "listening" ? { ...o.srt, passphrase: srt.passphrase } : null,
    findKey(text, address) {
      const { isLoopback, network } = describeAddress(address);
      // Perhaps a proxy, that does not say for whom it speaks.
      if (!isLoopback && wrongKeys.isBarred(network, now())) return { kind: "barred" };
      const key = keys.find([text]);
      if (key !== null) return { kind: "key", key };
      wrongKeys.note(network, now());
      return { kind: "wrong" };
    },
    admitBrowser(browser) {
      const { key, address } = browser;
      const admission = admitBrowser(desk, {
        ...browser,
        now,
        close(why, reason) {
          log(`${key.name} at ${address} is let go: ${reason}`);
          browser.close(why, reason);
        },
      });
      if (admission.kind === "admitted") log(`${key.name} publishes from ${address}, by a browser`);
      return admission;
    },
    async revealUnseen() {
      const shown: { name: string; key: string }[] = [];
      for (const { id, name } of keys.list.filter(({ isUnseen }) => isUnseen)) {
        const key = await keys.reveal(id);
        if (key !== null) shown.push({ name, key });
      }
      return shown;
    },
    report(keyId) {
      const publisher = desk.publishers.find((one) => one.keyId === keyId);
      if (publisher === undefined) return null;
      const { state, stats } = publisher;
      const { picture, sound, encoder, bitsPerSecond, picturesPerSecond, keyIntervalSeconds, picturesLeftOut } = stats;
      return {
        state: state.kind,
        address: state.kind === "sending" ? state.address : null,
        picture,
        sound,
        encoder,
        bitsPerSecond,
        picturesPerSecond,
        keyIntervalSeconds,
        picturesLeftOut,
        advice: [...judgePublisher(stats, o.show)],
      };
    },
    async stop() {
      const closing = srt?.kind === "listening" ? srt.close() : null;
      desk.close();
      await closing;
      if (rtmp?.kind === "listening") await rtmp.close();
    },
  };
}
