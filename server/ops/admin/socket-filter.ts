/**
 * Which sockets an administrator means. One declaration for the parameters of the admin API, the options of the command
 * line, the documentation of both, and the questions that nodes put to each other: a node that does not know a field
 * must not understand the filter, as it would close too much.
 */
import { z } from "zod";
import type { SocketFacts } from "../../realtime/open-sockets.ts";

/**
 * A parameter that may be left out.
 * @param value what stands for the value in help texts
 */
export const parameter = <T extends z.ZodType>(form: T, value: string, description: string): z.ZodOptional<T> =>
  form.optional().meta({ title: value, description });

const positiveWords = "must be a whole number from 1 to 2147483647";
/** A number, or its digits as they stand in a query. */
const positive = z.preprocess(
  (given) => (typeof given === "string" && /^\d{1,10}$/.test(given) ? Number(given) : given),
  z
    .int(positiveWords)
    .min(1, positiveWords)
    .max(2 ** 31 - 1, positiveWords),
);
const text = z.string("must be given once").min(1, "must not be empty").max(256, "must not be longer than 256");

export const socketFilterShape = {
  context: parameter(positive, "number", "only sockets of this context"),
  user: parameter(positive, "number", "only sockets of this user; needs the context, in which user numbers count"),
  session: parameter(
    text.regex(/^[\da-f]{16}$/, "must be a fingerprint, 16 hexadecimal digits; never the id of a session"),
    "fingerprint",
    "only sockets of the session with this fingerprint",
  ),
  connection: parameter(text, "id", "only the sockets with this connection id"),
  client: parameter(text, "name", "only sockets of sessions of this client, such as open-xchange-appsuite"),
  path: parameter(
    text.regex(
      /^(\*|(\/[\w.-]+)+(\/|\/\*)?)$/,
      "must be a path such as /socket.io/, or /socket.io/* with all below it",
    ),
    "path",
    "only sockets at this path; with /* at its end also at all paths below it",
  ),
  node: parameter(
    text.regex(/^[\w-]{1,64}$/, "must be the id of a node, as `nodes` and `sockets` show it"),
    "id",
    "only sockets of the node with this id",
  ),
};

/** Strict: see above. */
export const socketFilter = z.strictObject(socketFilterShape);
export type SocketFilter = Readonly<z.infer<typeof socketFilter>>;

/** User 3 exists in every context. */
export const userHasContext = ({ user, context }: SocketFilter): boolean => user === undefined || context !== undefined;
export const contextMissing = { path: ["user"], error: "needs the parameter context too" };

/** The fields of a filter among other values. */
export const filterAmong = (values: SocketFilter): SocketFilter => z.object(socketFilterShape).parse(values);

/** Whether a socket of the node `node` is meant. An empty filter means all. */
export function fits(filter: SocketFilter, socket: SocketFacts, node: string): boolean {
  return (
    (filter.context ?? socket.contextId) === socket.contextId &&
    (filter.user ?? socket.userId) === socket.userId &&
    (filter.session ?? socket.session) === socket.session &&
    (filter.connection ?? socket.connection) === socket.connection &&
    (filter.client ?? socket.client) === socket.client &&
    (filter.path === undefined || pathFits(filter.path, socket.path)) &&
    (filter.node ?? node) === node
  );
}

/** As the path filters of the middleware, but that a slash at the end makes no difference: ours always have one. */
function pathFits(filter: string, path: string): boolean {
  if (filter === "*") return true;
  const isPrefix = filter.endsWith("/*");
  const wanted = withoutSlash(isPrefix ? filter.slice(0, -2) : filter);
  const given = withoutSlash(path);
  return given === wanted || (isPrefix && given.startsWith(`${wanted}/`));
}

const withoutSlash = (path: string): string => (path.endsWith("/") ? path.slice(0, -1) : path);
