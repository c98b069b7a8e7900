import { type Child, startChild } from "../fixtures/child.ts";
import { waitFor } from "../fixtures/condition.ts";
import { freePort } from "../fixtures/server.ts";

export interface Nginx {
  readonly port: number;
  readonly process: Child;
  [Symbol.asyncDispose](): Promise<void>;
}

/** nginx with one worker, set up as for speed, that serves a folder. Files named *.m3u8 are taken to be packed by gzip already. */
export async function startNginx(folder: string): Promise<Nginx> {
  const port = freePort();
  const scratch = await Deno.makeTempDir({ prefix: "tercet-nginx-" });
  await Deno.writeTextFile(`${scratch}/nginx.conf`, configuration(port, folder, scratch));
  const process = startChild("nginx", ["-p", scratch, "-c", `${scratch}/nginx.conf`, "-e", "stderr"]);
  const dispose = async () => {
    await process.stop();
    await Deno.remove(scratch, { recursive: true });
  };
  try {
    await waitFor("nginx", 5000, () => {
      if (process.status) throw new Error(`nginx ended: ${process.output()}`);
      return fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.body?.cancel().then(() => true) ?? true, () => false);
    });
  } catch (problem) {
    await dispose();
    throw problem;
  }
  return { port, process, [Symbol.asyncDispose]: dispose };
}

function configuration(port: number, folder: string, scratch: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${scratch};`).join(" ");
  return `daemon off; worker_processes 1; worker_rlimit_nofile 8192; pid ${scratch}/pid; ${Deno.uid() === 0 ? "user root;" : ""}
    events { worker_connections 4096; }
    http {
      ${temporary}
      access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000; keepalive_timeout 60; open_file_cache max=200;
      types { application/vnd.apple.mpegurl m3u8; video/mp4 m4s; }
      server {
        listen 127.0.0.1:${port}; root ${folder};
        add_header Access-Control-Allow-Origin *; add_header Cache-Control "public, max-age=3600, immutable";
        location ~ m3u8$ { add_header Content-Encoding gzip; }
      }
    }`;
}
