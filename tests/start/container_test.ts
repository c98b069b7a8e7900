import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { listRights, V8_FLAGS } from "../../serve.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";

const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const dockerfile = (await Deno.readTextFile(`${root}deploy/Dockerfile`)).replace(/\\\n\s*/g, "");
const DATA = "/var/lib/tercet/data";

/** The words behind every instruction of this name, in order. */
function instructions(name: string): string[] {
  return [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, "gm"))].map(([, words]) => words!);
}

describe("the image", () => {
  it("runs the server with the rights of deno task serve and no other, from what is there", () => {
    const expected = ["deno", "run", "--quiet", "--cached-only", V8_FLAGS, ...listRights({ data: DATA, config: null }), "main.ts"];
    assert.deepEqual(JSON.parse(instructions("ENTRYPOINT")[0]!), expected);
    assert.match(instructions("ENV").join(" "), new RegExp(`TERCET_DATA=${DATA}( |$)`));
  });
  it("runs as a user without rights, who owns the volume alone, and is asked whether the show is ready", () => {
    assert.deepEqual(instructions("USER"), ["10001:10001"]);
    assert.ok(dockerfile.indexOf("\nUSER ") < dockerfile.indexOf("\nENTRYPOINT "));
    assert.deepEqual(instructions("VOLUME"), [DATA.slice(0, DATA.lastIndexOf("/"))]);
    assert.match(instructions("HEALTHCHECK")[0]!, /GET \/healthz /);
    assert.match(instructions("EXPOSE")[0]!, /^8080 1935$/);
  });
  it("is made of what is named by its version, and of files that there are", async () => {
    for (const image of instructions("FROM").map((words) => words.split(" ")[0]!).filter((image) => image.includes("/"))) {
      assert.match(image, /:(bin-\d+\.\d+\.\d+|[a-z]+-slim)$/, image);
    }
    for (const words of instructions("COPY").filter((words) => !words.startsWith("--from"))) {
      for (const path of words.split(" ").slice(0, -1)) assert.ok(await Deno.stat(`${root}${path}`), path);
    }
    const least = /^LEAST_DENO="(.*)"$/m.exec(await Deno.readTextFile(`${root}setup.sh`))![1]!;
    assert.match(instructions("FROM")[0]!, new RegExp(`bin-${least.replace(".", "\\.")}\\.\\d+ `));
  });
  it("is found healthy by its check where the server is, on the air or off, and not where it is not or nobody listens", {
    skip: findOnPath(["bash"]) === null,
  }, async () => {
    const [, json] = /CMD (\[.*\])$/.exec(instructions("HEALTHCHECK")[0]!)!;
    const [program, ...args] = JSON.parse(json!) as string[];
    const check = async (port: number) => {
      const command = new Deno.Command(program!, { args, env: { TERCET_PORT: String(port) }, stdout: "null", stderr: "null" });
      return (await command.output()).code;
    };
    let status = 200;
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      ({ url }) => new Response("", { status: new URL(url).pathname === "/healthz" ? status : 404 }),
    );
    const { port } = server.addr;
    assert.equal(await check(port), 0);
    status = 503;
    assert.notEqual(await check(port), 0);
    await server.shutdown();
    assert.notEqual(await check(port), 0);
  });
});

describe("the compose file", () => {
  const readsYaml = canReadYaml();
  it("is understood, and gives the container no rights", { skip: !readsYaml }, async () => {
    const { name, services, volumes } = await readYaml(`${root}deploy/compose.yaml`);
    assert.equal(name, "tercet");
    const { tercet } = services;
    assert.deepEqual(Object.keys(tercet).filter((key) => !KNOWN_KEYS.includes(key)), []);
    assert.deepEqual(tercet.build, { context: "..", dockerfile: "deploy/Dockerfile" });
    assert.deepEqual(tercet.cap_drop, ["ALL"]);
    assert.deepEqual(tercet.security_opt, ["no-new-privileges:true"]);
    assert.equal(tercet.read_only, true);
    assert.deepEqual(tercet.volumes, ["data:/var/lib/tercet"]);
    assert.deepEqual(Object.keys(volumes), ["data"]);
    assert.deepEqual(tercet.ports, ["8080:8080", "1935:1935"]);
    for (const each of Object.keys(tercet.environment)) assert.match(each, /^TERCET_(SOURCE|TITLE|UPLINK)$/);
  });
});

/** Of the compose specification's keys of a service, those that are used here. */
const KNOWN_KEYS = [
  ...["build", "image", "init", "restart", "stop_grace_period", "environment", "ports", "volumes", "read_only", "cap_drop", "security_opt"],
];

function canReadYaml(): boolean {
  try {
    return new Deno.Command("python3", { args: ["-c", "import yaml"], stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

async function readYaml(path: string) {
  const args = ["-c", "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)", path];
  const { stdout } = await new Deno.Command("python3", { args }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}
