import { type Context, Hono, type MiddlewareHandler } from "hono";
import { upgradeWebSocket } from "hono/deno";
import type { PublisherKey } from "../../media/ingest/publishers.ts";
import type { PublisherKeys } from "../../media/ingest/publishers_file.ts";
import type { Forwarded } from "../forwarded.ts";
import { NO_STORE } from "../headers.ts";
import { refuseNoSocket } from "../origin.ts";
import { answerProblem } from "../problems.ts";
import { bearerOf, refuseStranger } from "../streamer_key.ts";
import { createTickets } from "./tickets.ts";

/** What the door asks of whoever takes a browser's frames. */
export interface PublishDeps {
  readonly keys: PublisherKeys;
  /** The publisher's key that is named; `barred`: too many wrong ones were. */
  findKey(text: string, address: string): { readonly kind: "key"; readonly key: PublisherKey } | { readonly kind: "wrong" | "barred" };
  /** `say` takes what is sent to the page as JSON; `close` is called where somebody else ends it. */
  admitBrowser(o: {
    key: PublisherKey;
    address: string;
    say: (word: object) => void;
    close: (why: string, reason: string) => void;
  }): AdmittedBrowser | { readonly kind: "refused"; readonly description: string };
}

interface AdmittedBrowser {
  readonly kind: "admitted";
  readonly connection: { take(message: Uint8Array): void; leave(how: "stopped" | "lost"): void };
}

/** The subprotocol; behind it stands the ticket, which is none that is ever chosen. */
const PROTOCOL = "tercet-publish";
/** Who publishes with the streamer's own key. It is made when that is done for the first time, and its text is told to nobody. */
const BROWSER_KEY = { id: "browser", name: "browser" };
/** A page that is still there answers a ping within so long. */
const IDLE_SECONDS = 10;
const NORMAL = 1000, POLICY = 1008;
/** A reason of a WebSocket's end has 123 bytes at most. */
const LONGEST_REASON = 100;

/**
 * A browser's own camera. `POST /api/studio/publish/tickets`, with the streamer's key or a publisher's as bearer, gives a ticket; the WebSocket
 * `/api/studio/publish` wants it as a second subprotocol and takes binary messages as `readBrowserMessage` reads them. It says `published`, `key` (encode a
 * key picture), `heard` and, before it closes, `ended`. A page that closes with 1000 has stopped; any other end is a loss, and it may come back.
 *
 * Why a ticket: a page cannot put a header on a WebSocket, and a key in its address would stand in every proxy's log and in the browser's history. As the
 * first message the key would come only when the door is open already, so strangers could hold doors open and send messages of any size. A ticket is checked
 * before the upgrade, with an answer in words where it is asked for; whoever reads it on the way has nothing: it is used up, or old after 30 s.
 */
export function createPublishRoutes(
  o: PublishDeps & { readonly streamerKey: string | null; readonly forwarded: Forwarded; readonly monotonic: () => number },
): Hono {
  const { keys, forwarded } = o;
  const tickets = createTickets({ now: o.monotonic });

  /** Whose key a request carries, or the answer that says what is wrong. */
  async function identify(c: Context): Promise<PublisherKey | Response> {
    const text = bearerOf(c);
    const refusal = refuseStranger(c, o.streamerKey);
    if (refusal === null) return await findBrowserKey();
    if (text === null) return refusal;
    const found = o.findKey(text, forwarded.origin(c).address);
    if (found.kind === "key") return found.key;
    return answerProblem(found.kind === "barred" ? "too_many_wrong_keys" : "wrong_publish_key");
  }

  async function findBrowserKey(): Promise<PublisherKey | Response> {
    const find = () => keys.list.find(({ id }) => id === BROWSER_KEY.id);
    const known = find();
    if (known !== undefined) return known;
    const made = await keys.make(BROWSER_KEY.name, BROWSER_KEY.id);
    if (made.kind === "made") return made.key;
    // Two browsers may have asked at once.
    return find() ?? answerProblem(made.kind === "too_many" ? "too_many_publishers" : "publisher_name_taken");
  }

  function serve(key: PublisherKey): MiddlewareHandler {
    return upgradeWebSocket((c) => {
      const { address } = forwarded.origin(c);
      let connection: AdmittedBrowser["connection"] | null = null;

      return {
        onOpen(_, socket) {
          const { raw } = socket;
          if (!raw) return;
          raw.binaryType = "arraybuffer";
          const say = (word: object) => raw.readyState === WebSocket.OPEN && raw.send(JSON.stringify(word));
          const end = (why: string, reason: string) => {
            say({ type: "ended", why, reason });
            socket.close(POLICY, reason.slice(0, LONGEST_REASON));
          };
          const admission = o.admitBrowser({ key, address, say, close: end });
          if (admission.kind === "refused") end("in_use", admission.description);
          else ({ connection } = admission);
        },
        onMessage({ data }) {
          if (data instanceof ArrayBuffer) connection?.take(new Uint8Array(data));
        },
        onClose: ({ code }) => connection?.leave(code === NORMAL ? "stopped" : "lost"),
        onError: () => connection?.leave("lost"),
      };
    }, { idleTimeout: IDLE_SECONDS, protocol: PROTOCOL });
  }

  return new Hono()
    .post("/api/studio/publish/tickets", async (c) => {
      const key = await identify(c);
      return key instanceof Response ? key : c.json({ ticket: tickets.make(key.id), name: key.name }, 201, NO_STORE);
    })
    .get("/api/studio/publish", async (c, next) => {
      const refusal = refuseNoSocket(c, forwarded);
      if (refusal !== null) return refusal;
      const [protocol, ticket = ""] = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((each) => each.trim());
      if (protocol !== PROTOCOL || ticket === "") return answerProblem("ticket_missing");
      const keyId = tickets.use(ticket);
      // It may have been withdrawn meanwhile.
      const key = keys.list.find(({ id }) => id === keyId);
      return key === undefined ? answerProblem("ticket_not_good") : await serve(key)(c, next) ?? c.res;
    });
}
