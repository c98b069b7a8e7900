import { Hono } from "hono";
import { z } from "zod";
import { PROBLEM } from "./schemas.ts";

/** One thing that can be asked of /api, for its description. */
export interface Operation {
  readonly method: "get" | "post" | "patch" | "delete";
  /** As OpenAPI writes it: `/api/viewers/{viewer}`. */
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  /** What is answered when all goes well, by status. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  /** Statuses of the problems that can come instead. */
  readonly problems: readonly number[];
}

/** GET /api/openapi.json: the description of all of /api (OpenAPI 3.1), made once. */
export function createOpenapiRoutes(
  o: { version: string; operations: readonly Operation[]; schemas: Readonly<Record<string, z.ZodType>> },
): Hono {
  const document = JSON.stringify(buildOpenapi(o));
  return new Hono().get("/api/openapi.json", () => new Response(document, { headers: HEADERS }));
}

function buildOpenapi(
  { version, operations, schemas }: { version: string; operations: readonly Operation[]; schemas: Readonly<Record<string, z.ZodType>> },
): Record<string, unknown> {
  const names = new Map(Object.entries(schemas).map(([name, schema]) => [schema, name]));
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) (paths[operation.path] ??= {})[operation.method] = describe(operation, names);
  return {
    openapi: "3.1.0",
    info: { title: "Tercet", version },
    paths,
    components: { schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, toJsonSchema(schema)])) },
  };
}

type Names = ReadonlyMap<z.ZodType, string>;

function describe({ path, summary, body, answers, problems }: Operation, names: Names): Record<string, unknown> {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  const good = Object.entries(answers).map(([status, { description, schema }]) => [
    status,
    { description, ...(schema ? { content: contentOf("application/json", schema, names) } : {}) },
  ]);
  const bad = problems.map((status) => [String(status), { description: "A problem", content: contentOf(PROBLEM_TYPE, PROBLEM, names) }]);
  return {
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { content: contentOf("application/json", body, names) } } : {}),
    responses: Object.fromEntries([...good, ...bad]),
  };
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
