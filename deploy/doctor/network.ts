import { type Finding, note, ok, stops } from "./finding.ts";

/** A port that the server would listen on. */
export interface WantedPort {
  readonly what: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How to have another. */
  readonly instead: string;
}

/** With `isRunning` a port that is taken is taken by the server itself. */
export function checkPort({ what, host, port, instead }: WantedPort, isRunning: boolean): Finding {
  if (port === 0) return ok(what, "a free port is taken");
  try {
    Deno.listen({ hostname: host, port }).close();
    return ok(what, `port ${port} is free${isRunning ? ", so the Tercet that is running listens on another" : ""}`);
  } catch (problem) {
    if (problem instanceof Deno.errors.AddrInUse) {
      return isRunning
        ? ok(what, `port ${port} is taken, by the Tercet that is running`)
        : stops(what, `port ${port} is taken by another program: ${instead}`);
    }
    if (problem instanceof Deno.errors.PermissionDenied) {
      return stops(what, `port ${port} may not be used, as it is below 1024: ${instead}`);
    }
    return stops(what, `cannot listen on ${host}:${port}: ${problem instanceof Error ? problem.message : problem}`);
  }
}

const LIMIT_MS = 8000;

/** Asks a running server by the address that viewers use, through whatever stands in front. `url` ends in a slash. */
export async function checkFront(url: URL): Promise<Finding[]> {
  const page = await read(url);
  if (typeof page === "string") return [stops("proxy", `${url} does not answer: ${page}`)];
  if (page.status === 401) return [ok("proxy", `${url} asks for the room's key`)];
  if (page.status !== 200) return [stops("proxy", `${url} answers ${page.status}: does the proxy lead to Tercet's port?`)];
  const playlist = await read(new URL("live.m3u8", url));
  if (typeof playlist === "string" || !playlist.text.startsWith("#EXTM3U")) {
    return [stops("proxy", `${url}live.m3u8 is no playlist: another program answers there, or the show is not on`)];
  }
  return [ok("proxy", `${url} leads to the show`), checkNames(url, page.text), await checkSocket(url)];
}

/** The page repeats under which address it was asked for. */
function checkNames(url: URL, page: string): Finding {
  const told = /property="og:url" content="([^"]*)"/.exec(page)?.[1];
  if (told === undefined) return note("proxy's headers", "the show is private, so its page does not tell what the proxy says");
  if (told === url.href) return ok("proxy's headers", "scheme, name and folder arrive as the browser asked for them");
  return note(
    "proxy's headers",
    `the server was asked for ${told} where the browser asks for ${url}: the proxy must send X-Forwarded-Proto and X-Forwarded-Host, and be named by --trusted-proxy where it is on another machine`,
  );
}

async function checkSocket(url: URL): Promise<Finding> {
  const made = await read(new URL("api/viewers", url), { method: "POST", headers: { origin: url.origin } });
  const viewer = typeof made === "string" ? null : /"id":"([^"]+)"/.exec(made.text)?.[1] ?? null;
  if (viewer === null) return note("WebSockets", "could not be tried");
  const socket = new WebSocket(new URL(`api/viewers/${viewer}/events`, url).href.replace(/^http/, "ws"));
  const opens = await new Promise<boolean>((resolve) => {
    socket.onopen = () => resolve(true);
    socket.onerror = socket.onclose = () => resolve(false);
    setTimeout(() => resolve(false), LIMIT_MS);
  });
  socket.close();
  if (opens) return ok("WebSockets", "pass");
  return note("WebSockets", "do not pass: pages ask for their news instead, a little later. deploy/nginx.conf shows what a proxy needs");
}

async function read(url: URL, init: RequestInit = {}): Promise<{ readonly status: number; readonly text: string } | string> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(LIMIT_MS) });
    return { status: answer.status, text: await answer.text() };
  } catch (problem) {
    return problem instanceof Error ? problem.message.replace(/\s+/g, " ") : String(problem);
  }
}
