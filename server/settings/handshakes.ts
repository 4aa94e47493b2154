/** Settings: how long and how many handshakes wait while nobody can tell whether their session is valid. */
import { integer, setting, timeSpan } from "../../cascade/index.ts";

export const handshakeHold = setting({
  name: "com.openexchange.oxbow.handshakeHold",
  value: timeSpan({ max: 20_000 }),
  unit: "ms",
  default: 5_000,
  cascade: false,
  reload: true,
  secret: false,
  text: "How long a handshake is held while the source of sessions fails or is silent; then it is answered with 503. Waiting for a turn in a burst does not count.",
});

export const maxWaitingHandshakes = setting({
  name: "com.openexchange.oxbow.maxWaitingHandshakes",
  value: integer({ min: 1, max: 1_000_000 }),
  default: 20_000,
  cascade: false,
  reload: true,
  secret: false,
  text: "Handshakes of one process that may wait for their session's check; beyond it they are answered with 503 at once.",
});
