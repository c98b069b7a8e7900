// Run with the permissions of `deno task serve`: tries what the server must not be able to do, and prints what came of it.
async function attempt(action: () => unknown): Promise<string> {
  try {
    await action();
    return "allowed";
  } catch (problem) {
    return problem instanceof Deno.errors.NotCapable ? "refused" : `failed: ${problem}`;
  }
}

const [project, data, elsewhere] = Deno.args as [string, string, string];
console.log(JSON.stringify({
  "run ffmpeg": await attempt(() => new Deno.Command("ffmpeg", { args: ["-version"], stdout: "null" }).output()),
  "run ffprobe": await attempt(() => new Deno.Command("ffprobe", { args: ["-version"], stdout: "null" }).output()),
  "run sh": await attempt(() => new Deno.Command("sh", { args: ["-c", "true"] }).output()),
  "run another ffmpeg": await attempt(() => new Deno.Command(`${elsewhere}/ffmpeg`, { args: ["-version"] }).output()),
  "write data": await attempt(() => Deno.writeTextFile(`${data}/x`, "")),
  "write elsewhere": await attempt(() => Deno.writeTextFile(`${elsewhere}/x`, "")),
  "write the project": await attempt(() => Deno.writeTextFile(`${project}/main.ts.x`, "")),
  "read the project": await attempt(() => Deno.readTextFile(`${project}/deno.json`)),
  "read elsewhere": await attempt(() => Deno.readTextFile("/etc/hostname")),
}));
