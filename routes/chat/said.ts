/** What somebody wants to say. */
export interface Said {
  readonly publicId: string;
  /** Empty where it tells nobody from another. */
  readonly address: string;
  readonly name: string;
  readonly text: string;
  /** Null makes one up. */
  readonly key: string | null;
  /** No limit and no ban holds for the streamer. */
  readonly isStreamer: boolean;
  /** Nor for a moderator. */
  readonly isModerator?: boolean;
}
