/**
 * Preloaded into a process under test (`node --import`): the name in `OXBOW_TEST_NAME` has the address that stands in
 * the file `OXBOW_TEST_ADDRESS_FILE` at that moment. Stands for a name server whose records change.
 */
import dns from "node:dns";
import { readFileSync } from "node:fs";

const { OXBOW_TEST_NAME: name, OXBOW_TEST_ADDRESS_FILE: file } = process.env;
const { lookup } = dns;

dns.lookup = (hostname, options, callback) => {
  const answer = callback ?? options;
  if (hostname !== name) return lookup(hostname, options, callback);
  const address = readFileSync(file, "utf8").trim();
  const all = typeof options === "object" && options.all === true;
  process.nextTick(() => (all ? answer(null, [{ address, family: 4 }]) : answer(null, address, 4)));
};
