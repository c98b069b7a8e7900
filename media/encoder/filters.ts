/** What the streamer can lay over the whole show; one at a time. */
export const FILTERS = ["none", "grey", "sepia", "mirror", "blur", "vivid", "vignette"] as const;
export type Filter = (typeof FILTERS)[number];

type Switched = Exclude<Filter, "none">;

/** Each with ffmpeg's filter that makes it. All of them take yuv420p as it is: one that does not would cost a conversion, there and back, whether it is on or off. */
function graphsOf(width: number): Readonly<Record<Switched, string>> {
  return {
    grey: "lutyuv@grey=u=128:v=128",
    sepia: "lutyuv@sepia=u=112:v=142",
    mirror: "hflip@mirror=",
    blur: `avgblur@blur=sizeX=${Math.max(1, Math.round(width / BLURS))}`,
    vivid: "eq@vivid=saturation=1.5:contrast=1.1",
    vignette: "vignette@vignette=",
  };
}

/** Of the canvas's width. */
const BLURS = 100;

/** All of them behind one another, the one that is on enabled: what is not lets pictures pass untouched. */
export function buildFilters(on: Filter, canvas: { readonly width: number }): string {
  return Object.entries(graphsOf(canvas.width)).map(([name, graph]) =>
    `${graph}${graph.endsWith("=") ? "" : ":"}enable=${name === on ? 1 : 0}`
  )
    .join(",");
}

/** The filter commands that go from one to the other; the new one comes first, so that nothing is ever bare between. */
export function commandsBetween(before: Filter, after: Filter): string[] {
  if (before === after) return [];
  return [...switchTo(after, 1), ...switchTo(before, 0)];
}

function switchTo(filter: Filter, enable: 0 | 1): string[] {
  return filter === "none" ? [] : [`c${graphsOf(1)[filter].split("=")[0]} -1 enable ${enable}`];
}
