// Stands in for jsr:@std/testing where the JSR registry cannot be reached; delete the "links" line in deno.json where it can.
export { after as afterAll, afterEach, before as beforeAll, beforeEach, describe, it } from "node:test";
