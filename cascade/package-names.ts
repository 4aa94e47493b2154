/**
 * Names of packages and features of the middleware's chart that can be told apart from slips of the pen. There are
 * hundreds of packages, and any may be named: only what is nearly one of these, or begins like none, is doubtful.
 */
import { closest, distance } from "fastest-levenshtein";

const prefix = "open-xchange-";

/** Those that the chart's own values name, without the prefix, and those that an endpoint for Web Sockets needs there. */
const packages = [
  "admin-autocontextid",
  "authentication-imap",
  "authentication-ldap",
  "authentication-masterpassword",
  "authentication-oauth",
  "cassandra",
  "dataretention-csv",
  "drive-client-windows",
  "eas-provisioning",
  "eas-provisioning-mail",
  "eas-provisioning-sms",
  "grizzly",
  "hostname-config-cascade",
  "hostname-ldap",
  "multifactor",
  "parallels",
  "passwordchange-script",
  "rest",
  "saml-core",
  "sms-sipgate",
  "sms-twilio",
  "spamhandler-parallels",
  "sso",
  "websockets-grizzly",
].map((name) => prefix + name);

/** Features that the chart defines itself. */
const features = ["documents", "omf-source", "plugins", "reseller", "usm-eas", "weakforced"];

/** What to say of a doubtful name; undefined: nothing. @param defined further names that are known */
export function doubtAboutPackage(name: string, defined: ReadonlySet<string>): string | undefined {
  if (packages.includes(name) || defined.has(name)) return undefined;
  const candidate = nearest(name, [...packages, ...defined]);
  const withoutPrefix = `${prefix}${name}`;
  if (packages.includes(withoutPrefix)) return `is no known package; did you mean ${withoutPrefix}?`;
  if (name.includes("websocket")) return `is no known package; did you mean ${prefix}websockets-grizzly?`;
  if (distance(name.slice(0, 100), candidate) <= 2) return `is no known package; did you mean ${candidate}?`;
  return name.startsWith(prefix) ? undefined : `is no known package; the nearest one is ${candidate}`;
}

/** The same for a feature without a definition in the values, which the chart refuses unless it has one itself. */
export function doubtAboutFeature(name: string, defined: ReadonlySet<string>): string | undefined {
  if (features.includes(name) || defined.has(name)) return undefined;
  const candidate = nearest(name, [...features, ...defined]);
  return `is a feature without a definition here; the nearest one is ${candidate}`;
}

/** Names are cut, as the cost is quadratic. */
export const nearest = (name: string, known: readonly string[]): string => closest(name.slice(0, 100), known);
