import { Hono } from "hono";
import { readText } from "../body.ts";
import { isHtml, type PageFile } from "../pages.ts";
import { createGate, type GateDeps } from "./gate.ts";

export interface RoomRoutesDeps extends GateDeps {
  readonly pages: readonly PageFile[];
}

/** The picture alone, which stands in frames of other sites. */
const EMBEDDED = "/embed";
/** The streamer's page has a key of its own, and what lies over OBS's picture a token. */
const OWN_PROOF = /^\/(?:studio$|overlay\/)/;

/**
 * The room's gate before every door that tells something of the show, and POST /room, where the form sends the key. To be mounted before those doors. What
 * proves by its own address who asks stands outside: playlists of a viewer, and media. So do the pages' scripts and styles, and what machines ask.
 */
export function createRoomRoutes(deps: RoomRoutesDeps): Hono {
  const gate = createGate(deps);
  const app = new Hono().use("/api/*", gate.api).use("/live.m3u8", gate.player).use("/thumbnail.jpg", gate.player).use("/", gate.page);
  const others = deps.pages.filter((page) => isHtml(page) && page.path !== "/" && !OWN_PROOF.test(page.path));
  for (const { path } of others) app.use(path, path === EMBEDDED ? gate.embed : gate.page);
  return app
    .post("/room", async (c) => {
      const body = await readText(c);
      return body.kind === "refused" ? body.answer : gate.enter(c, new URLSearchParams(body.value).get("key") ?? "");
    })
    // Who goes back to the form's own address.
    .get("/room", (c) => c.redirect("./", 303));
}

/** GET /robots.txt of a show that is not for search engines. */
export function createRobotsRoutes(): Hono {
  return new Hono().get("/robots.txt", () => new Response("User-agent: *\nDisallow: /\n", { headers: { "content-type": "text/plain" } }));
}
