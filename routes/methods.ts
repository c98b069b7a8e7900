import type { Hono } from "hono";

/** Which methods an address of the app takes, for those who come with another one; none where there is nothing at it. */
export function createMethodFinder(app: Hono): (path: string) => readonly string[] {
  let doors: readonly { readonly pattern: RegExp; readonly method: string }[] | null = null;
  return (path) => {
    // When first asked: all doors are mounted by then.
    doors ??= app.routes.filter(({ method }) => method !== "ALL").map(({ path, method }) => ({ method, pattern: patternOf(path) }));
    const methods = new Set(doors.flatMap(({ pattern, method }) => pattern.test(path) ? [method] : []));
    // Hono answers HEAD with what GET says.
    if (methods.has("GET")) methods.add("HEAD");
    return [...methods].sort();
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+")}$`);
}
