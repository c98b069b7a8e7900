import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";

const ARGS = ["--host", "127.0.0.1", "--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER];
const LINK = /(http:\/\/127\.0\.0\.1:\d+\/studio)#code=([\w-]{38})/;
const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);

async function signIn(tercet: Tercet, code: string): Promise<Response> {
  const { origin } = new URL(tercet.baseUrl);
  return await fetch(`${tercet.baseUrl}/api/studio/session`, { method: "POST", headers: { origin }, body: JSON.stringify({ code }) });
}

async function statusOf(answer: Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

describe("the studio of a server that was started", () => {
  it("is opened once by the link that was printed, and by another that the task prints; the cookie outlives the server, the link does not open twice", async () => {
    await using tercet = await startTercet({ args: [...ARGS, "--show-keys"] });
    const [, page, code] = LINK.exec(tercet.output()) ?? [];
    assert.equal(page, `${tercet.baseUrl}/studio`);
    const answer = await signIn(tercet, code!);
    assert.equal(answer.status, 201, await answer.text());
    const cookie = answer.headers.get("set-cookie")!.split(";")[0]!;
    const sources = () => statusOf(fetch(`${tercet.baseUrl}/api/studio/sources`, { headers: { cookie } }));
    assert.equal(await sources(), 200);

    await tercet.kill("SIGKILL");
    await tercet.restart();
    assert.equal(await sources(), 200);
    assert.equal(await statusOf(signIn(tercet, code!)), 403);

    const { code: exit, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "studio-link", "--data", tercet.dataDir],
      cwd: root,
    }).output();
    assert.equal(exit, 0, new TextDecoder().decode(stderr));
    const [, again, other] = LINK.exec(new TextDecoder().decode(stdout)) ?? [];
    assert.equal(again, page);
    assert.equal(await statusOf(signIn(tercet, other!)), 201);
  });

  it("has no link in what a journal keeps, and says how to get one", async () => {
    await using tercet = await startTercet({ args: ARGS });
    assert.doesNotMatch(tercet.output(), /#code=/);
    assert.match(tercet.output(), /Studio +http:\/\/127\.0\.0\.1:\d+\/studio, opened by what deno task studio-link prints/);
  });

  it("gives no link where no server has been", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-nothing-" });
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "studio-link", "--data", folder],
      cwd: root,
    }).output();
    await Deno.remove(folder, { recursive: true });
    assert.equal(code, 1);
    assert.match(new TextDecoder().decode(stderr), /no server's data in .*--data DIR/);
  });
});
