import { writeNutFrameHead, writeNutHeader } from "../ffmpeg/nut_writer.ts";
import { startProcess } from "../ffmpeg/process.ts";
import { closeQuietly, openSocketFolder, type Transport } from "../ffmpeg/sockets.ts";
import type { RawPicture } from "../intake/raw_picture.ts";
import type { Grid } from "../timeline/grid.ts";
import { buildPictureArguments, type PictureEncoding } from "./arguments.ts";
import { createFeed } from "./feed.ts";
import { commandsBetween, type Filter } from "./filters.ts";
import { readConnection, readFlv } from "./output.ts";
import { createRowAligner, type Row } from "./rows.ts";
import { describeFailedStart, type RunEnd } from "./run_end.ts";
import { beginLife, type EncoderRun } from "./run_life.ts";

/** One life of the ffmpeg that encodes the pictures of the show; places are ticks. */
export interface PictureRun extends EncoderRun<RawPicture> {
  readonly encoding: PictureEncoding;
  readonly firstTick: number;
  /** Goes over to it, a tenth of a second or two later. */
  setFilter(filter: Filter): void;
}

/** Takes what one run gives back. */
export interface PictureSink {
  /** Every rendition's decoder configuration (avcC) is known; rows follow. */
  configured(pictures: readonly Uint8Array[]): void;
  row(row: Row): void;
  /** Text of ffmpeg's metadata filter, cut anywhere. */
  motion(text: Uint8Array): void;
}

export interface PictureRunOptions {
  readonly encoding: PictureEncoding;
  readonly canvas: { readonly width: number; readonly height: number };
  readonly grid: Grid;
  readonly firstTick: number;
  /** Which is on from its first picture. */
  readonly filter: Filter;
  /** The sockets' fresh folder is made here. */
  readonly folder: string;
  readonly sink: PictureSink;
  /** Only tests name another program: no other may be run. */
  readonly program?: string;
  readonly transport?: Transport;
}

/** Starts a run. What the caller should expect to go wrong comes back as a RunEnd. */
export async function startPictureRun(o: PictureRunOptions): Promise<PictureRun | RunEnd> {
  const { grid, encoding, sink } = o;
  const sockets = await openSocketFolder(o);
  const input = sockets.listen("in");
  const outputs = encoding.ladder.map((_, rendition) => sockets.listen(`${rendition}`));
  const motion = sockets.listen("motion");
  const process = startProcess({
    ...(o.program ? { program: o.program } : {}),
    takesCommands: true,
    args: buildPictureArguments({
      ...o,
      input: input.url,
      urls: { pictures: outputs.map(({ url }) => url), motion: motion.url },
    }),
  });
  if ("kind" in process) {
    await sockets.close();
    return describeFailedStart(process.reason);
  }

  const configs: (Uint8Array | null)[] = encoding.ladder.map(() => null);
  const early: Row[] = [];
  const aligner = createRowAligner({ ...grid, firstTick: o.firstTick, renditions: encoding.ladder.length });
  let isConfigured = false;
  let hadRows = false;
  let { filter } = o;
  let wantedFilter = filter;
  let isChanging = false;
  /** Before the first row there is no graph that would take commands. */
  const changeFilter = async () => {
    if (isChanging || !hadRows) return;
    isChanging = true;
    while (filter !== wantedFilter) {
      const commands = commandsBetween(filter, wantedFilter);
      filter = wantedFilter;
      for (const command of commands) await process.command(command);
    }
    isChanging = false;
  };
  function handOver(row: Row): void {
    if (!hadRows) {
      hadRows = true;
      void changeFilter();
    }
    if (isConfigured) sink.row(row);
    else early.push(row);
  }
  function configure(rendition: number, record: Uint8Array): void {
    configs[rendition] = record.slice();
    if (isConfigured || configs.some((config) => config === null)) return;
    isConfigured = true;
    sink.configured(configs as Uint8Array[]);
    for (const row of early.splice(0)) sink.row(row);
  }
  const readings = outputs.map((listening, rendition) => ({
    listening,
    reading: readFlv(listening, (item) => {
      if (item.kind === "video_config") configure(rendition, item.data);
      else if (item.kind !== "video") throw new SyntaxError("Cannot read the output: sound among the pictures");
      else {
        const row = aligner.push(rendition, item);
        if (row) handOver(row);
      }
    }, (problem) => process.fail("broken", `output ${rendition}: ${problem}`)),
  }));
  // ffmpeg sets its graph up twice, and the metadata filter opens its file each time.
  const readingMotion = readAllConnections(motion, sink.motion);

  const feed = createFeed<RawPicture>({
    connecting: input.accept(),
    header: writeNutHeader({ kind: "pictures", ...o.canvas, rate: grid.rate }),
    headOf: (tick, { bytes }) => writeNutFrameHead(tick - o.firstTick, bytes.byteLength),
    bytesOf: ({ bytes }) => bytes,
    keep: (picture) => picture.retain(),
    letGo: (picture) => picture.release(),
  });
  return {
    ...beginLife({ process, feed, sockets, outputs: readings, hadRows: () => hadRows, onDrained: readingMotion.drop }),
    encoding,
    firstTick: o.firstTick,
    setFilter(next) {
      wantedFilter = next;
      void changeFilter();
    },
  };
}

function readAllConnections(listening: { accept(): Promise<Deno.Conn | null>; close(): void }, onBytes: (bytes: Uint8Array) => void) {
  const open = new Set<Deno.Conn>();
  async function acceptAll(): Promise<void> {
    for (;;) {
      const connection = await listening.accept();
      if (connection === null) return;
      open.add(connection);
      readConnection(connection, onBytes).finally(() => open.delete(connection));
    }
  }
  acceptAll();
  return {
    drop(): void {
      listening.close();
      for (const connection of open) closeQuietly(connection);
    },
  };
}
