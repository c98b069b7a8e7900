import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readSettings } from "../../media/settings/settings.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";

const deploy = decodeURIComponent(new URL("../../deploy/", import.meta.url).pathname);
/** Where `setup.sh --tests` puts what knows YAML, and Kubernetes' schemas. */
const VALIDATOR = ["/usr/local/lib", `${Deno.env.get("HOME")}/.local/lib`].map((folder) => `${folder}/kubernetes-validate-by-pip`).find(
  (folder) => {
    try {
      return Deno.statSync(folder).isDirectory;
    } catch {
      return false;
    }
  },
);
const withValidator = VALIDATOR !== undefined && findOnPath(["python3"]) !== null ? describe : describe.skip;

async function python(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command("python3", { args, env: { PYTHONPATH: VALIDATOR ?? "" } }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function readYaml(path: string): Promise<unknown[]> {
  const { code, text } = await python("-c", "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))", path);
  assert.equal(code, 0, text);
  return JSON.parse(text);
}

function settingsOf(args: readonly string[], env: Readonly<Record<string, string>>) {
  const outcome = readSettings({ args, env, readFile: () => "{}", cwd: "/" });
  assert.equal(outcome.kind, "settings", JSON.stringify(outcome));
  return (outcome as Extract<typeof outcome, { kind: "settings" }>).settings;
}

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: {
      readonly spec: {
        readonly containers: readonly { readonly name: string; readonly args: readonly string[]; readonly env?: readonly Variable[] }[];
      };
    };
  };
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

withValidator("deploy/compose.edges.yaml", () => {
  it("starts one box that makes the show and three edges of it, as this server understands it", async () => {
    const [file] = await readYaml(`${deploy}compose.edges.yaml`) as [{ services: Record<string, Service> }];
    const boxes = Object.entries(file.services).filter(([, { image }]) => image === "tercet");
    const settings = boxes.map(([, { command, environment }]) => settingsOf(command!, environment!));
    assert.deepEqual(settings.map(({ isEdge }) => isEdge), [false, true, true, true]);
    assert.deepEqual([...new Set(settings.map(({ relay }) => relay!.engines[0]!.host))], ["valkey"]);
    for (const { depends_on = [] } of Object.values(file.services)) for (const name of depends_on) assert.ok(name in file.services, name);
  });

  it("gives HAProxy the names of its boxes in place of every address", async () => {
    const [file] = await readYaml(`${deploy}compose.edges.yaml`) as [{ services: Record<string, Service> }];
    const [script] = file.services["haproxy"]!.command!;
    const commands = [...script!.matchAll(/-e '(s\/[^']+)'/g)].map(([, command]) => command!);
    const { stdout } = await new Deno.Command("sed", { args: [...commands.flatMap((command) => ["-e", command]), `${deploy}haproxy.cfg`] })
      .output();
    const filled = new TextDecoder().decode(stdout);
    assert.doesNotMatch(filled, /127\.0\.0\.1/);
    for (const name of ["origin", "edge1", "edge2", "edge3"]) assert.match(filled, new RegExp(`server \\w+ ${name}:8080`));
  });
});

withValidator("deploy/kubernetes/", () => {
  const files = ["relay", "origin", "edges", "haproxy"].map((name) => `${deploy}kubernetes/${name}.yaml`);

  it("is what Kubernetes' own schemas allow", async () => {
    const { code, text } = await python("-m", "kubernetes_validate", "--strict", ...files);
    assert.equal(code, 0, text);
  });

  it("starts boxes as this server understands it, with secrets and names that are there", async () => {
    const manifests = (await Promise.all(files.map(readYaml))).flat() as Manifest[];
    const named = (kind: string, name: string) => manifests.find((each) => each.kind === kind && each.metadata.name === name);
    const boxes = manifests.flatMap(({ spec }) => spec?.template?.spec.containers ?? []).filter(({ name }) => name === "tercet");
    const settings = boxes.map(({ args, env = [] }) => {
      const values = env.map(({ name, value, valueFrom }) => {
        if (valueFrom !== undefined) assert.ok(named("Secret", valueFrom.secretKeyRef.name), name);
        return [name, value ?? "redis://:secret@tercet-relay:6379"];
      });
      return settingsOf(args, Object.fromEntries(values));
    });
    assert.deepEqual(settings.map(({ isEdge }) => isEdge), [false, true]);
    const { data } = named("ConfigMap", "tercet-haproxy")!;
    for (const [, service] of data!["haproxy.cfg"]!.matchAll(/server \w+ (?:tercet-edge-\d\.)?([\w-]+):8080/g)) {
      assert.ok(named("Service", service!), service);
    }
  });

  (findOnPath(["haproxy"]) === null ? it.skip : it)("has the HAProxy of deploy/, but for how edges are found", async () => {
    const manifests = await readYaml(files[3]!) as Manifest[];
    const own = manifests[0]!.data!["haproxy.cfg"]!;
    const shipped = await Deno.readTextFile(`${deploy}haproxy.cfg`);
    const rules = (text: string) =>
      text.slice(text.indexOf("frontend tercet"), text.indexOf("\nbackend edges\n")).split("\n").map((line) => line.trim())
        .filter((line) => line !== "" && !/^(#|bind)/.test(line));
    assert.deepEqual(rules(own), rules(shipped));
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, own);
    const { code, stderr } = await new Deno.Command("haproxy", { args: ["-c", "-f", path] }).output();
    await Deno.remove(path);
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  });
});
