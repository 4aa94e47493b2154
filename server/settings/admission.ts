/** Settings: how many handshakes one client may begin. */
import { integer, setting } from "../../cascade/index.ts";

export const maxHandshakesPerAddress = setting({
  name: "com.openexchange.oxbow.maxHandshakesPerAddress",
  value: integer({ min: 1, max: 1_000_000 }),
  default: 2_000,
  cascade: false,
  reload: true,
  secret: false,
  text: "Handshakes of one address (IPv6: of one /64) within 10 seconds, counted by each process for itself; beyond it: 429. Behind a proxy that is not known all users have one address.",
});
