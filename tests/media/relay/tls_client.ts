// Puts one row into the engine of the address: run where the certificate's authority is known to Deno.
import { openLogs } from "../../../media/relay/open_logs.ts";
import { parseRelay } from "../../../media/settings/relay.ts";

const [log] = openLogs(parseRelay(Deno.args[0]!));
await log!.ready();
console.log(await log!.append({ position: { msn: 1, part: 0 }, bytes: Uint8Array.of(1, 2, 3) }, { term: "mine", keepFromMsn: 0 }));
log!.stop();
