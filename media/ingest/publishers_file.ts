import { join } from "node:path";
import { createTurns, readOrPutAside, writeWhole } from "../whole_file.ts";
import {
  addKey,
  type AddOutcome,
  checkName,
  findKey,
  FIRST_KEY_NAME,
  hashKey,
  makeKeyText,
  type NameProblem,
  type PublisherKey,
  readKeys,
  writeKeys,
} from "./publishers.ts";

/** The publishers' keys of this server. What is changed holds when the promise does: it is on the disk by then. */
export interface PublisherKeys {
  readonly list: readonly PublisherKey[];
  /** The key that one of the texts is, in constant time; null for none. */
  find(texts: readonly string[]): PublisherKey | null;
  /** The text is handed out here and never again. `id`: one of ours, for a key that is found by it; otherwise a new one. */
  make(
    name: string,
    id?: string,
  ): Promise<{ readonly kind: "made"; readonly key: PublisherKey; readonly text: string } | Exclude<AddOutcome, { kind: "keys" }>>;
  /** The text of a key that nobody has been shown yet, once; null where it is known to somebody, or there is no such key. */
  reveal(id: string): Promise<string | null>;
  rename(
    id: string,
    name: string,
  ): Promise<{ readonly kind: "renamed"; readonly key: PublisherKey } | { readonly kind: NameProblem | "unknown_key" }>;
  /** False where there is no such key. */
  withdraw(id: string): Promise<boolean>;
}

/**
 * Opens `publishers.json` of the data folder, which holds hashes only, for its owner's eyes. The first key is made with the file. A key that was never shown is
 * made anew: nobody knows its text, not even we. `problem`: what was wrong with the file and what became of it. Throws an Error where it cannot be written.
 */
export async function openPublisherKeys(o: {
  dataDir: string;
  nowMs: () => number;
  random?: (bytes: Uint8Array<ArrayBuffer>) => void;
}): Promise<{ readonly keys: PublisherKeys; readonly problem: string | null }> {
  const { dataDir, nowMs, random = (bytes) => void crypto.getRandomValues(bytes) } = o;
  const path = join(dataDir, "publishers.json");
  const unseen = new Map<string, string>();
  const { found, problem } = await readOrPutAside(path, { read: readKeys, nowMs: nowMs(), consequence: "Publishers need new keys." });
  let list: readonly PublisherKey[] = [];
  const inTurn = createTurns();

  function makeUnseen(key: Omit<PublisherKey, "hash" | "isUnseen">): PublisherKey {
    const text = makeKeyText(random);
    unseen.set(key.id, text);
    return { ...key, hash: hashKey(text), isUnseen: true };
  }

  function newId(): string {
    const bytes = new Uint8Array(6);
    random(bytes);
    return bytes.toHex();
  }

  async function keep(keys: readonly PublisherKey[]): Promise<void> {
    await writeWhole(path, writeKeys(keys));
    list = keys;
  }

  await keep(
    found === null
      ? [makeUnseen({ id: newId(), name: FIRST_KEY_NAME, madeAtMs: nowMs() })]
      : found.map((key) => key.isUnseen ? makeUnseen(key) : key),
  );

  const keys: PublisherKeys = {
    get list() {
      return list;
    },
    find: (texts) => findKey(list, texts),
    make: (name, id = newId()) =>
      inTurn(async () => {
        const text = makeKeyText(random);
        const added = addKey(list, { id, name, madeAtMs: nowMs(), hash: hashKey(text), isUnseen: false });
        if (added.kind !== "keys") return added;
        await keep(added.keys);
        return { kind: "made", key: list.at(-1)!, text };
      }),
    reveal: (id) =>
      inTurn(async () => {
        const text = unseen.get(id);
        if (text === undefined) return null;
        await keep(list.map((key) => key.id === id ? { ...key, isUnseen: false } : key));
        unseen.delete(id);
        return text;
      }),
    rename: (id, wanted) =>
      inTurn(async () => {
        const key = list.find((one) => one.id === id);
        if (key === undefined) return { kind: "unknown_key" };
        const checked = checkName(list, wanted, id);
        if (checked.kind !== "name") return checked;
        const renamed = { ...key, name: checked.name };
        await keep(list.map((one) => one.id === id ? renamed : one));
        return { kind: "renamed", key: renamed };
      }),
    withdraw: (id) =>
      inTurn(async () => {
        if (!list.some((key) => key.id === id)) return false;
        await keep(list.filter((key) => key.id !== id));
        unseen.delete(id);
        return true;
      }),
  };
  return { keys, problem };
}
