/** What we use of m3u8-parser 7, which brings no types. */
export class Parser {
  on(event: "warn" | "info", listener: (event: { message: string }) => void): void;
  push(text: string): void;
  end(): void;
  readonly manifest: { readonly segments: readonly { readonly uri?: string; readonly duration: number }[] };
}
