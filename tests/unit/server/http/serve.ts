/** Starts servers on a free port of the loopback interface; they are closed when the test is over. */
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { onCleanUp } from "../../../support/clean-up.ts";

export interface Served {
  readonly server: Server;
  /** Without a final slash. */
  readonly url: string;
  readonly port: number;
}

export const serve = (app: RequestListener): Promise<Served> => listening(createServer(app));

export async function listening(server: Server): Promise<Served> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanUp(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { server, url: `http://127.0.0.1:${address.port}`, port: address.port };
}
