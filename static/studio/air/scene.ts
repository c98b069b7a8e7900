import type { SceneAnswer } from "../../../routes/studio/schemas.ts";

/** What is shown, as the studio chooses it; a value. */
export type Scene = Pick<SceneAnswer, "source" | "inset">;
export type Inset = NonNullable<Scene["inset"]>;
/** How an inset stands, whatever source it shows. */
export type InsetPlace = Omit<Inset, "source">;

export const INSET_SIZES: readonly Inset["size"][] = ["1/2", "1/3", "1/4"];
export const INSET_CORNERS: readonly Inset["corner"][] = ["top_left", "top_right", "bottom_left", "bottom_right"];

/** Another source fills the picture; the inset stays, unless it is that source. */
export function withSource({ inset }: Scene, source: string): Scene {
  return { source, inset: inset?.source === source ? null : inset };
}

/** The source becomes the inset; the one that it is already goes. */
export function withInset({ source, inset }: Scene, wished: string, place: InsetPlace): Scene {
  return { source, inset: inset?.source === wished ? null : { ...place, source: wished } };
}

export function isSameScene(one: Scene, other: Scene): boolean {
  return one.source === other.source && one.inset?.source === other.inset?.source && one.inset?.size === other.inset?.size &&
    one.inset?.corner === other.inset?.corner;
}

/** What a source is to the scene that is shown, and to the one that is being made ready. */
export function roleOf(id: string, shown: Scene | null, coming: Scene | null): "on_air" | "inset" | "coming" | null {
  const isShown = id === shown?.source || id === shown?.inset?.source;
  if (coming !== null && id === coming.source && id !== shown?.source) return "coming";
  if (coming !== null && id === coming.inset?.source && !isShown) return "coming";
  return id === shown?.source ? "on_air" : isShown ? "inset" : null;
}
