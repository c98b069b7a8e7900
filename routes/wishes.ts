import { z } from "zod";
import { MODES, QUALITIES, type Viewer, type Wish } from "../media/audience/viewer.ts";
import type { FieldError, Problem } from "./problems.ts";

const MODE = z.enum(MODES);
const QUALITY = z.enum(QUALITIES);

/** POST /api/viewers, and the query of /live.m3u8. `player` is what the page plays with. */
export const NEW_VIEWER = z.strictObject({
  mode: MODE.optional(),
  quality: QUALITY.optional(),
  player: z.enum(["hls.js", "native"]).optional(),
});

/** PATCH /api/viewers/{viewer}. */
export const CHANGED_WISH = z.strictObject({ mode: MODE.optional(), quality: QUALITY.optional() });

export type WishOutcome = { readonly kind: "wish"; readonly wish: Wish } | { readonly kind: "problem"; readonly problem: Problem };

type Asked = { readonly [name in keyof Wish]?: Wish[name] | undefined };

/** The wish after a change. In gaming mode the motion chooses, so a quality is refused there; it stays stored for the way back. */
export function changeWish(now: Pick<Viewer, "mode" | "quality">, asked: Asked): WishOutcome {
  const mode = asked.mode ?? now.mode;
  if (mode === "gaming" && asked.quality !== undefined) return { kind: "problem", problem: "quality_while_gaming" };
  return { kind: "wish", wish: { mode, quality: asked.quality ?? now.quality } };
}

/** What zod found wrong, in the words of the one who asked: which field, which value, what would do. */
export function describeIssues(error: z.ZodError, input: unknown): FieldError[] {
  return error.issues.flatMap((issue) => {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => ({ field: path.join("."), value: valueAt(input, path), message: issue.message }));
  });
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, name) => typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined, input) ?? null;
}
