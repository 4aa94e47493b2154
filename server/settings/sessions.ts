/** Settings: how long sessions live, how many there may be, and the cookies that prove them. */
import { boolean, enumeration, integer, list, setting, text, timeSpan } from "../../cascade/index.ts";

export const sessionDefaultLifeTime = setting({
  name: "com.openexchange.sessiond.sessionDefaultLifeTime",
  value: integer({ min: 360_000 }),
  unit: "ms",
  default: 3_600_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "How long a session lives without a request.",
});

export const sessionLongLifeTime = setting({
  name: "com.openexchange.sessiond.sessionLongLifeTime",
  value: timeSpan({ min: 3_600_000 }),
  unit: "ms",
  default: 604_800_000,
  cascade: false,
  reload: false,
  secret: false,
  text: `How long a session that may be resumed (autologin, stay signed in) rests without a request. Never below \`${sessionDefaultLifeTime.name}\`.`,
});

export const sessionAutologin = setting({
  name: "com.openexchange.sessiond.autologin",
  value: boolean,
  default: false,
  cascade: false,
  reload: false,
  secret: false,
  text: "Whether a browser with valid cookies may resume its session (`/ajax/login?action=autologin`).",
});

export const maxSession = setting({
  name: "com.openexchange.sessiond.maxSession",
  value: integer({ min: 1 }),
  default: 50_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Sessions in all; beyond it a login fails with SES-0002.",
});

export const maxSessionPerUser = setting({
  name: "com.openexchange.sessiond.maxSessionPerUser",
  value: integer(),
  default: 100,
  cascade: false,
  reload: false,
  secret: false,
  text: "Sessions of one user; beyond it a login fails with SES-0007. 0 or less: no limit.",
});

export const maxSessionPerClient = setting({
  name: "com.openexchange.sessiond.maxSessionPerClient",
  value: integer(),
  default: 0,
  cascade: false,
  reload: false,
  secret: false,
  text: "Sessions of one user with the same client; beyond it a login fails with SES-0207. 0 or less: no limit.",
});

export const cookieHash = setting({
  name: "com.openexchange.cookie.hash",
  value: enumeration("calculate", "remember"),
  default: "calculate",
  cascade: false,
  reload: false,
  secret: false,
  text: "Where the hash in a cookie's name comes from: calculated for each request, or remembered from the login.",
});

export const cookieHashSalt = setting({
  name: "com.openexchange.cookie.hash.salt",
  value: text(),
  default: "replaceMe1234567890",
  cascade: false,
  reload: false,
  secret: true,
  text: "Salt of that hash. The same on all nodes; change it from the well-known default, to at least 16 characters.",
});

export const cookieHashFields = setting({
  name: "com.openexchange.cookie.hash.fields",
  value: list(text()),
  default: [],
  defaultText: "empty",
  cascade: false,
  reload: false,
  secret: false,
  text: "Request headers whose values go into that hash, in this order.",
});

/** -1: the cookie ends with the browser's own session. */
export const cookieTtl = setting({
  name: "com.openexchange.cookie.ttl",
  value: timeSpan({ words: { "web-browser": -1 } }),
  unit: "ms",
  default: 604_800_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Life time of the cookies of a stay-signed-in login. `web-browser`: until the browser ends, as for any other login.",
});

export const cookieHttpOnly = setting({
  name: "com.openexchange.cookie.httpOnly",
  value: boolean,
  default: true,
  cascade: false,
  reload: true,
  secret: false,
  text: "Whether cookies are out of reach for scripts in the browser.",
});

export const forceHttps = setting({
  name: "com.openexchange.forceHTTPS",
  value: boolean,
  default: false,
  cascade: false,
  reload: false,
  secret: false,
  text: "Whether cookies are marked Secure although the request came without TLS (not for localhost, 127.0.0.1, ::1).",
});

export const cookieDomainEnabled = setting({
  name: "com.openexchange.cookie.domain.enabled",
  value: boolean,
  default: false,
  cascade: false,
  reload: false,
  secret: false,
  text: "Whether cookies carry a Domain.",
});

export const cookieDomain = setting({
  name: "com.openexchange.cookie.domain",
  value: text(),
  default: "",
  defaultText: "empty",
  cascade: false,
  reload: false,
  secret: false,
  text: `That Domain. Empty: derived from the server's name, see \`com.openexchange.cookie.domain.prefixWithDot\`.`,
});

export const cookieDomainPrefixWithDot = setting({
  name: "com.openexchange.cookie.domain.prefixWithDot",
  value: boolean,
  default: true,
  cascade: false,
  reload: false,
  secret: false,
  text: "Whether a derived Domain is the server's name without its first label (`ox.example.com`: `.example.com`).",
});
