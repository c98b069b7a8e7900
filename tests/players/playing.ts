/** A player that plays until it is stopped. */
export interface Playing<Result> {
  /** Ends the player and tells what it saw; asked again, it tells the same. */
  stop(): Promise<Result>;
  [Symbol.asyncDispose](): Promise<void>;
}
