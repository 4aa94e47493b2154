/** What everything is compared with: a Socket.IO server as its documentation starts it, without any validation. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";

const http = createServer();
new Server(http, { transports: ["websocket"] });
http.listen(0, "127.0.0.1", 4_096, () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${String((http.address() as AddressInfo).port)}` }));
});
