/**
 * A text as it may leave: be logged, shown in the banner, answered or counted. Of every address in it, wherever that stands, names and passwords, the
 * value of each query name that is not known to be harmless, fragments, and all that follows the application of RTMP (its key) are left out; outside
 * of addresses, what is written as `passphrase=…` and the like. Hiding twice changes nothing more.
 */
export function hideSecrets(text: string): string {
  return text.replace(ADDRESS, hideInAddress).replace(BARE_SECRET, "$1…");
}

const HARMLESS = [
  ...[
    "mode",
    "latency",
    "rcvlatency",
    "peerlatency",
    "timeout",
    "rw_timeout",
    "connect_timeout",
    "listen_timeout",
    "transport",
    "transtype",
    "listen",
  ],
  ...[
    "pkt_size",
    "payload_size",
    "fifo_size",
    "buffer_size",
    "recv_buffer_size",
    "overrun_nonfatal",
    "reuse",
    "ttl",
    "localport",
    "tcp",
    "udp",
  ],
];

/** Up to a space; a quote ends it only where it closes: a password may have one. */
const ADDRESS = /[a-z0-9+.-]{1,30}:\/\/(?:[^\s'"]|['"](?![:,;.)\]}]*(?:\s|$)))+/gi;
const BARE_SECRET = /\b((?:passphrase|streamid|password|passwd|pwd|secret|token|api_?key|stream_?key)\s*=\s*)(?![\s&…])[^\s&,;'"]+/gi;

function hideInAddress(address: string): string {
  const [, scheme, run, punctuation] = /^(.*?:\/\/)(.*?)([:,;.)\]}]*)$/s.exec(address)!;
  if (/file:\/\/$/i.test(scheme!)) return address; // a path holds no secret and may hold any character
  const isRtmp = /^rtmp/i.test(scheme!);
  const { user, rest } = partUser(run!, isRtmp);
  return scheme + user + (isRtmp ? hideKey(rest) : hideQuery(rest)) + punctuation;
}

/** A password may hold anything, so it goes up to the last `@`: of all, or, where what stands before the query already reads as a host, of that. */
function partUser(run: string, isRtmp: boolean): { user: string; rest: string } {
  const query = run.search(/[?#]/);
  const head = query < 0 ? run : run.slice(0, query);
  const readsAsHost = /^(?:\[[^\]]*\]|[^:/@]*)(?::\d*)?(?:\/|$)/.test(head);
  const at = readsAsHost && (query >= 0 || isRtmp) ? (isRtmp ? -1 : head.lastIndexOf("@")) : run.lastIndexOf("@");
  return at <= 0 ? { user: "", rest: run } : { user: "…@", rest: run.slice(at + 1) };
}

/** `HOST/APPLICATION/KEY`, whatever the key holds; where there is but one piece, that may be the key. */
function hideKey(rest: string): string {
  const [host, application, ...key] = rest.split("/");
  if (!application && key.length === 0) return hideQuery(rest);
  return key.length > 0 ? `${host}/${hideQuery(application!)}/…` : `${host}/…`;
}

function hideQuery(rest: string): string {
  const at = rest.search(/[?#]/);
  if (at < 0) return rest;
  return rest.slice(0, at) +
    rest.slice(at).replace(/([?&])([^=&#]*)(=?)([^&#]*)|#.+$/gs, (whole, before?: string, name = "", equals = "", value = "") => {
      if (before === undefined) return "#…";
      if (whole === before || (HARMLESS.includes(name.toLowerCase()) && /^[\w.-]*$/.test(value))) return whole;
      return equals === "" ? `${before}…` : `${before}${name}=…`;
    });
}
