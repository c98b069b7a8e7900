import type { PicturePool, RawPicture } from "../../intake/raw_picture.ts";
import type { Scene } from "../scene.ts";
import { blendInto, WHOLE } from "./blend.ts";
import { type Composer, createComposer, type InsetPicture } from "./composer.ts";
import type { Overlay } from "./overlay.ts";
import type { Size } from "./size.ts";

/** What the canvas asks of a source (see `MixInput`). */
export interface ScreenInput {
  /** The picture that stands then, not retained; null where it has none to show: the card takes its place. */
  pictureAt(showMs: number): RawPicture | null;
  /** Of its pictures without the bars that fit them into the canvas; null where it is not known. */
  readonly shape: Size | null;
}

/** What stands on the canvas, picture by picture. */
export interface Screen {
  /** From the next picture on; where `fadePictures` is more than 0, by so many that are of both. */
  show(scene: Scene, fadePictures: number): void;
  readonly scene: Scene;
  /** From the next picture on these lie over whatever stands there, the last one on top. */
  setOverlays(overlays: readonly Overlay[]): void;
  /** The next picture. It stands until the next one is asked for: whoever needs it longer retains it. */
  next(dueMs: number): RawPicture;
  /** The newest picture's scene had the card in place of its source. */
  readonly isCard: boolean;
  close(): void;
}

interface Layer {
  readonly scene: Scene;
  readonly composer: Composer;
}

export function createScreen(o: {
  readonly canvas: Size;
  readonly pool: PicturePool;
  readonly scene: Scene;
  readonly inputOf: (source: string) => ScreenInput | null;
  readonly card: () => RawPicture;
}): Screen {
  let layer = createLayer(o.scene);
  let fade: { readonly from: Layer; readonly pictures: number; made: number } | null = null;
  let blended: RawPicture | null = null;
  let overlays: readonly Overlay[] = [];
  let isCard = true;

  function createLayer(scene: Scene): Layer {
    return { scene, composer: createComposer(o.canvas, o.pool) };
  }

  function compose({ scene, composer }: Layer, dueMs: number): { readonly picture: RawPicture; readonly isCard: boolean } {
    const base = o.inputOf(scene.source)?.pictureAt(dueMs) ?? null;
    return { picture: composer.compose(base ?? o.card(), insetAt(scene, dueMs), scene.inset, overlays), isCard: base === null };
  }

  function insetAt({ inset }: Scene, dueMs: number): InsetPicture | null {
    const input = inset && o.inputOf(inset.source);
    const picture = input?.pictureAt(dueMs) ?? null;
    return picture && { picture, shape: input!.shape };
  }

  function blend(before: RawPicture, after: RawPicture, share: number): RawPicture {
    if (before === after) return after;
    blended = o.pool.take();
    blendInto(blended.bytes, before.bytes, after.bytes, Math.round(share * WHOLE));
    return blended;
  }

  function letGo(): void {
    blended?.release();
    blended = null;
  }

  function endFade(): void {
    fade?.from.composer.close();
    fade = null;
  }

  return {
    show(scene, fadePictures) {
      endFade();
      if (fadePictures > 0) fade = { from: layer, pictures: fadePictures, made: 0 };
      else layer.composer.close();
      layer = createLayer(scene);
    },
    get scene() {
      return layer.scene;
    },
    setOverlays(next) {
      overlays = next;
    },
    next(dueMs) {
      letGo();
      const before = fade && compose(fade.from, dueMs).picture;
      const after = compose(layer, dueMs);
      isCard = after.isCard;
      if (fade === null || before === null) return after.picture;
      const picture = blend(before, after.picture, ++fade.made / (fade.pictures + 1));
      if (fade.made === fade.pictures) endFade();
      return picture;
    },
    get isCard() {
      return isCard;
    },
    close() {
      letGo();
      endFade();
      layer.composer.close();
    },
  };
}
