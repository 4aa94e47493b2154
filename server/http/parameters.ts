/** Parameters of `/ajax` requests, which stand in the query or in a form alike. Each reader says what it takes. */

import type { IncomingMessage } from "node:http";

/** The part of a request that is read: Node's, with what Express may have added. */
export interface ParameterBearer extends IncomingMessage {
  /** Express: the URL before routers cut their own part off. */
  originalUrl?: string;
  /** Left by a body parser. */
  body?: unknown;
}

/** Where a URL ends and its query begins. */
function splitUrl(req: ParameterBearer): readonly [path: string, query: string] {
  const url = req.originalUrl ?? req.url ?? "";
  const at = url.indexOf("?");
  return at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at)];
}

/** The path as it was sent, without query. */
export const pathOf = (req: ParameterBearer): string => splitUrl(req)[0];

/** Values of a parameter of the query, of which there may be several. */
export const queryValues = (req: ParameterBearer, name: string): readonly string[] =>
  new URLSearchParams(splitUrl(req)[1]).getAll(name);

/** Values of a field of the form, of which there may be several. */
export function formValues({ body }: ParameterBearer, name: string): readonly string[] {
  const fields = typeof body === "object" && body !== null ? Object.entries(body) : [];
  const values: unknown = fields.find(([field]) => field === name)?.[1];
  return [values].flat().filter((value) => typeof value === "string");
}

/** The value of a parameter, the query's before the form's; undefined when it is absent or empty. */
export function parameter(req: ParameterBearer, name: string): string | undefined {
  const [value = ""] = [...queryValues(req, name), ...formValues(req, name)];
  return value === "" ? undefined : value;
}
