import { CORS_HEADERS } from "./headers.ts";

/** Every way in which a request can fail, and what HTTP calls it. */
const ANSWERS = {
  bad_directive: { status: 400, title: "These playlist directives cannot be satisfied" },
  bad_query: { status: 400, title: "The address asks for something unknown" },
  bad_body: { status: 400, title: "The request's body is not understood" },
  bad_message: { status: 400, title: "This cannot be said" },
  streamer_only: { status: 401, title: "This is for the streamer: the key is missing" },
  not_for_moderators: { status: 403, title: "This is for the streamer: a moderator has the chat and the viewers, and nothing else" },
  wrong_streamer_key: { status: 403, title: "This is not the streamer's key" },
  wrong_moderator_invite: { status: 403, title: "This is no moderator's link to this studio" },
  moderator_invite_ended: { status: 403, title: "This moderator's link has ended: ask the streamer for another" },
  overlay_token_missing: { status: 401, title: "This is for an overlay: what stands behind the # of its address is missing" },
  wrong_overlay_token: { status: 403, title: "This overlay's address is no longer good: the studio has the new one, under Keys" },
  wrong_studio_code: { status: 403, title: "This is no link to this studio" },
  studio_code_old: { status: 403, title: "This link to the studio is too old: it was good for ten minutes" },
  studio_code_used: { status: 403, title: "This link to the studio was used already: it was good for once" },
  room_key_missing: { status: 401, title: "This show is private: the room key or an invite is missing" },
  wrong_room_key: { status: 401, title: "This is not the room key" },
  invite_ended: { status: 401, title: "This invite has ended" },
  wrong_piece: { status: 403, title: "This address was good for another hour, or never" },
  wrong_publish_key: { status: 403, title: "This is neither the streamer's key nor a publisher's" },
  ticket_missing: { status: 401, title: "This needs a ticket of /api/studio/publish/tickets as a subprotocol" },
  ticket_not_good: { status: 403, title: "This ticket was used already, or is too old" },
  put_out: { status: 403, title: "The streamer has put you out for some minutes" },
  banned: { status: 403, title: "The streamer has shut you out of the chat" },
  bad_idempotency_key: { status: 400, title: "The Idempotency-Key is no string of 1 to 255 characters" },
  bad_webhook: { status: 400, title: "The message is not understood" },
  webhook_not_genuine: { status: 403, title: "Nothing proves who sent this" },
  foreign_origin: { status: 403, title: "This address is for the server's own pages" },
  unknown_address: { status: 404, title: "There is nothing at this address" },
  unknown_viewer: { status: 404, title: "No such viewer" },
  unknown_media: { status: 404, title: "No such media" },
  void_hint: { status: 404, title: "The hinted part will never be published" },
  unknown_message: { status: 404, title: "No such message" },
  unknown_ban: { status: 404, title: "No such ban" },
  unknown_source: { status: 404, title: "No such source" },
  no_goal: { status: 404, title: "There is no goal" },
  unknown_invite: { status: 404, title: "No such invite" },
  unknown_moderator: { status: 404, title: "No such moderator" },
  unknown_publisher: { status: 404, title: "No such publisher" },
  webhook_off: { status: 404, title: "Messages of this service are not taken" },
  wrong_method: { status: 405, title: "This address does not take that method" },
  quality_while_gaming: { status: 409, title: "In gaming mode the motion in the picture chooses the quality" },
  source_in_use: { status: 409, title: "This source is on air, or somebody publishes it" },
  source_not_ready: { status: 409, title: "This source has no picture now; what was shown goes on" },
  source_not_open: { status: 409, title: "This source is not open: nothing of it is read, so there is nothing to see" },
  no_preview_yet: { status: 409, title: "There is no small picture of this source yet: ask again in a moment" },
  scene_replaced: { status: 409, title: "Another scene was wished for meanwhile" },
  show_not_on: { status: 409, title: "No show is on: there is nothing to pause or to end" },
  show_on: { status: 409, title: "The show is on: end it before the next one is announced" },
  too_many_sources: { status: 409, title: "There are too many sources" },
  publisher_name_taken: { status: 409, title: "Another publisher has this name" },
  too_many_publishers: { status: 409, title: "There are as many publishers as there may be: withdraw one first" },
  too_many_invites: { status: 409, title: "There are as many invites as there may be: withdraw one first" },
  too_many_moderators: { status: 409, title: "There are as many moderators as there may be: withdraw one first" },
  publisher_key_shown: { status: 410, title: "This key has been shown and is kept nowhere: make another one" },
  message_deleted: { status: 410, title: "This message was said and has been deleted" },
  donate_elsewhere: { status: 409, title: "Donations are made on the streamer's own page" },
  body_broken_off: { status: 499, title: "The request's body ended before its end" },
  body_too_slow: { status: 408, title: "The request's body took too long" },
  body_too_large: { status: 413, title: "The request's body is too large" },
  address_too_long: { status: 414, title: "The address is too long" },
  range_not_satisfiable: { status: 416, title: "The range lies beyond the end" },
  bad_logo: { status: 422, title: "This cannot be a logo" },
  bad_text: { status: 422, title: "This cannot be written over the show" },
  bad_source: { status: 422, title: "This cannot be a source" },
  idempotency_key_reused: { status: 422, title: "This Idempotency-Key has named another donation" },
  upgrade_required: { status: 426, title: "This address speaks WebSocket only" },
  too_many_uploads: { status: 429, title: "Two files are on their way already" },
  too_many_requests: { status: 429, title: "Too many requests from this address" },
  too_many_sockets: { status: 429, title: "Too many event sockets from this address" },
  too_many_viewers: { status: 429, title: "Too many new viewers from this address" },
  chatting_too_fast: { status: 429, title: "Too many messages" },
  slow_mode: { status: 429, title: "The chat is in slow mode" },
  too_many_tries: { status: 429, title: "Too many wrong room keys from this address" },
  too_many_donations: { status: 429, title: "Too many donations from this address" },
  too_many_wrong_keys: { status: 429, title: "Too many wrong keys came from here: try again in a minute" },
  no_room: { status: 507, title: "There is not enough room on the server's disk" },
  server_fault: { status: 500, title: "The server made a mistake" },
  stalled: { status: 503, title: "The stream stands still: nothing has been published for a while" },
  not_ready: { status: 503, title: "The stream has not begun yet" },
  show_waiting: { status: 503, title: "The show has not begun" },
  show_ended: { status: 503, title: "The show has ended" },
  overdue: { status: 503, title: "The stream did not get that far in time" },
  ended: { status: 503, title: "The server is stopping" },
  boxes_apart: { status: 503, title: "The show's other boxes cannot be told of this now: try again in a moment" },
  draining: { status: 503, title: "This server is being emptied: another one goes on" },
  house_full: { status: 503, title: "There is no room for another viewer" },
} as const satisfies Record<string, { status: number; title: string }>;

export type Problem = keyof typeof ANSWERS;

/** One thing that is wrong with a request's body. */
export interface FieldError {
  readonly field: string;
  readonly value: unknown;
  readonly message: string;
}

/** What goes into a problem's answer besides its kind. */
export interface ProblemDetails {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** What is known of a show that is not on. */
  readonly show?: { readonly title: string; readonly description: string; readonly startsAt: string | null };
  /** Other pages may read the answer, as on playlists and media (rule 83). */
  readonly isPublic?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export function statusOf(problem: Problem): number {
  return ANSWERS[problem].status;
}

/** The answer to a request that failed, as application/problem+json (RFC 9457). `kind` in it is for programs. */
export function answerProblem(problem: Problem, { detail, errors, show, isPublic, headers }: ProblemDetails = {}): Response {
  const { status, title } = ANSWERS[problem];
  const body = { type: "about:blank", title, status, kind: problem, detail, errors, show };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(status === 503 || status === 429 ? { "retry-after": problem === "house_full" ? "5" : "1" } : {}),
      ...(isPublic ? CORS_HEADERS : {}),
      ...headers,
    },
  });
}
