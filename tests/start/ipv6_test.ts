import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const ADDRESS = "2001:db8::5";
const PORT = 8087;

/** A machine of its own with IPv6 only, in which the server is started and asked. */
const SCRIPT = `
ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v1 up && ip link set v0 up && ip addr add ${ADDRESS}/64 dev v0 nodad || exit 77
"$DENO" task -q serve ${PORT} --source lavfi:testsrc2=size=320x180:rate=15 --rate 15 --ladder 320x180@300k,214x120@250k,160x90@200k &
"$DENO" eval 'for (let turn = 0; turn < 100; turn++) {
  const answer = await fetch("http://[${ADDRESS}]:${PORT}/readyz").catch(() => null);
  if (answer?.status === 200) { console.log("answered"); break; }
  await new Promise((done) => setTimeout(done, 150));
}'
kill -TERM $(cat /proc/$!/task/$!/children) $! 2>/dev/null
wait
`;

(canHaveNetworkOfItsOwn() ? describe : describe.skip)("a machine with IPv6 alone", () => {
  it("is reachable without a word about it, and the streamer is told the address", async () => {
    const data = await Deno.makeTempDir();
    try {
      const { code, stdout, stderr } = await new Deno.Command("unshare", {
        args: ["-n", "sh", "-c", SCRIPT],
        cwd: root,
        env: { DENO: Deno.execPath(), TERCET_DATA: data, NO_COLOR: "1" },
        signal: AbortSignal.timeout(40_000),
      }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      if (code === 77) return;
      assert.match(said, /answered/);
      assert.match(said, new RegExp(`On the network +http://\\[${ADDRESS}\\]:${PORT}/`));
      assert.doesNotMatch(said, /No network was found/);
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  });
});

function canHaveNetworkOfItsOwn(): boolean {
  try {
    return new Deno.Command("unshare", { args: ["-n", "ip", "link"], stdout: "null", stderr: "null" }).outputSync().code === 0;
  } catch {
    return false;
  }
}
