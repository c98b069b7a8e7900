import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { chooseHost, listen } from "../../routes/listen.ts";
import { startChild } from "../fixtures/child.ts";
import { waitFor } from "../fixtures/condition.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";

const HELD = 3000;

describe("listening", () => {
  it("takes IPv6 where there is nothing else, and only where everybody was meant", () => {
    const both = [{ family: "IPv4", address: "192.168.1.2" }, { family: "IPv6", address: "2001:db8::5" }] as const;
    const six = [{ family: "IPv4", address: "127.0.0.1" }, { family: "IPv6", address: "fe80::1" }, {
      family: "IPv6",
      address: "2001:db8::5",
    }] as const;
    assert.equal(chooseHost("0.0.0.0", both), "0.0.0.0");
    assert.equal(chooseHost("0.0.0.0", six), "::");
    assert.equal(chooseHost("127.0.0.1", six), "127.0.0.1");
    assert.equal(chooseHost("0.0.0.0", six.slice(0, 2)), "0.0.0.0", "this machine alone");
  });

  it("says why it cannot", () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const o = { host: "127.0.0.1", port: taken.addr.port, handler: () => new Response(), log() {}, spare: new URL(import.meta.url) };
    assert.match(String(listen(o)), /is in use: name another one/);
    assert.match(String(listen({ ...o, host: "192.0.2.1" })), /^Cannot listen on 192\.0\.2\.1/);
  });

  (findOnPath(["prlimit"]) === null ? it.skip : it)(
    "at the open-file limit those who are there go on, others come when there is room, and it is said once",
    async () => {
      await using server = startChild("prlimit", [
        "--nofile=120:120",
        Deno.execPath(),
        "run",
        "--allow-all",
        "--no-check",
        new URL("../fixtures/listening.ts", import.meta.url).pathname,
      ]);
      const port = Number(await waitFor("the port", 10_000, () => /^port (\d+)$/m.exec(server.output())?.[1] ?? null));
      const connect = () => Deno.connect({ hostname: "127.0.0.1", port });
      const ask = async (conn: Deno.Conn, path = "/") => {
        await conn.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
        const buffer = new Uint8Array(1000);
        const timer = setTimeout(() => conn.close(), 8000);
        let text = "";
        // Head and body come in two packets.
        for (let length: number | null; !/\r\n\r\n./.test(text) && (length = await conn.read(buffer).catch(() => null)) !== null;) {
          text += new TextDecoder().decode(buffer.subarray(0, length));
        }
        clearTimeout(timer);
        return text.split("\r\n\r\n")[1];
      };
      const early = await connect(), holder = await connect();
      assert.equal(await ask(early), "hello");
      const held = ask(holder, `/held/${HELD}`);
      const crowd: Deno.Conn[] = [];
      for (let at = 0; at < 250; at++) await connect().then((conn) => crowd.push(conn), () => {});
      await waitFor("the sentence", 5000, () => /limit of open files/.test(server.output()));
      assert.equal(await ask(early), "hello");
      assert.equal(await held, "held");
      assert.equal(server.status, null);
      for (const conn of crowd.splice(0)) conn.close();
      await waitFor("room again", 5000, async () =>
        await connect().then(async (conn) => {
          const said = await ask(conn);
          conn.close();
          return said === "hello";
        }, () => false));
      assert.equal(server.output().match(/limit of open files/g)!.length, 1);
      early.close();
      holder.close();
    },
  );
});
