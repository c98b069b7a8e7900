import { Hono } from "hono";
import { z } from "zod";
import { PROBLEM } from "./schemas.ts";

/** One thing that can be asked of /api, for its description. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** As OpenAPI writes it: `/api/viewers/{viewer}`. */
  readonly path: string;
  /** For programs that are made of the description: never used twice, never changed. */
  readonly id: string;
  readonly summary: string;
  /** What may stand in the query, or in a header. */
  readonly parameters?: readonly Parameter[];
  /**
   * `streamer`: with the streamer's key only; `moderator`: also with a moderator's cookie; `overlay`: with the overlays' token; `anybody`: also with it, which then counts; `service`: what proves who it is stands in the message. Left out:
   * nobody is asked who it is, but in a room for the room key.
   */
  readonly security?: "streamer" | "moderator" | "overlay" | "anybody" | "service";
  readonly body?: z.ZodType;
  /** JSON unless said. */
  readonly bodyType?: string;
  /** Nothing counts as an empty object. */
  readonly isBodyOptional?: boolean;
  /** What is answered when all goes well, by status; JSON unless a type is said. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType; readonly type?: string }>>;
  /** Statuses of the problems that can come instead; that too much is asked (429), or a body comes too slowly (408), can be said anywhere. */
  readonly problems: readonly number[];
}

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "header";
  readonly description: string;
  readonly schema: z.ZodType;
  readonly isRequired?: boolean;
}

interface OpenapiDeps {
  readonly version: string;
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, z.ZodType>>;
  /** Where a room key is asked for: the name of the cookie that remembers it. */
  readonly roomCookie: string | null;
  /** Where there are moderators: the name of their cookie. */
  readonly moderatorCookie: string | null;
}

/** GET /api/openapi.json: the description of all of /api (OpenAPI 3.1), made once. */
export function createOpenapiRoutes(o: OpenapiDeps): Hono {
  const document = JSON.stringify(buildOpenapi(o));
  return new Hono().get("/api/openapi.json", () => new Response(document, { headers: HEADERS }));
}

function buildOpenapi({ version, operations, schemas, roomCookie, moderatorCookie }: OpenapiDeps): Record<string, unknown> {
  const names = new Map(Object.entries(schemas).map(([name, schema]) => [schema, name]));
  const paths: Record<string, Record<string, unknown>> = {};
  const isRoom = roomCookie !== null;
  for (const operation of isRoom ? operations.map(withRoom) : operations) {
    (paths[operation.path] ??= {})[operation.method] = describe(operation, names, { isRoom, hasModerators: moderatorCookie !== null });
  }
  return {
    openapi: "3.1.0",
    info: { title: "Tercet", version, license: { name: "MIT", identifier: "MIT" } },
    // As seen from this document: a proxy may have put a folder in front.
    servers: [{ url: ".." }],
    security: roomCookie === null ? [] : ROOM_SECURITY,
    paths,
    components: {
      securitySchemes: {
        streamer: { type: "http", scheme: "bearer", description: STREAMER_PROOF },
        ...(moderatorCookie === null ? {} : {
          moderator: {
            type: "apiKey",
            in: "cookie",
            name: moderatorCookie,
            description: "As a moderator's link gives it to a browser; over TLS with __Host- before it",
          },
        }),
        ...(operations.some(({ security }) => security === "overlay")
          ? { overlay: { type: "http", scheme: "bearer", description: "The token of /api/studio/overlay" } }
          : {}),
        ...(roomCookie === null ? {} : {
          roomKey: {
            type: "http",
            scheme: "basic",
            description: "Any name, and as the password the room key or what an invite's link carries",
          },
          roomCookie: {
            type: "apiKey",
            in: "cookie",
            name: roomCookie,
            description: "As the form gives it to a browser; over TLS with __Host- before it",
          },
          invite: { type: "apiKey", in: "query", name: "invite", description: "What an invite's link carries" },
        }),
      },
      schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, toJsonSchema(schema)])),
    },
  };
}

const STREAMER_PROOF = "The streamer's key, as streamer.key in the data folder holds it; the studio's page has a cookie instead";
const ROOM_SECURITY = [{ roomKey: [] }, { roomCookie: [] }, { invite: [] }];

/** Who has neither key nor invite is refused. */
function withRoom(operation: Operation): Operation {
  const { security, problems } = operation;
  if (security !== undefined && security !== "anybody") return operation;
  return { ...operation, problems: [...new Set([...problems, 401, 429])].sort() };
}

type Names = ReadonlyMap<z.ZodType, string>;

interface House {
  readonly isRoom: boolean;
  readonly hasModerators: boolean;
}

function describe(operation: Operation, names: Names, house: House): Record<string, unknown> {
  const { path, id, summary, body, bodyType = "application/json", answers, problems, security } = operation;
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string", minLength: 1 } })),
    ...(operation.parameters ?? []).map(({ name, in: place, description, schema, isRequired = false }) => ({
      name,
      in: place,
      description,
      required: isRequired,
      schema: toJsonSchema(schema),
    })),
  ];
  const good = Object.entries(answers).map(([status, { description, schema, type = "application/json" }]) => [
    status,
    { description, ...(schema ? { content: contentOf(type, schema, names) } : {}) },
  ]);
  const bad = [...new Set([...problems, ...(body ? [408] : []), 429])].sort().map((
    status,
  ) => [String(status), { description: "A problem", content: contentOf(PROBLEM_TYPE, PROBLEM, names) }]);
  return {
    operationId: id,
    summary,
    ...describeSecurity(security, house),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: !operation.isBodyOptional, content: contentOf(bodyType, body, names) } } : {}),
    responses: Object.fromEntries([...good, ...bad]),
  };
}

function describeSecurity(security: Operation["security"], { isRoom, hasModerators }: House): { readonly security?: readonly object[] } {
  switch (security) {
    case "streamer":
      return { security: [{ streamer: [] }] };
    case "moderator":
      return { security: [{ streamer: [] }, ...(hasModerators ? [{ moderator: [] }] : [])] };
    case "overlay":
      return { security: [{ overlay: [] }] };
    case "anybody":
      return { security: [...(isRoom ? ROOM_SECURITY : [{}]), { streamer: [] }] };
    case "service":
      return { security: [] };
    case undefined:
      return {};
  }
}

/** A schema with a name is described once, under that name. */
function contentOf(type: string, schema: z.ZodType, names: Names): Record<string, unknown> {
  const name = names.get(schema);
  return { [type]: { schema: name === undefined ? toJsonSchema(schema) : { $ref: `#/components/schemas/${name}` } } };
}

function toJsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
}

const PROBLEM_TYPE = "application/problem+json";
const HEADERS = { "content-type": "application/json", "cache-control": "no-cache" };
