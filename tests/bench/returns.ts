import { openReturnShow, type Returner, type ReturnShow } from "../browser/return_show.ts";
import { type Absence, goAway, type Return } from "../browser/returning.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, note, type Row } from "./table.ts";

const PICTURE_SECONDS = 3;

interface Kind {
  readonly name: string;
  begin(show: ReturnShow): (returner: Returner) => Absence;
}

/** Two Chromiums and a Firefox that lose their network, their server and their wakefulness, several times each: how soon there is a picture of the live edge. */
export async function runReturns({ quick }: BenchOptions): Promise<Row[]> {
  const rounds = quick ? 1 : 4;
  const suspendedSeconds = quick ? 13 : 60;
  const kinds: Kind[] = [
    { name: "20 s without a network", begin: () => (returner) => returner.cut(20_000) },
    {
      name: "the server killed and started again",
      begin(show) {
        const absence = show.killServer(1000);
        return () => absence;
      },
    },
    { name: `the tab suspended for ${suspendedSeconds} s`, begin: () => (returner) => returner.suspend(suspendedSeconds * 1000) },
  ];
  const show = await openReturnShow();
  const rows: Row[] = [];
  try {
    for (const { name, begin } of kinds) {
      const returns = new Map<string, Return[]>(show.returners.map(({ name }) => [name, []]));
      const hasChosen: boolean[] = [];
      for (let round = 0; round < rounds; round++) {
        const absenceOf = begin(show);
        await Promise.all(show.returners.map(async (returner) => {
          returns.get(returner.name)!.push(await goAway(returner.seat, show.server, absenceOf(returner)));
          hasChosen.push(JSON.stringify(await returner.readChoice()) === JSON.stringify(returner.chosen));
        }));
      }
      rows.push(note(name, rounds, "times"), ...[...returns].flatMap(([who, all]) => describe(who, all)));
      rows.push(
        holds("  each with what it had chosen", hasChosen.every(Boolean), `${hasChosen.filter(Boolean).length} of ${hasChosen.length}`),
      );
    }
  } finally {
    await show.close();
  }
  return rows;
}

function describe(who: string, returns: readonly Return[]): Row[] {
  const each = (read: (one: Return) => number | null) => returns.map((one) => read(one) ?? "never").join(", ");
  const worst = (read: (one: Return) => number | null) =>
    returns.some((one) => read(one) === null) ? null : Math.max(...returns.map((one) => read(one)!));
  const wrong = returns.flatMap(({ wrongInChat }) => wrongInChat);
  return [
    atMost(`  ${who}: a picture again after, at worst`, worst((one) => one.pictureSeconds), "s", PICTURE_SECONDS),
    note("    each time", each((one) => one.pictureSeconds), "s"),
    atMost("    the chat complete after, at worst", worst((one) => one.chatSeconds), "s", PICTURE_SECONDS),
    holds("    nothing said is lost or doubled", wrong.length === 0, wrong.slice(0, 3).join(", ") || "none"),
    holds("    the same viewer", returns.every(({ viewers }) => viewers.length === 1), `${returns.at(-1)?.viewers.length ?? 0}`),
    note("    glass to glass before", each((one) => one.behindMsBefore), "ms"),
    note("    and after", each((one) => one.behindMs), "ms"),
  ];
}
