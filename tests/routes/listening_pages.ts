import { waitFor } from "../fixtures/condition.ts";
import type { Show } from "./show.ts";

/** A page that has its events and keeps all it hears. */
export interface ListeningPage {
  readonly viewer: string;
  readonly heard: readonly string[];
}

export interface ListeningPages {
  /** Of the server, with its port. */
  readonly base: string;
  readonly pages: readonly ListeningPage[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves the show's app on the loopback address and opens so many pages' events. Disposing ends all of it, the show too. */
export async function openListeningPages(show: Show, count: number): Promise<ListeningPages> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request, info) => show.app.fetch(request, info));
  const address = `127.0.0.1:${server.addr.port}`;
  const sockets: WebSocket[] = [];
  const pages = await Promise.all(Array.from({ length: count }, async () => {
    const viewer = await show.join();
    const socket = new WebSocket(`ws://${address}/api/viewers/${viewer}/events`);
    sockets.push(socket);
    const heard: string[] = [];
    socket.onmessage = ({ data }) => heard.push(data);
    await waitFor("the state", 5000, () => heard.length > 0, 2);
    return { viewer, heard };
  }));
  return {
    base: `http://${address}`,
    pages,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close();
      show.window.end();
      show.hub.close();
      await server.shutdown();
    },
  };
}
