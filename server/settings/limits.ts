/** Settings: what one client may cost. Every bound has a safe default; none can be switched off. */
import { bytes, integer, setting, timeSpan } from "../../cascade/index.ts";

export const maxHeaderBytes = setting({
  name: "com.openexchange.oxbow.maxHeaderBytes",
  value: bytes({ min: 1_024, max: 65_536 }),
  unit: "bytes",
  default: 8_192,
  cascade: false,
  reload: false,
  secret: false,
  text: "Size of a request's header block; beyond it the request is refused with 431.",
});

export const maxHeadersCount = setting({
  name: "com.openexchange.oxbow.maxHeadersCount",
  value: integer({ min: 10, max: 1_000 }),
  default: 100,
  cascade: false,
  reload: false,
  secret: false,
  text: "Number of header lines of a request; beyond it the request is refused with 431.",
});

export const maxUrlBytes = setting({
  name: "com.openexchange.oxbow.maxUrlBytes",
  value: bytes({ min: 256, max: 65_536 }),
  unit: "bytes",
  default: 4_096,
  cascade: false,
  reload: false,
  secret: false,
  text: "Length of a request's URL; beyond it the request is refused with 414.",
});

export const maxBodyBytes = setting({
  name: "com.openexchange.oxbow.maxBodyBytes",
  value: bytes({ min: 1_024, max: 16_777_216 }),
  unit: "bytes",
  default: 65_536,
  cascade: false,
  reload: false,
  secret: false,
  text: "Size of a request's body (login, push); beyond it the request is refused with 413.",
});

export const maxMessageBytes = setting({
  name: "com.openexchange.oxbow.maxMessageBytes",
  value: bytes({ min: 1_024, max: 1_048_576 }),
  unit: "bytes",
  default: 16_384,
  cascade: false,
  reload: false,
  secret: false,
  text: "Size of a message from a client on a socket; beyond it the socket is closed. The App Suite sends heartbeats only.",
});

export const headersTimeout = setting({
  name: "com.openexchange.oxbow.headersTimeout",
  value: timeSpan({ min: 1_000, max: 120_000 }),
  unit: "ms",
  default: 10_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Time a client has to send the headers of a request.",
});

export const requestTimeout = setting({
  name: "com.openexchange.oxbow.requestTimeout",
  value: timeSpan({ min: 1_000, max: 300_000 }),
  unit: "ms",
  default: 15_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Time a client has to send a whole request, body included.",
});

export const connectTimeout = setting({
  name: "com.openexchange.oxbow.connectTimeout",
  value: timeSpan({ min: 1_000, max: 120_000 }),
  unit: "ms",
  default: 10_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Time from the 101 of a connection to its Socket.IO CONNECT; later it is closed.",
});

export const maxSendQueueBytes = setting({
  name: "com.openexchange.oxbow.maxSendQueueBytes",
  value: bytes({ min: 65_536, max: 1_073_741_824 }),
  unit: "bytes",
  default: 1_048_576,
  cascade: false,
  reload: false,
  secret: false,
  text: "Bytes that may wait for one socket whose client reads slowly; beyond it the socket is closed.",
});

export const sendQueueTimeout = setting({
  name: "com.openexchange.oxbow.sendQueueTimeout",
  value: timeSpan({ min: 1_000, max: 600_000 }),
  unit: "ms",
  default: 15_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Time for which bytes may wait for a socket without any of them being taken; then it is closed.",
});

export const maxSocketsPerUser = setting({
  name: "com.openexchange.oxbow.maxSocketsPerUser",
  value: integer({ min: 1, max: 10_000 }),
  default: 8,
  cascade: true,
  reload: true,
  secret: false,
  text: "Open sockets of one user on one node, all its workers together. At the limit the oldest one makes room.",
});
