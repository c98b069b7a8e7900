import { beforeAll, it } from "@std/testing/bdd";

/** So many run at a time. */
const MOST = 4;

/** Tests that mostly wait: some run at a time, after `prepare`, and each is told of by its own name. */
export function together(prepare: () => void | Promise<void>, cases: Readonly<Record<string, () => Promise<void>>>): void {
  const entries = Object.entries(cases);
  const outcomes = new Map(entries.map(([name]) => [name, Promise.withResolvers<{ readonly problem: unknown } | null>()]));

  async function runSome(waiting: typeof entries): Promise<void> {
    for (let next; (next = waiting.shift()) !== undefined;) {
      const [name, run] = next;
      const problem = await run().then(() => null, (problem) => ({ problem }));
      outcomes.get(name)!.resolve(problem);
    }
  }

  beforeAll(async () => {
    await prepare();
    const waiting = [...entries];
    for (let i = 0; i < MOST; i++) runSome(waiting);
  });
  for (const [name] of entries) {
    it(name, async () => {
      const failed = await outcomes.get(name)!.promise;
      if (failed) throw failed.problem;
    });
  }
}
