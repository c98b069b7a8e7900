/** A loopback server with one page that plays `url` in the stock hls.js of npm, and nothing else. */
export async function serveStockPage(
  url: string,
  config: Record<string, unknown>,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const script = await Deno.readFile(new URL(import.meta.resolve("hls.js/dist/hls.min.js")));
  const page = `<!doctype html><video muted autoplay playsinline></video><script src="/hls.js"></script><script>
    probe.beganMs = performance.now();
    const hls = window.hls = new Hls(${JSON.stringify(config)});
    hls.on(Hls.Events.ERROR, (_, error) => probe.errors.push(error.details + (error.fatal ? " FATAL" : "")));
    hls.loadSource(${JSON.stringify(url)});
    hls.attachMedia(document.querySelector("video"));
  </script>`;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) =>
      new URL(request.url).pathname === "/hls.js"
        ? new Response(script, { headers: { "content-type": "text/javascript" } })
        : new Response(page, { headers: { "content-type": "text/html" } }),
  );
  return { address: `http://127.0.0.1:${server.addr.port}/`, close: () => server.shutdown() };
}
