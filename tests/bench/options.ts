/** What every bench is told. */
export interface BenchOptions {
  /** A tenth of the time, for trying the bench itself: its figures do not count. */
  readonly quick: boolean;
}
