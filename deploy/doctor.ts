import { chooseHost } from "../routes/listen.ts";
import { readSettings } from "../media/settings/settings.ts";
import { checkDataFolder } from "./doctor/data_folder.ts";
import { type Finding, ok, stops } from "./doctor/finding.ts";
import { checkMachine } from "./doctor/machine.ts";
import { checkFront, checkPort, type WantedPort } from "./doctor/network.ts";
import { checkPrograms } from "./doctor/programs.ts";

/**
 * `deno task doctor [https://YOUR.NAME/] [PORT] [OPTIONS] [--json]`: looks at all that a show needs, by the same options, environment and file as `deno task
 * serve`, and says in a line each how it is and what to do. Ends with 1 where something would stop the show. It changes nothing, and may be run during a show.
 */
if (import.meta.main) {
  const isJson = Deno.args.includes("--json");
  const findings = await examine(Deno.args.filter((arg) => arg !== "--json"));
  const isGood = findings.every(({ verdict }) => verdict !== "stops");
  console.log(isJson ? JSON.stringify({ ok: isGood, findings }, null, 2) : describe(findings));
  Deno.exit(isGood ? 0 : 1);
}

/** All findings, the order being that of a start. */
export async function examine(given: readonly string[]): Promise<Finding[]> {
  const root = decodeURIComponent(new URL("..", import.meta.url).pathname);
  const fronts = given.filter((arg, at) => /^https?:\/\//i.test(arg) && given[at - 1] !== "--source");
  const args = given.filter((arg) => !fronts.includes(arg));
  const read = readSettings({ args, env: Deno.env.toObject(), readFile: Deno.readTextFileSync, cwd: Deno.cwd() });
  if (read.kind === "problems") return read.problems.map((problem) => stops("settings", problem));
  if (read.kind !== "settings") {
    return [
      stops("settings", "it is deno task doctor [https://YOUR.NAME/] [PORT] [OPTIONS] [--json], with the options of deno task serve"),
    ];
  }
  const { settings } = read;
  const { isRunning, findings } = await checkDataFolder(settings.dataDir);
  const bits = settings.ladder.reduce((sum, { bitsPerSecond }) => sum + bitsPerSecond, 0);
  const interfaces = Deno.networkInterfaces();
  const ports: WantedPort[] = [
    { what: "viewers", host: settings.host, port: settings.port, instead: `name another one, as in: deno task serve ${settings.port + 1}` },
    ...(settings.rtmp ? [{ what: "RTMP", ...settings.rtmp, instead: "name another one by --rtmp, or --rtmp off" }] : []),
  ];
  return [
    ok("settings", `understood; ${settings.sourceText} is to be shown`),
    ...await checkPrograms({ root, wantsSrt: settings.srt !== null }),
    ...findings,
    ...await checkMachine({ dataDir: settings.dataDir, isRunning, dvrBytes: (settings.dvrSeconds ?? 0) * bits / 8 }),
    ...ports.map((port) => checkPort({ ...port, host: chooseHost(port.host, interfaces) }, isRunning)),
    ...(await Promise.all(fronts.map((front) => checkFront(new URL(front.endsWith("/") ? front : `${front}/`))))).flat(),
  ];
}

/** For people: what stops the show stands out. */
function describe(findings: readonly Finding[]): string {
  const words = { ok: "ok", note: "note", stops: "STOPS" };
  const lines = findings.map(({ what, verdict, says }) => `${words[verdict].padEnd(6)} ${what.padEnd(15)} ${says}`);
  const stopping = findings.filter(({ verdict }) => verdict === "stops").length;
  const sum = stopping === 0 ? "Nothing here would stop a show." : `${stopping} of these would stop the show.`;
  return [...lines, "", sum].join("\n");
}
