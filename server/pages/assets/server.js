/** Requests to the server, in the manner of the App Suite's HTTP API: errors come as an object with a `code`, status 200. */

/** The server understood and said no, or could not be understood. `code` is the API's, for example `SES-0203`. */
class Refused extends Error {
  /**
   * @param {string} text for the reader of the page
   * @param {string} code empty: the answer had none
   */
  constructor(text, code) {
    super(text);
    this.code = code;
  }
}

/**
 * Sends a request and hands back the answer's object, an empty one for an empty body. Fields go as a form in the body.
 * @param {"GET" | "POST"} method
 * @param {string} url
 * @param {Record<string, string>} [fields]
 * @returns {Promise<Record<string, unknown>>}
 * @throws {Refused} for an error object or a failure status; `TypeError` when the server is not reached
 */
export async function ask(method, url, fields) {
  const response = await fetch(url, {
    method,
    headers: { Accept: "application/json" },
    ...(fields && { body: new URLSearchParams(fields) }),
  });
  const answer = objectIn(await response.text());
  const { error, code } = answer;
  if (response.ok && error === undefined && code === undefined) return answer;
  const text = typeof error === "string" ? error : `The server answered with status ${response.status}.`;
  throw new Refused(text, typeof code === "string" ? code : "");
}

/**
 * True when the answer says that the session is not valid. Some SES codes are faults of the server and say nothing
 * about it.
 * @param {unknown} cause what `ask` threw
 */
export function isSessionRefusal(cause) {
  const serverFaults = ["SES-0001", "SES-0009", "SES-0208"];
  return cause instanceof Refused && cause.code.startsWith("SES-") && !serverFaults.includes(cause.code);
}

/**
 * What to tell the reader about something that `ask` threw.
 * @param {unknown} cause
 */
export function textOf(cause) {
  return cause instanceof Refused ? cause.message : "The server was not reached.";
}

/**
 * @param {string} text
 * @returns {Record<string, unknown>}
 */
function objectIn(text) {
  try {
    /** @type {unknown} */
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {}; // an empty body, or a page of HTML from something between: the status says enough
  }
}
