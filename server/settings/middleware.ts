/** Settings: whether sessions are our own or the App Suite middleware's, and how that one is asked. */
import { enumeration, httpUrl, integer, list, optional, setting, text, timeSpan } from "../../cascade/index.ts";
import { basicAuthLogin, basicAuthPassword } from "./push.ts";

export const sessionSource = setting({
  name: "com.openexchange.oxbow.sessionSource",
  value: enumeration("embedded", "middleware"),
  default: "embedded",
  cascade: false,
  reload: false,
  secret: false,
  text: "Who says what a valid session is. `embedded`: this server, with its own users. `middleware`: the App Suite middleware, asked over HTTP.",
});

export const middlewareUrl = setting({
  name: "com.openexchange.oxbow.middlewareUrl",
  value: list(httpUrl),
  default: [],
  defaultText: "empty",
  cascade: false,
  reload: false,
  secret: false,
  text: `Where the middleware is asked, at least one URL with \`${sessionSource.name}=middleware\`. Several are asked in turn; one that fails is left out for a while.`,
});

export const middlewareLogin = setting({
  name: "com.openexchange.oxbow.middleware.login",
  value: optional(text()),
  default: undefined,
  defaultText: `as \`${basicAuthLogin.name}\``,
  cascade: false,
  reload: false,
  secret: false,
  text: "User name for the REST routes of the middleware.",
});

export const middlewarePassword = setting({
  name: "com.openexchange.oxbow.middleware.password",
  value: optional(text()),
  default: undefined,
  defaultText: `as \`${basicAuthPassword.name}\``,
  cascade: false,
  reload: false,
  secret: true,
  text: "Password for the REST routes of the middleware.",
});

export const middlewareCaFile = setting({
  name: "com.openexchange.oxbow.middleware.caFile",
  value: optional(text()),
  default: undefined,
  defaultText: "unset: the public authorities",
  cascade: false,
  reload: false,
  secret: false,
  text: "File with the certificates (PEM) of the authorities that the middleware's certificate may come from.",
});

export const middlewareTimeout = setting({
  name: "com.openexchange.oxbow.middleware.timeout",
  value: timeSpan({ min: 100, max: 30_000 }),
  unit: "ms",
  default: 3_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "How long the middleware may take for one answer, from the connect to the last byte.",
});

export const middlewareMaxRequests = setting({
  name: "com.openexchange.oxbow.middleware.maxRequests",
  value: integer({ min: 1, max: 1_024 }),
  default: 64,
  cascade: false,
  reload: false,
  secret: false,
  text: "Requests to the middleware at once for handshakes. More of them wait for their turn.",
});

export const middlewareMaxWaiting = setting({
  name: "com.openexchange.oxbow.middleware.maxWaiting",
  value: integer({ min: 1, max: 1_000_000 }),
  default: 20_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Requests to the middleware that may wait for their turn. Equal ones count once.",
});

export const peekPeriod = setting({
  name: "com.openexchange.oxbow.peekPeriod",
  value: timeSpan({ min: 1_000, max: 360_000 }),
  unit: "ms",
  default: 60_000,
  cascade: false,
  reload: true,
  secret: false,
  text: "How often the middleware is asked whether the session of an open socket lives and its user may have one: the longest time for which a socket outlives its session.",
});
