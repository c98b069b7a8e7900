import { Hono } from "hono";
import { readBody } from "../body.ts";
import { LONGEST_MESSAGE, LONGEST_NAME } from "../chat/text.ts";
import { NO_STORE } from "../headers.ts";
import { answerProblem } from "../problems.ts";
import { refuseStranger } from "../streamer_key.ts";
import type { Book } from "./book.ts";
import { faultOf, readOptional, refuseFields } from "./fields.ts";
import { readAmount } from "./money.ts";
import { NEW_GOAL, type StudioDonations, TEST_DONATION, type ThanksAnswer } from "./schemas.ts";

export interface StudioDonationsDeps {
  readonly book: Book;
  /** Thanks everybody, and counts nothing. */
  readonly thank: (thanks: ThanksAnswer) => void;
  readonly streamerKey: string | null;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

const USUAL_AMOUNT = 5;

/** /api/studio/donations and /api/studio/goal: what was given, what it is for, and a donation that only shows how one looks. */
export function createStudioDonationsRoutes({ book, thank, streamerKey, now }: StudioDonationsDeps): Hono {
  return new Hono()
    .use("/api/studio/donations/*", async (c, next) => refuseStranger(c, streamerKey) ?? await next())
    .use("/api/studio/goal", async (c, next) => refuseStranger(c, streamerKey) ?? await next())
    .get("/api/studio/donations", (c) => c.json(describe(book), 200, NO_STORE))
    .post("/api/studio/donations/test", async (c) => {
      const body = await readBody(c, TEST_DONATION);
      if (body.kind === "refused") return body.answer;
      const { amount: asked = USUAL_AMOUNT, ...texts } = body.value;
      const amount = readAmount(asked, book.currency);
      const name = readOptional(texts.name, LONGEST_NAME);
      const message = readOptional(texts.message, LONGEST_MESSAGE);
      if (amount.kind === "refused" || name.kind === "refused" || message.kind === "refused") {
        return refuseFields([
          ...(amount.kind === "refused" ? [{ field: "amount", value: asked, message: amount.reason }] : []),
          ...(name.kind === "refused" ? [faultOf("name", texts.name, name.reason, LONGEST_NAME)] : []),
          ...(message.kind === "refused" ? [faultOf("message", texts.message, message.reason, LONGEST_MESSAGE)] : []),
        ]);
      }
      const id = crypto.randomUUID();
      const at = new Date(now()).toISOString();
      const { currency } = book;
      thank({ id, at, publicId: null, name: name.text, amount: amount.amount, currency, message: message.text, isTest: true });
      return c.body(null, 204, NO_STORE);
    })
    .put("/api/studio/goal", async (c) => {
      const body = await readBody(c, NEW_GOAL);
      if (body.kind === "refused") return body.answer;
      const amount = readAmount(body.value.amount, book.currency);
      if (amount.kind === "refused") return refuseFields([{ field: "amount", value: body.value.amount, message: amount.reason }]);
      book.setGoal({ name: body.value.name, amount: amount.amount });
      return c.json(book.goal, 200, NO_STORE);
    })
    .delete("/api/studio/goal", (c) => {
      if (book.goal === null) return answerProblem("no_goal");
      book.setGoal(null);
      return c.body(null, 204, NO_STORE);
    });
}

function describe({ currency, newest, totals, goal }: Book): StudioDonations {
  return {
    currency,
    donations: newest.map(({ id, atMs, name, amount, currency, message, origin }) => (
      { id, at: new Date(atMs).toISOString(), name, amount, currency, message, origin }
    )),
    totals: [...totals].map(([currency, total]) => ({ currency, ...total })),
    goal,
  };
}
