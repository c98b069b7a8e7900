import { join } from "node:path";
import { checkFfmpeg } from "../../media/ffmpeg/check_ffmpeg.ts";
import { ask, type Finding, note, ok, stops } from "./finding.ts";

const LEAST_DENO = [2, 9] as const;
/** What the graphs of intakes, card, encoder and motion are made of. */
export const NEEDED_FILTERS = [
  ...[
    "aformat",
    "anullsrc",
    "aresample",
    "avgblur",
    "blend",
    "bwdif",
    "eq",
    "format",
    "fps",
    "hflip",
    "loop",
    "lutyuv",
    "median",
    "metadata",
    "null",
  ],
  ...["nullsink", "pad", "scale", "select", "setparams", "setpts", "setsar", "settb", "signalstats", "split", "tblend", "vignette"],
];

/** Deno, ffmpeg and what it was built with, the packages and the built pages. */
export async function checkPrograms(o: { readonly root: string; readonly wantsSrt: boolean }): Promise<Finding[]> {
  return [checkDeno(Deno.version.deno), ...await checkFfmpegWhole(o.wantsSrt), await checkPackages(o.root), await checkPages(o.root)];
}

function checkDeno(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isNew = major > LEAST_DENO[0] || major === LEAST_DENO[0] && minor >= LEAST_DENO[1];
  return isNew
    ? ok("Deno", version)
    : stops("Deno", `${version} is older than ${LEAST_DENO.join(".")}: run sh setup.sh, which says how to bring it up`);
}

async function checkFfmpegWhole(wantsSrt: boolean): Promise<Finding[]> {
  const found = await checkFfmpeg();
  if (found.kind === "missing") return [stops("ffmpeg", found.reason)];
  const [filters, protocols] = await Promise.all([
    ask("ffmpeg", ["-hide_banner", "-filters"]),
    ask("ffmpeg", ["-hide_banner", "-protocols"]),
  ]);
  const lacking = NEEDED_FILTERS.filter((name) => !new RegExp(` ${name} `).test(filters ?? ""));
  if (lacking.length > 0) {
    return [
      stops(
        "ffmpeg",
        `${found.version} was built without ${lacking.join(", ")}: install a complete one, such as your system's own package`,
      ),
    ];
  }
  const hasSrt = /^ *srt$/m.test(protocols ?? "");
  return [
    ok("ffmpeg", `${found.version}, with libx264, aac and all filters that the show needs`),
    ...(found.hasZscale ? [] : [note("HDR", "this ffmpeg has no zscale: sources in HDR come out pale")]),
    ...(/ drawtext /.test(filters ?? "") ? [] : [note("text", "this ffmpeg has no drawtext: no line of text can be laid over the show")]),
    ...(hasSrt
      ? []
      : wantsSrt
      ? [stops("SRT", "--srt needs an ffmpeg with libsrt, which this one has not")]
      : [note("SRT", "this ffmpeg has no libsrt: nobody can publish by SRT")]),
  ];
}

async function checkPackages(root: string): Promise<Finding> {
  const is = await ask(Deno.execPath(), [
    "run",
    "--quiet",
    "--cached-only",
    "--frozen",
    "--allow-env",
    "--allow-read",
    join(root, "main.ts"),
    "--version",
  ], 20_000) !== null;
  return is
    ? ok("packages", "all of deno.lock that the server needs are here")
    : note("packages", "some are not here: the next start needs the network, or run deno install --frozen while there is one");
}

async function checkPages(root: string): Promise<Finding> {
  const built = await Promise.all(
    ["index.html", "studio.html"].map((name) => Deno.stat(join(root, "static/dist", name)).then(() => true, () => false)),
  );
  return built.every((is) => is) ? ok("pages", "built") : note("pages", "not built yet: the first start does it, or run deno task build");
}
