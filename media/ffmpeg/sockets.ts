export type Transport = "unix" | "tcp";

/** Listeners that one ffmpeg connects to. */
export interface SocketFolder {
  /** Opens one more. Throws where the system refuses. */
  listen(name: string): Listening;
  /** Lets all listeners go, and the folder. What was accepted stays open. Closing twice is harmless. */
  close(): Promise<void>;
}

export interface Listening {
  /** As ffmpeg takes it for an input or output. */
  readonly url: string;
  /** The next connection; null once the listener is closed. */
  accept(): Promise<Deno.Conn | null>;
  close(): void;
}

/**
 * Makes a fresh folder for the sockets under `folder` (a file left by a killed server cannot be in the way). Where the system or the file system has no
 * unix sockets (Windows, exFAT, many shares), or their path would be too long, they are TCP ports of the loopback address.
 */
export async function openSocketFolder(o: { folder: string; transport?: Transport }): Promise<SocketFolder> {
  const wanted = o.transport ?? (Deno.build.os === "windows" ? "tcp" : "unix");
  const path = wanted === "unix" ? await Deno.makeTempDir({ dir: o.folder, prefix: SOCKET_FOLDER_PREFIX }) : null;
  const open: Listening[] = [];
  let canBeUnix = path !== null && new TextEncoder().encode(path).byteLength + MAX_NAME_BYTES <= MAX_UNIX_PATH_BYTES;

  function listen(name: string): Listening {
    if (canBeUnix) {
      try {
        return keep(Deno.listen({ transport: "unix", path: `${path}/${name}` }), `unix:${path}/${name}`);
      } catch {
        canBeUnix = false;
      }
    }
    const listener = Deno.listen({ transport: "tcp", hostname: "127.0.0.1", port: 0 });
    return keep(listener, `tcp://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`);
  }

  function keep(listener: Deno.Listener, url: string): Listening {
    const listening: Listening = {
      url,
      accept: () => listener.accept().catch(() => null),
      close() {
        try {
          listener.close();
        } catch {
          // closed before
        }
      },
    };
    open.push(listening);
    return listening;
  }

  async function close(): Promise<void> {
    for (const listening of open) listening.close();
    if (path !== null) await Deno.remove(path, { recursive: true }).catch(() => {});
  }

  let closing: Promise<void> | null = null;
  return { listen, close: () => closing ??= close() };
}

/** Removes what earlier lives of the server left under `folder`: nobody listens there any more. */
export async function removeOldSocketFolders(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && name.startsWith(SOCKET_FOLDER_PREFIX)) await Deno.remove(`${folder}/${name}`, { recursive: true }).catch(() => {});
  }
}

/** Closes a connection that may be closed already. */
export function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // closed before
  }
}

const SOCKET_FOLDER_PREFIX = "run-";
/** Of sockaddr_un: 108 bytes on Linux, 104 elsewhere, with a 0 at the end. */
const MAX_UNIX_PATH_BYTES = 100;
const MAX_NAME_BYTES = 10;
