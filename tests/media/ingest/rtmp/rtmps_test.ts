import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { startChild } from "../../../fixtures/child.ts";
import { waitFor } from "../../../fixtures/condition.ts";
import { openReception } from "./reception.ts";

const STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";

/** As the README has it, on a port of the test's. */
function configOf(port: number, rtmpPort: number): string {
  return `load_module ${STREAM_MODULE};
daemon off;
pid nginx.pid;
error_log stderr warn;
events {}
stream {
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    proxy_pass 127.0.0.1:${rtmpPort};
    proxy_protocol on;
  }
}
`;
}

async function canLoad(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

if (await canLoad(STREAM_MODULE)) {
  describe("RTMPS behind nginx's stream module", () => {
    it("ffmpeg publishes through it, and the PROXY header says from where", async () => {
      await using reception = openReception();
      const folder = await Deno.makeTempDir();
      const port = freePort();
      const subject = ["-subj", "/CN=localhost", "-days", "1", "-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`];
      await startChild("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject]).ended;
      await Deno.writeTextFile(`${folder}/nginx.conf`, configOf(port, reception.port));
      await using nginx = startChild("nginx", ["-p", folder, "-c", "nginx.conf"]);
      await waitFor("nginx", 10_000, () => listensOn(port));
      const source = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=1", "-c:v", "libx264", "-preset", "ultrafast"];
      const { code } = await startChild("ffmpeg", [
        "-v",
        "error",
        ...source,
        "-f",
        "flv",
        `rtmps://127.0.0.1:${port}/live/${reception.key}`,
      ]).ended;
      assert.equal(code, 0, nginx.output());
      assert.deepEqual(reception.logged.slice(-2), ["OBS publishes from 127.0.0.1", "OBS has stopped"]);
      await nginx.stop();
      await Deno.remove(folder, { recursive: true });
    });
  });
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function listensOn(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
