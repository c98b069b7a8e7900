import { startChild } from "../fixtures/child.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";
import { startTercet } from "../fixtures/server.ts";
import type { BenchOptions } from "./options.ts";
import { holds, note, type Row } from "./table.ts";

const SHOW = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];
/** Without them its doors for Ko-fi and Stripe are not there. */
const PAID = ["--kofi-token", "fuzz-kofi-token", "--stripe-secret", "whsec_fuzz"];
/** What is right in its shape may be refused for what it names: a key that has been shown (410), a source that is none (422). */
const ACCEPTED = '"2xx", "3xx", 401, 403, 404, 409, 410, 422, 429, "5xx"';
const CONFIG = `[checks.positive_data_acceptance]
expected-statuses = [${ACCEPTED}]

# A form whose one field holds JSON, which no schema can say.
[[operations]]
include-path = "/api/webhooks/kofi"
checks.positive_data_acceptance.expected-statuses = [${ACCEPTED}, 400]
`;
/** Where setup.sh --tests puts it. */
const FOLDERS = ["/usr/local/lib/schemathesis-by-pip", `${Deno.env.get("HOME") ?? ""}/.local/lib/schemathesis-by-pip`];

/** Schemathesis asks whatever /api/openapi.json says can be asked, with the streamer's key, rightly and wrongly, and judges the answers by it. */
export async function runSchemathesis({ quick }: BenchOptions): Promise<Row[]> {
  const found = await findSchemathesis();
  if (found === null) return [note("schemathesis", "left out: it is not here (sh setup.sh --tests, where pip is)")];
  await using server = await startTercet({ args: [...SHOW, ...PAID] });
  const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
  const folder = await Deno.makeTempDir({ prefix: "tercet-schemathesis-" });
  try {
    await Deno.writeTextFile(`${folder}/schemathesis.toml`, CONFIG);
    const args = [
      "run",
      // A WebSocket, of which OpenAPI knows nothing.
      "--exclude-path",
      "/api/viewers/{viewer}/events",
      `${server.baseUrl}/api/openapi.json`,
      "--header",
      `Authorization: Bearer ${key}`,
      "--max-examples",
      quick ? "10" : "60",
      "--continue-on-failure",
      "--no-color",
    ];
    await using run = startChild(found.program, args, { cwd: folder, env: { ...Deno.env.toObject(), ...found.env } });
    const { code } = await run.ended;
    const text = run.output();
    const [cases] = /\d+ generated(?:, \d+ found [^\n]*)?/.exec(text) ?? [];
    const failures = [...text.matchAll(/^- (.+)$/gm)].map(([, what]) => what!);
    const problems = server.output().split("\n").filter((line) => /A request failed/.test(line));
    if (code !== 0) await Deno.writeTextFile(new URL("../../schemathesis.log", import.meta.url), text);
    return [
      holds(
        "schemathesis: whatever /api/openapi.json says holds",
        code === 0,
        code === 0 ? "no complaint" : `${failures.length} complaints, see schemathesis.log`,
      ),
      note("  cases", cases ?? "unknown"),
      holds("  no request failed by a fault of ours", problems.length === 0, `${problems.length}`),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function findSchemathesis(): Promise<{ program: string; env: Record<string, string> } | null> {
  const installed = findOnPath(["schemathesis"]);
  if (installed !== null) return { program: installed, env: {} };
  for (const folder of FOLDERS) {
    const program = `${folder}/bin/schemathesis`;
    if (await Deno.stat(program).then(() => true, () => false)) return { program, env: { PYTHONPATH: folder } };
  }
  return null;
}
