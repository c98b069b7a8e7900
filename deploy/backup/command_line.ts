import { findNamed } from "../../serve.ts";

/** The one file that `deno task backup` and `restore` are given, and the data folder; a text says what is wrong. */
export function readCommandLine(task: string): { readonly file: string; readonly data: string } | string {
  const usage = `it is deno task ${task} FILE [--data DIR]`;
  const files: string[] = [];
  for (let at = 0; at < Deno.args.length; at++) {
    const arg = Deno.args[at]!;
    if (arg === "--data" || arg === "--config") at++;
    else if (arg.startsWith("--data=") || arg.startsWith("--config=")) continue;
    else if (arg.startsWith("-")) return `${arg}: not understood; ${usage}`;
    else files.push(arg);
  }
  if (files.length !== 1) return files.length === 0 ? `No file is named; ${usage}` : `${files.join(" ")}: one file; ${usage}`;
  const { data } = findNamed({ args: Deno.args, env: (name) => Deno.env.get(name), readFile: Deno.readTextFileSync });
  return { file: files[0]!, data };
}
