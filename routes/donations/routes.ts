import { Hono } from "hono";
import { donorCode } from "../../media/audience/donor_code.ts";
import type { Donors } from "../../media/audience/donors.ts";
import type { Viewer } from "../../media/audience/viewer.ts";
import type { DonationSettings } from "../../media/settings/settings.ts";
import { describeChoice, type DescribeDeps } from "../describe_viewer.ts";
import type { Viewers } from "../../media/audience/viewers.ts";
import type { EventHub } from "../event_hub.ts";
import type { Forwarded } from "../forwarded.ts";
import type { Limits } from "../limits.ts";
import type { Book } from "./book.ts";
import { createDonationsDoor } from "./door.ts";
import type { DonateAnswer, ThanksAnswer } from "./schemas.ts";
import type { GiftWire } from "./shared.ts";
import type { Donation, DonationStore } from "./store.ts";
import { createStudioDonationsRoutes } from "./studio.ts";
import { createTill } from "./till.ts";
import { createWebhooksRoutes } from "./webhooks.ts";

/** What donations need besides viewers and hub; none of it is there with `--no-donate`. */
export interface Donations {
  readonly settings: DonationSettings;
  readonly store: DonationStore;
  readonly donors: Donors;
  readonly book: Book;
  /** The tills of other boxes. Left out: there is one box. */
  readonly wire?: GiftWire;
}

export interface DonationsDeps extends DescribeDeps {
  readonly donations: Donations;
  readonly viewers: Viewers;
  readonly hub: EventHub;
  readonly forwarded: Forwarded;
  readonly limits: Limits;
  /** Null where there is no streamer. */
  readonly streamerKey: string | null;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** A line for the streamer. */
  readonly log?: (line: string) => void;
}

/** The doors of donations, joined to those who are to hear of them. */
export function createDonationsRoutes(deps: DonationsDeps): Hono {
  const { viewers, hub, forwarded, limits, now } = deps;
  const { settings, store, donors, book, wire } = deps.donations;

  function find(code: string): Viewer | null {
    for (const viewer of viewers.present()) if (donorCode(viewer.publicId) === code) return viewer;
    return null;
  }

  function thank(thanks: ThanksAnswer): void {
    book.noteThanks(thanks);
    hub.broadcast({ type: "donation", ...thanks });
  }

  function tell(donation: Donation): void {
    const { id, atMs, publicId, name, amount, currency, message } = donation;
    book.note(donation);
    thank({ id, at: new Date(atMs).toISOString(), publicId, name, amount, currency, message });
    const donor = publicId === null ? null : viewers.findPublic(publicId);
    if (donor === null) return;
    const choice = describeChoice(deps, donor, () => viewers.count().total);
    hub.sendTo(donor.id, JSON.stringify({ type: "choice", ...choice }));
  }

  const till = createTill({ store, donors, tell, now, ...(wire ? { wire } : {}) });
  return new Hono()
    .route("/", createStudioDonationsRoutes({ book, thank, streamerKey: deps.streamerKey, now }))
    .route("/", createDonationsDoor({ viewers, forwarded, till, limits, currency: settings.currency, link: settings.link }))
    .route(
      "/",
      createWebhooksRoutes({
        ...settings,
        till,
        now,
        ...(deps.log ? { log: deps.log } : {}),
        findPublicId: (code) => find(code)?.publicId ?? null,
      }),
    );
}

/** How this viewer can donate. Stripe's payment links hand on a `client_reference_id` (https://docs.stripe.com/payment-links/url-parameters). */
export function describeDonate({ currency, link }: DonationSettings, viewer: Pick<Viewer, "publicId">): DonateAnswer {
  const code = donorCode(viewer.publicId);
  if (link === null) return { currency, link: null, code };
  const own = new URL(link);
  if (/(^|\.)stripe\.com$/.test(own.hostname)) own.searchParams.set("client_reference_id", code);
  return { currency, link: own.href, code };
}
