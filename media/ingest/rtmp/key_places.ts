const MOST_CANDIDATES = 6;
const LONGEST = 128;

/**
 * Where a publisher may have put its key: the last piece of `app/name`, as OBS (name) and telephones (an address alone: app `live/KEY`, an empty name)
 * have it, and the values behind a question mark in either (`live?key=KEY`, `name?key=KEY`).
 */
export function findKeys(app: string, name: string): readonly string[] {
  const [appPath = "", appQuery = ""] = split(app);
  const [namePath = "", nameQuery = ""] = split(name);
  const last = `${appPath}/${namePath}`.split("/").findLast((piece) => piece !== "");
  const found = [last, ...valuesOf(nameQuery), ...valuesOf(appQuery)];
  return [...new Set(found.filter((key) => key !== undefined && key !== "" && key.length <= LONGEST) as string[])].slice(
    0,
    MOST_CANDIDATES,
  );
}

function split(text: string): readonly string[] {
  const at = text.indexOf("?");
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function valuesOf(query: string): readonly string[] {
  return query.split("&").map((pair) => pair.slice(pair.indexOf("=") + 1).replace(/\/+$/, ""));
}
