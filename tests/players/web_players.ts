import type { Chromium } from "../browser/chromium.ts";
import { openPage, type Watch } from "../browser/watch.ts";

/** Players for the web beside hls.js, as npm has them. */
export type WebPlayer = "video.js" | "shaka-player";

const SCRIPTS: Record<WebPlayer, string> = {
  "video.js": "video.js/dist/video.min.js",
  "shaka-player": "shaka-player/dist/shaka-player.compiled.js",
};

const STARTS: Record<WebPlayer, (url: string) => string> = {
  "video.js": (url) =>
    `const player = videojs(video, { autoplay: "muted", html5: { vhs: { overrideNative: true } } });
    player.on("error", () => probe.errors.push("FATAL " + player.error().message));
    player.src({ src: ${JSON.stringify(url)}, type: "application/vnd.apple.mpegurl" });`,
  "shaka-player": (url) =>
    `shaka.polyfill.installAll();
    const player = new shaka.Player();
    player.addEventListener("error", ({ detail }) => probe.errors.push((detail.severity === 2 ? "FATAL " : "") + "shaka " + detail.code));
    player.configure({ streaming: { lowLatencyMode: false } });
    player.attach(video).then(() => player.load(${JSON.stringify(url)})).catch((problem) => probe.errors.push("FATAL " + problem));`,
};

/** Plays an address in one of them, each in its own settings (Shaka without its low latency). The packages are those of tests/players/web/deno.json. */
export async function openWebPlayer(player: WebPlayer, url: string, chromium: Chromium): Promise<Watch> {
  const script = await Deno.readFile(await findScript(SCRIPTS[player]));
  const page = `<!doctype html><video class="video-js" muted autoplay playsinline></video><script src="/player.js"></script><script>
    probe.beganMs = performance.now();
    const video = document.querySelector("video");
    ${STARTS[player](url)}
  </script>`;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) =>
      new URL(request.url).pathname === "/player.js"
        ? new Response(script, { headers: { "content-type": "text/javascript" } })
        : new Response(page, { headers: { "content-type": "text/html" } }),
  );
  const watch = await openPage(`http://127.0.0.1:${server.addr.port}/`, chromium);
  return {
    ...watch,
    async close() {
      await watch.close();
      await server.shutdown();
    },
  };
}

/** They are large, and only tests want them: so they have a configuration and a lock of their own, which `sh setup.sh --tests` installs. */
async function findScript(specifier: string): Promise<URL> {
  const config = decodeURIComponent(new URL("web/deno.json", import.meta.url).pathname);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--config", config, `console.log(import.meta.resolve(${JSON.stringify(specifier)}))`],
  }).output();
  if (!success) throw new Error(`Cannot find ${specifier}: ${new TextDecoder().decode(stderr).slice(0, 200)}`);
  return new URL(new TextDecoder().decode(stdout).trim());
}
