/** Ports for programs that cannot be told to take any free one, because others must know the number beforehand. */
import { createServer, type Server } from "node:net";

/** Below the range from which systems take ports for outgoing connections: nobody comes upon them by chance. */
const lowest = 15_000;
const highest = 32_000;

/** Distinct ports of 127.0.0.1 on which nobody listens at this moment. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  while (ports.length < count) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = await listenOn(port);
    if (server === undefined) continue;
    held.push(server); // until all are found, so that none is found twice
    ports.push(port);
  }
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => {
      resolve(undefined); // taken
    });
    server.listen(port, "127.0.0.1", () => {
      resolve(server);
    });
  });
}
