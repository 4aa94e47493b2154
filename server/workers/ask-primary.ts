/** How a worker asks for what the primary keeps: a primary that does not answer is silence about what was asked. */
import { SessionsUnreachableError } from "../../auth/index.ts";
import { IpcFault } from "./ipc.ts";
import type { Peer, Question } from "./ipc.ts";

/** @throws {SessionsUnreachableError} which all routes answer with "try again later", and which refuses nobody */
export type AskPrimary = <A, R>(question: Question<A, R>, argument: A) => Promise<R>;

export const askingOf =
  (primary: Pick<Peer, "ask">): AskPrimary =>
  async (question, argument) => {
    try {
      return await primary.ask(question, argument);
    } catch (cause) {
      throw cause instanceof IpcFault ? new SessionsUnreachableError(cause.message, { cause }) : cause;
    }
  };
