import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startChild } from "../fixtures/child.ts";
import { waitFor } from "../fixtures/condition.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";
import { hasCaddy, hasNginx } from "../fixtures/proxy.ts";
import { startTercet } from "../fixtures/server.ts";

const SHOW = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];
const ID = Deno.pid % 10_000;
/** Two viewers at home, nginx at its door, Caddy beside the server: three networks, each a machine of its own. */
const [HOME, DOOR, BESIDE] = [`th${ID}`, `td${ID}`, `tb${ID}`];
const VIEWERS = ["10.91.1.2", "10.91.1.3"] as const;
const NETWORK = `
ip netns add ${HOME} && ip netns add ${DOOR} && ip netns add ${BESIDE}
ip link add h${ID} type veth peer name hd${ID} && ip link set h${ID} netns ${HOME} && ip link set hd${ID} netns ${DOOR}
ip link add d${ID} type veth peer name db${ID} && ip link set d${ID} netns ${DOOR} && ip link set db${ID} netns ${BESIDE}
ip link add b${ID} type veth peer name bs${ID} && ip link set b${ID} netns ${BESIDE}
ip -n ${HOME} addr add ${VIEWERS[0]}/24 dev h${ID} && ip -n ${HOME} addr add ${VIEWERS[1]}/24 dev h${ID}
ip -n ${DOOR} addr add 10.91.1.1/24 dev hd${ID} && ip -n ${DOOR} addr add 10.91.2.1/24 dev d${ID}
ip -n ${BESIDE} addr add 10.91.2.2/24 dev db${ID} && ip -n ${BESIDE} addr add 10.91.3.1/24 dev b${ID}
ip addr add 10.91.3.2/24 dev bs${ID} && ip link set bs${ID} up
for one in "${HOME} h${ID}" "${DOOR} hd${ID}" "${DOOR} d${ID}" "${BESIDE} db${ID}" "${BESIDE} b${ID}"; do set -- $one; ip -n $1 link set $2 up; ip -n $1 link set lo up; done
`;
const CLEAN = `for one in ${HOME} ${DOOR} ${BESIDE}; do ip netns del $one; done; ip link del bs${ID}`;

const canRun = hasNginx && hasCaddy && findOnPath(["curl"]) !== null && canMakeNetworks();

(canRun ? describe : describe.skip)("two proxies in containers of their own", () => {
  it("tell who asks: a ban shuts out one viewer at home and not the other, whatever they claim", async () => {
    const folder = await Deno.makeTempDir();
    await using disposing = new AsyncDisposableStack();
    disposing.defer(() => Deno.remove(folder, { recursive: true }));
    disposing.defer(async () => void await sh(CLEAN));
    await sh(NETWORK);
    const server = disposing.use(await startTercet({ args: [...SHOW, "--trusted-proxy", "10.91.2.0/24,10.91.3.1"] }));
    await Deno.writeTextFile(
      `${folder}/nginx.conf`,
      `daemon off; worker_processes 1; pid ${folder}/pid; user root; events {}
      http { client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder}; access_log off;
      server { listen 8080; location / { proxy_pass http://10.91.2.2:8080; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } } }`,
    );
    await Deno.writeTextFile(
      `${folder}/Caddyfile`,
      `{\n admin off\n auto_https off\n}\nhttp://:8080 {\n reverse_proxy 10.91.3.2:${server.port} {\n trusted_proxies 10.91.2.1\n }\n}\n`,
    );
    disposing.use(startChild("ip", ["netns", "exec", DOOR, "nginx", "-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"]));
    disposing.use(
      startChild("ip", [
        "netns",
        "exec",
        BESIDE,
        "env",
        `HOME=${folder}`,
        "caddy",
        "run",
        "--config",
        `${folder}/Caddyfile`,
        "--adapter",
        "caddyfile",
      ]),
    );

    const ask = async (from: string, path: string, body: object) => {
      const args = [
        "netns",
        "exec",
        HOME,
        "curl",
        "-s",
        "--max-time",
        "5",
        "--interface",
        from,
        "-H",
        "X-Forwarded-For: 203.0.113.9",
        "-H",
        "Forwarded: for=203.0.113.9",
      ];
      const { stdout } = await new Deno.Command("ip", { args: [...args, "-d", JSON.stringify(body), `http://10.91.1.1:8080${path}`] })
        .output();
      const text = new TextDecoder().decode(stdout);
      return text.startsWith("{") ? JSON.parse(text) : null;
    };
    const [one, other] = await waitFor("both proxies", 15_000, async () => {
      const made = [await ask(VIEWERS[0], "/api/viewers", {}), await ask(VIEWERS[1], "/api/viewers", {})];
      return made.every((each) => each?.id !== undefined) ? made : null;
    }, 200);
    const say = (from: string, viewer: string) => ask(from, "/api/chat", { viewer, name: "Eve", text: "hello" });
    assert.equal((await say(VIEWERS[0], one.id)).text, "hello");
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    const ban = await fetch(`${server.baseUrl}/api/chat/bans`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ publicId: one.publicId }),
    });
    assert.equal((await ban.json()).address, VIEWERS[0]);
    assert.equal((await say(VIEWERS[0], (await ask(VIEWERS[0], "/api/viewers", {})).id)).kind, "banned");
    assert.equal((await say(VIEWERS[1], other.id)).text, "hello");
  });
});

async function sh(script: string): Promise<void> {
  await new Deno.Command("sh", { args: ["-c", script], stdout: "null", stderr: "null" }).output();
}

function canMakeNetworks(): boolean {
  try {
    const name = `tt${ID}`;
    const made = new Deno.Command("ip", { args: ["netns", "add", name], stdout: "null", stderr: "null" }).outputSync();
    if (made.code === 0) new Deno.Command("ip", { args: ["netns", "del", name] }).outputSync();
    return made.code === 0;
  } catch {
    return false;
  }
}
