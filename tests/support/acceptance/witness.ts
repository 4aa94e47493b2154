/** A client of the other demo user: whatever is done to the product, it stays connected and gets each of its pushes once. */
import { expect } from "@jest/globals";
import { connectClient, type RecordingClient } from "./clients.ts";
import { logIn, pushTo } from "./http.ts";

export interface Witness {
  readonly client: RecordingClient;
  /** Pushes to the witness and fails unless it arrives, once, on the connection it has had from the beginning. */
  isUnharmed(): Promise<void>;
}

export async function createWitness(url: string): Promise<Witness> {
  const client = connectClient(url, "4.8", { login: await logIn(url, "berta"), events: ["witness"] });
  await client.connected();
  let pushed = 0;
  return {
    client,
    isUnharmed: async () => {
      pushed += 1;
      await pushTo(url, 4, "witness", { number: pushed });
      await eventuallyLast(client, pushed);
      const own = client.received.filter((event) => event.name === "witness");
      expect(own.map((event) => event.args)).toEqual(numbers(pushed));
      expect(client.life).toEqual(["connect"]);
    },
  };
}

const eventuallyLast = async (client: RecordingClient, number: number): Promise<unknown> =>
  client.event("witness", (payload) => JSON.stringify(payload) === JSON.stringify({ number }));

const numbers = (count: number): readonly unknown[] =>
  Array.from({ length: count }, (_, index) => [{ number: index + 1 }]);
